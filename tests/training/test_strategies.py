"""What holds for every strategy; a new one is picked up from STRATEGIES."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.core.examples import Example
from sqlserver.training.strategies import STRATEGIES, Strategy
from tests.training.examples import example

POOL = tuple(example(number, confidence=0.5 + number / 100) for number in range(30))


def ids(examples: Sequence[Example]) -> tuple[str, ...]:
    return tuple(example.trace_id for example in examples)


every_strategy = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=list(STRATEGIES))


@every_strategy
@given(limit=st.integers(1, 40), seed=st.text(max_size=20))
def test_at_most_the_limit_of_distinct_candidates(strategy: Strategy, limit: int, seed: str) -> None:
    chosen = ids(strategy.choose(POOL, limit, seed))
    assert len(chosen) == len(set(chosen)) == min(limit, len(POOL))
    assert set(chosen) <= set(ids(POOL))


@every_strategy
def test_the_same_candidates_and_seed_give_the_same_choice(strategy: Strategy) -> None:
    assert strategy.choose(POOL, 5, "SELECT 1") == strategy.choose(POOL, 5, "SELECT 1")


@every_strategy
def test_no_candidates_no_examples(strategy: Strategy) -> None:
    assert strategy.choose((), 5, "") == ()


@every_strategy
def test_only_a_seeded_strategy_looks_at_the_seed(strategy: Strategy) -> None:
    choices = {ids(strategy.choose(POOL, 5, f"SELECT {number}")) for number in range(20)}
    assert (len(choices) > 1) == strategy.seeded


@every_strategy
def test_its_name_is_its_key(strategy: Strategy) -> None:
    assert STRATEGIES[strategy.name] is strategy


def test_recent_keeps_the_stores_order() -> None:
    assert STRATEGIES["recent"].choose(POOL, 3, "") == POOL[:3]


def test_high_confidence_takes_the_surest_and_keeps_the_order_of_equals() -> None:
    pool = (example(1, confidence=0.9), example(2, confidence=1.0), example(3, confidence=0.9))
    assert ids(STRATEGIES["high_confidence"].choose(pool, 2, "")) == ("trace-002", "trace-001")


def test_random_does_not_depend_on_the_stores_order() -> None:
    shuffled = random.Random(7).sample(POOL, len(POOL))
    choose = STRATEGIES["random"].choose
    assert choose(shuffled, 5, "SELECT 1") == choose(POOL, 5, "SELECT 1")


def test_random_reaches_every_candidate() -> None:
    chosen = {name for number in range(200) for name in ids(STRATEGIES["random"].choose(POOL, 5, str(number)))}
    assert chosen == set(ids(POOL))
