"""The statement under way: stops it when the client, the clock or a disconnect says so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sqlserver.core.errors import QueryCanceled, ServerError

T = TypeVar("T")


class Running:
    """One session's current statement. ``interrupt`` stops the engine's call under way.

    Assumes one statement at a time. A cancel that comes between statements is dropped, as in PostgreSQL.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._work: asyncio.Task[Any] | None = None
        self._fault: ServerError | None = None
        self._active = False
        self.text = ""
        """The last statement, as the client sent it."""
        self.began = self.ended = 0.0
        """When it did, in seconds since 1970; 0 before the first one."""
        self._timer: asyncio.TimerHandle | None = None

    def start(self, timeout: float | None) -> None:
        """A statement begins; it may take ``timeout`` seconds."""
        self.finish()
        self._active = True
        self.began = time.time()
        self._fault = None
        if timeout is not None:
            fault = QueryCanceled("canceling statement due to statement timeout")
            self._timer = asyncio.get_running_loop().call_later(timeout, self.stop, fault)

    def finish(self) -> None:
        if self._active:
            self._active = False
            self.ended = time.time()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def active(self) -> bool:
        return self._active

    def stop(self, fault: ServerError | None = None) -> None:
        """``fault`` is what the client is told; None: that a user asked for it."""
        if not self._active:
            return
        self._fault = fault or QueryCanceled()
        self._interrupt()
        if self._work is not None:
            self._work.cancel()

    def check(self) -> None:
        """Raises why, where a stop came in while nothing could be interrupted."""
        if self._fault is not None:
            raise self._fault

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits ``work`` so that ``stop`` ends it with its fault; a cancel of the caller stays what it is."""
        if self._fault is not None:
            work.close()
            raise self._fault
        task = asyncio.get_running_loop().create_task(work)
        self._work = task
        try:
            return await task
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if self._fault is None or (caller is not None and caller.cancelling()):
                raise
            raise self._fault from None
        finally:
            self._work = None

    def explained(self, canceled: QueryCanceled) -> ServerError:
        """An interrupted engine knows only that it was: the client is told who stopped the statement."""
        return self._fault or canceled
