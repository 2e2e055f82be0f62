"""A statement is stopped whenever the wish comes while it runs, and the client is told why."""

import asyncio

import pytest

from sqlserver.core.errors import AdminShutdown, QueryCanceled
from sqlserver.session.running import Running


async def forever() -> None:
    await asyncio.Event().wait()


@pytest.fixture
def interrupts() -> list[str]:
    return []


@pytest.fixture
def running(interrupts: list[str]) -> Running:
    return Running(lambda: interrupts.append("interrupt"))


async def test_a_stop_while_nothing_can_be_interrupted_ends_the_next_step(running: Running) -> None:
    running.start(None)
    running.stop()
    with pytest.raises(QueryCanceled, match="user request"):
        await running.run(forever())


async def test_a_stop_ends_work_under_way_with_its_reason(running: Running, interrupts: list[str]) -> None:
    running.start(None)
    asyncio.get_running_loop().call_soon(running.stop, AdminShutdown("terminating connection"))
    with pytest.raises(AdminShutdown, match="terminating connection"):
        await running.run(forever())
    assert interrupts == ["interrupt"]


async def test_a_stop_between_statements_is_dropped(running: Running, interrupts: list[str]) -> None:
    running.start(None)
    running.finish()
    running.stop()
    running.start(None)
    running.check()
    assert interrupts == []


async def test_the_timer_of_an_earlier_statement_never_stops_a_later_one(running: Running) -> None:
    running.start(0.01)
    running.start(None)  # the earlier one is a portal that was not read to its end
    await asyncio.sleep(0.03)
    running.check()


async def test_a_cancelled_caller_stays_cancelled_though_a_stop_came_too(running: Running) -> None:
    running.start(None)
    caller = asyncio.create_task(running.run(forever()))
    await asyncio.sleep(0)
    running.stop()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_an_interrupted_engine_is_told_in_the_words_of_who_stopped_it(running: Running) -> None:
    running.start(None)
    running.stop(AdminShutdown("terminating connection"))
    assert running.explained(QueryCanceled()).message == "terminating connection"
