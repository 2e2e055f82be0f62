"""A strategy: in which order it wants the candidates, how many, and which of them it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlserver.core.examples import Example
from sqlserver.training.example_store import CandidateOrder


@dataclass(frozen=True, slots=True)
class Strategy:
    """``choose(candidates, limit, seed)`` gives at most ``limit`` of them in prompt order, the same for the same input.

    The candidates already honour the cell's confidence, verified and cell conditions. ``pool`` None means that
    ``limit`` candidates are enough; ``seeded`` that the choice depends on the statement's text.
    """

    name: str
    order: CandidateOrder
    choose: Callable[[Sequence[Example], int, str], tuple[Example, ...]]
    pool: int | None = None
    seeded: bool = False
