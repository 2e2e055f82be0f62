"""Breaker, limiter and retry delays, on a clock of their own where they take one."""

from __future__ import annotations

import asyncio

import pytest

from sqlserver.llm.breaker import COOL_DOWN, FAILED_CALLS, REFUSALS, Breaker, BreakerState
from sqlserver.llm.concurrency import Limiter, pause_of, seconds_of
from sqlserver.llm.retry import delay, is_retried, parse_retry_after


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(REFUSALS):
        breaker.refused("connection refused")
    return breaker


def test_breaker_opens_after_refusals_and_lets_one_probe_through() -> None:
    clock = Clock()
    breaker = opened(clock)
    assert (breaker.state, breaker.admits(), breaker.reason) == (BreakerState.OPEN, False, "connection refused")
    clock.now = COOL_DOWN
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert breaker.admits()


@pytest.mark.parametrize(
    ("report", "state"),
    [
        (lambda b: b.refused("again"), BreakerState.OPEN),
        (lambda b: b.probe_failed("500"), BreakerState.OPEN),
        (lambda b: b.abandoned(), BreakerState.OPEN),
        (lambda b: b.answered(), BreakerState.CLOSED),
    ],
)
def test_no_outcome_of_a_probe_leaves_the_breaker_half_open(report, state) -> None:  # type: ignore[no-untyped-def]
    clock = Clock()
    breaker = opened(clock)
    clock.now = COOL_DOWN
    assert breaker.admits()
    report(breaker)
    assert breaker.state is state


def test_a_success_between_failed_calls_keeps_the_breaker_closed() -> None:
    breaker = Breaker(Clock())
    for _ in range(3):
        for _ in range(FAILED_CALLS - 1):
            breaker.call_failed("HTTP status 500")
        breaker.succeeded()
    assert breaker.state is BreakerState.CLOSED


async def test_limiter_halves_once_for_a_burst_and_grows_again() -> None:
    limiter = Limiter(64)
    for _ in range(10):
        limiter.rate_limited(None)
    assert limiter.limit == 32
    for _ in range(5000):
        limiter.succeeded({})
    assert limiter.limit == 64


def successes_until(limiter: Limiter, limit: float) -> int:
    count = 0
    while limiter.limit < limit:
        limiter.succeeded({})
        count += 1
    return count


async def test_limiter_is_soon_near_its_old_level_and_passes_it_slowly() -> None:
    limiter = Limiter(128)
    limiter.limit = 64
    limiter.rate_limited(None)
    assert limiter.limit == 32
    assert successes_until(limiter, 57) <= 110
    assert successes_until(limiter, 70) >= 500
    assert successes_until(limiter, 128) <= 300


async def test_limiter_comes_back_from_a_long_series_of_refusals() -> None:
    limiter = Limiter(64)
    limiter.limit = 2
    limiter.rate_limited(None)
    assert limiter.limit == 1
    assert successes_until(limiter, 64) <= 300


async def test_limiter_gives_slots_in_order_and_gives_back_cancelled_ones() -> None:
    limiter = Limiter(1)
    order: list[int] = []

    async def worker(number: int) -> None:
        async with limiter.slot():
            order.append(number)
            await asyncio.sleep(0.001)

    tasks = [asyncio.create_task(worker(number)) for number in range(5)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (order, limiter.in_flight) == ([0, 1, 3, 4], 0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("6m0s", 360), ("20ms", 0.02), ("1h2m3s", 3723), ("2.5", 2.5), ("", 0), ("soon", 0)],
)
def test_reset_times_are_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


def test_only_a_used_up_allowance_pauses() -> None:
    headers = {"x-ratelimit-reset-requests": "3s", "x-ratelimit-remaining-requests": "5"}
    assert pause_of(headers) == 0
    assert pause_of(headers | {"x-ratelimit-remaining-requests": "0"}) == 3


def test_delays_grow_jittered_and_respect_retry_after() -> None:
    assert all(0 <= delay(1, None) <= 0.25 and 0 <= delay(4, None) <= 2 for _ in range(50))
    assert all(delay(1, 7.0) >= 7.0 for _ in range(50))
    assert parse_retry_after("1.5") == 1.5
    assert parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert parse_retry_after("soon") is None


@pytest.mark.parametrize(
    ("status", "retried"), [(408, True), (409, True), (429, True), (500, True), (400, False), (404, False)]
)
def test_retried_statuses(status: int, retried: bool) -> None:
    assert is_retried(status) is retried
