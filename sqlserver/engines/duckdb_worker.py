"""One session's way off the event loop: one call at a time, and cancel that always lands.

Assumes a shared pool with a thread to spare for every running statement. DuckDB forgets an interrupt that comes before
a statement starts, so a wish to cancel is kept and repeated until the call has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from sqlserver.core.errors import QueryCanceled
from sqlserver.engines.worker_threads import WorkerThreads

T = TypeVar("T")

REPEAT_SECONDS = 0.01


class Worker:
    """``stop`` interrupts the engine; it may be called from any thread, also when nothing runs."""

    def __init__(self, threads: WorkerThreads, stop: Callable[[], None]) -> None:
        self._threads = threads
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
            under_way: _Call[T] = _Call()
            self._threads.submit(lambda: self._guarded(work), under_way.end)
            try:
                return await under_way.future
            except asyncio.CancelledError:
                self.interrupt()
                await under_way.wait()
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


class _Call(Generic[T]):
    """``future`` is lost when the awaiting task is cancelled; ``wait`` lasts until the thread is done all the same."""

    def __init__(self) -> None:
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._ended = False

    def end(self, value: T, fault: BaseException | None) -> None:
        self._ended = True
        if self.future.done():
            return
        if fault is None:
            self.future.set_result(value)
        elif isinstance(fault, StopIteration):  # a future cannot carry it
            self.future.set_exception(RuntimeError("a call on a worker thread raised StopIteration"))
        else:
            self.future.set_exception(fault)

    async def wait(self) -> None:
        while not self._ended:
            self.future = asyncio.get_running_loop().create_future()
            with suppress(asyncio.CancelledError, Exception):
                await self.future
