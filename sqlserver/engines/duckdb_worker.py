"""One session's way off the event loop: one call at a time, and cancel that always lands.

Assumes a shared pool with a thread to spare for every running statement. DuckDB forgets an interrupt that comes before
a statement starts, so a wish to cancel is kept and repeated until the call has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from sqlserver.core.errors import QueryCanceled

T = TypeVar("T")

REPEAT_SECONDS = 0.01


class Worker:
    """``stop`` interrupts the engine; it may be called from any thread, also when nothing runs."""

    def __init__(self, executor: Executor, stop: Callable[[], None]) -> None:
        self._executor = executor
        self._stop = stop
        self._turn = asyncio.Lock()
        self._running = False
        self._canceled = False

    @property
    def canceled(self) -> bool:
        """Whether the call that runs now was asked to stop."""
        return self._canceled

    async def call(self, work: Callable[[], T]) -> T:
        """Runs ``work`` on a thread. If the task is cancelled, the engine is stopped and waited for first."""
        async with self._turn:
            self._canceled = False
            self._running = True
            future = asyncio.get_running_loop().run_in_executor(self._executor, self._guarded, work)
            try:
                return await asyncio.shield(future)
            except asyncio.CancelledError:
                self.interrupt()
                await asyncio.wait([future])
                if not future.cancelled():
                    future.exception()
                raise
            finally:
                self._running = False

    def interrupt(self) -> None:
        """On the event loop. Does nothing when no call runs."""
        if self._running:
            self._canceled = True
            self._stop()
            asyncio.get_running_loop().call_later(REPEAT_SECONDS, self._again)

    def _again(self) -> None:
        if self._running and self._canceled:
            self.interrupt()

    def _guarded(self, work: Callable[[], T]) -> T:
        if self._canceled:
            raise QueryCanceled
        return work()
