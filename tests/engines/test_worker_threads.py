"""The pool behind the engine: short calls share a few threads, long ones keep nobody waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sqlserver.engines.worker_threads import WorkerThreads


@pytest.fixture
def pool() -> Iterator[WorkerThreads]:
    threads = WorkerThreads(8, "test", ready=2)
    yield threads
    threads.shutdown()
    assert not [thread for thread in threading.enumerate() if thread.name == "test"]


def call(pool: WorkerThreads, work: Callable[[], Any]) -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def ended(value: Any, fault: BaseException | None) -> None:
        if fault is None:
            future.set_result(value)
        else:
            future.set_exception(fault)

    pool.submit(work, ended)
    return future


async def test_many_short_calls_share_the_ready_threads(pool: WorkerThreads) -> None:
    assert await asyncio.gather(*(call(pool, lambda n=n: n * n) for n in range(200))) == [n * n for n in range(200)]  # type: ignore[misc]
    assert pool.alive <= 4  # two, and where the machine stood still for a moment, one beside each


async def test_short_calls_run_while_more_long_ones_than_ready_threads_are_under_way(pool: WorkerThreads) -> None:
    gate = threading.Event()
    long = [call(pool, gate.wait) for _ in range(5)]
    assert await asyncio.wait_for(call(pool, lambda: "short"), 30) == "short"
    assert pool.alive >= 6
    gate.set()
    assert await asyncio.gather(*long) == [True] * 5


async def test_threads_of_long_calls_end_with_them(pool: WorkerThreads) -> None:
    gate = threading.Event()
    long = [call(pool, gate.wait) for _ in range(5)]
    await call(pool, lambda: None)
    gate.set()
    await asyncio.gather(*long)
    for _ in range(500):
        if pool.alive == 2:
            break
        await asyncio.sleep(0.01)
    assert pool.alive == 2


async def test_at_the_limit_calls_wait_their_turn(pool: WorkerThreads) -> None:
    gate = threading.Event()
    long = [call(pool, gate.wait) for _ in range(8)]
    last = call(pool, lambda: "last")
    await asyncio.sleep(0.1)
    assert pool.alive == 8
    assert not last.done()
    gate.set()
    assert await last == "last"
    await asyncio.gather(*long)


async def test_what_a_call_raises_is_handed_over(pool: WorkerThreads) -> None:
    def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await call(pool, fails)
    assert await call(pool, lambda: 1) == 1
