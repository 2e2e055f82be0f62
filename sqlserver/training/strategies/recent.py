"""The newest examples first: follows changing requirements. The default."""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.examples import Example
from sqlserver.training.strategies.strategy import Strategy


def choose(candidates: Sequence[Example], limit: int, seed: str) -> tuple[Example, ...]:
    return tuple(candidates[:limit])


STRATEGY = Strategy("recent", order="recent", choose=choose)
