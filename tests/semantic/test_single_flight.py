"""The same question at the same time is one call."""

import asyncio

import pytest

from sqlserver.core.errors import ModelUnreachable, OutOfTime
from sqlserver.semantic.answer import Answer
from sqlserver.semantic.single_flight import SingleFlight


class Calls:
    def __init__(self) -> None:
        self.count = 0
        self.go = asyncio.Event()

    async def __call__(self) -> Answer:
        self.count += 1
        number = self.count
        await self.go.wait()
        return Answer(number, f"trace-{number}")


async def test_many_askers_make_one_call() -> None:
    flights, calls = SingleFlight(), Calls()
    asking = [asyncio.create_task(flights.ask("k", calls)) for _ in range(5)]
    await asyncio.sleep(0)
    calls.go.set()
    results = await asyncio.gather(*asking)
    assert calls.count == 1
    assert [made for _, made in results] == [True, False, False, False, False]


async def test_another_key_is_another_call() -> None:
    flights, calls = SingleFlight(), Calls()
    calls.go.set()
    await asyncio.gather(flights.ask("a", calls), flights.ask("b", calls))
    assert calls.count == 2


async def test_a_cancelled_first_leaves_the_question_to_the_second() -> None:
    flights, calls = SingleFlight(), Calls()
    first = asyncio.create_task(flights.ask("k", calls))
    second = asyncio.create_task(flights.ask("k", calls))
    await asyncio.sleep(0)
    first.cancel()
    calls.go.set()
    answer, made = await second
    assert (answer.value, made) == (2, True)
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_an_error_reaches_everybody_who_waited_and_is_not_kept() -> None:
    flights = SingleFlight()

    async def refused() -> Answer:
        await asyncio.sleep(0)
        raise ModelUnreachable("down")

    results = await asyncio.gather(flights.ask("k", refused), flights.ask("k", refused), return_exceptions=True)
    assert [type(result) for result in results] == [ModelUnreachable, ModelUnreachable]
    calls = Calls()
    calls.go.set()
    assert (await flights.ask("k", calls))[1]


@pytest.mark.parametrize("raised", [True, False])
async def test_who_runs_out_of_time_leaves_the_question_to_the_others(raised: bool) -> None:
    flights, calls = SingleFlight(), Calls()
    calls.go.set()

    async def late() -> Answer:
        await asyncio.sleep(0)
        if raised:
            raise OutOfTime("no answer in time")
        return Answer(None, "", error=OutOfTime("no answer in time"))

    first = asyncio.create_task(flights.ask("k", late))
    second = asyncio.create_task(flights.ask("k", calls))
    told = (await asyncio.gather(first, return_exceptions=True))[0]
    assert isinstance(told if raised else told[0].error, OutOfTime)  # type: ignore[index]
    answer, made = await second
    assert (answer.value, made, calls.count) == (1, True, 1)
