"""Slots go round the sessions, whatever the length of their queues."""

import asyncio

import pytest

from sqlserver.semantic.fair_slots import FairSlots


async def test_a_short_queue_is_not_held_up_by_a_long_one() -> None:
    slots = FairSlots(1)
    served: list[str] = []

    async def ask(session: str) -> None:
        async with slots.slot(session):
            served.append(session)
            await asyncio.sleep(0)

    await asyncio.gather(*(ask("long") for _ in range(20)), *(ask("short") for _ in range(3)))
    assert max(n for n, session in enumerate(served) if session == "short") <= 6


async def test_never_more_than_the_limit_at_once() -> None:
    slots = FairSlots(3)
    now = most = 0

    async def ask(session: str) -> None:
        nonlocal now, most
        async with slots.slot(session):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

    await asyncio.gather(*(ask(f"s{n % 4}") for n in range(40)))
    assert most == 3


@pytest.mark.parametrize("cancelled", [1, 5, 9])
async def test_a_cancelled_waiter_gives_its_turn_on(cancelled: int) -> None:
    slots = FairSlots(1)
    gate = asyncio.Event()
    served = 0

    async def ask() -> None:
        nonlocal served
        async with slots.slot("s"):
            await gate.wait()
            served += 1

    tasks = [asyncio.create_task(ask()) for _ in range(10)]
    await asyncio.sleep(0)
    for task in tasks[:cancelled]:
        task.cancel()
    gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert served == 10 - cancelled
    async with asyncio.timeout(1), slots.slot("s"):
        pass
