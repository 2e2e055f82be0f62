"""A statement that finds a row changed by another transaction, under DuckDB an error at once, waits as in PostgreSQL.

Where nothing came before it in its transaction nothing is lost by running it again, on what the other has committed
by then. Assumes nothing of it has reached the client. ``lock_timeout`` ends the waiting.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlserver.core.errors import SerializationFailure, ServerError
from sqlserver.session.state import SessionState

T = TypeVar("T")

_SHORTEST, _LONGEST = 0.001, 0.05


async def run_patiently(state: SessionState, run: Callable[[], Awaitable[T]]) -> T:
    """``run`` is to be a transaction's first statement. 55P03 where ``lock_timeout`` is over, 40001 for another one."""
    if state.transaction.touched:
        return await run()
    began = time.monotonic()
    limit = state.settings.seconds("lock_timeout")
    pause = _SHORTEST
    while True:
        tried = time.monotonic()
        try:
            return await run()
        except SerializationFailure:
            now = time.monotonic()
            if limit is not None and now - began >= limit:
                raise ServerError("canceling statement due to lock timeout", sqlstate="55P03") from None
        # A long statement waits as long as it ran, so that those that wait take at most half of the machine.
        await state.running.run(asyncio.sleep(random.uniform(pause / 2, pause) + now - tried))  # noqa: S311
        pause = min(pause * 2, _LONGEST)
        await state.transaction.start_again()
