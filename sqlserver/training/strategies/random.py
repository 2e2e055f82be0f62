"""A random sample, for breadth: seeded by the statement's text, so that the same statement gets the same examples
(and so its cached answers), whatever order the store gives the candidates in.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.examples import Example
from sqlserver.core.identity import digest
from sqlserver.training.strategies.strategy import Strategy

POOL = 10_000
"""Candidates looked at; a cell with more marks than this samples from as many."""


def choose(candidates: Sequence[Example], limit: int, seed: str) -> tuple[Example, ...]:
    return tuple(sorted(candidates, key=lambda example: digest(seed, example.trace_id))[:limit])


STRATEGY = Strategy("random", order="all", choose=choose, pool=POOL, seeded=True)
