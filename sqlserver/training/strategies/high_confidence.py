"""The examples with the highest confidence, the newest of equals first: best quality."""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.examples import Example
from sqlserver.training.strategies.strategy import Strategy


def choose(candidates: Sequence[Example], limit: int, seed: str) -> tuple[Example, ...]:
    return tuple(sorted(candidates, key=lambda example: -example.confidence)[:limit])


STRATEGY = Strategy("high_confidence", order="confidence", choose=choose)
