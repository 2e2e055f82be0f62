"""The statement under way: stops it when the client, the clock or a disconnect says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sqlserver.core.errors import QueryCanceled

T = TypeVar("T")


class Running:
    """One session's current statement. ``interrupt`` stops the engine's call under way.

    Assumes one statement at a time. A cancel that comes between statements is dropped, as in PostgreSQL.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._work: asyncio.Task[Any] | None = None
        self._reason: str | None = None
        self._active = False
        self._timer: asyncio.TimerHandle | None = None

    def start(self, timeout: float | None) -> None:
        """A statement begins; it may take ``timeout`` seconds."""
        self.finish()
        self._active = True
        self._reason = None
        if timeout is not None:
            self._timer = asyncio.get_running_loop().call_later(
                timeout, self.stop, "canceling statement due to statement timeout"
            )

    def finish(self) -> None:
        self._active = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def stop(self, reason: str = "canceling statement due to user request") -> None:
        if not self._active:
            return
        self._reason = reason
        self._interrupt()
        if self._work is not None:
            self._work.cancel()

    def check(self) -> None:
        """Raises 57014 where a stop came in while nothing could be interrupted."""
        if self._reason is not None:
            raise QueryCanceled(self._reason)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits ``work`` so that ``stop`` ends it; a stop becomes 57014, a cancel of the caller stays what it is."""
        if self._reason is not None:
            work.close()
            raise QueryCanceled(self._reason)
        task = asyncio.get_running_loop().create_task(work)
        self._work = task
        try:
            return await task
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if self._reason is None or (caller is not None and caller.cancelling()):
                raise
            raise QueryCanceled(self._reason) from None
        finally:
            self._work = None

    def explained(self, canceled: QueryCanceled) -> QueryCanceled:
        """An interrupted engine knows only that it was: the client is told who stopped the statement."""
        return canceled if self._reason is None else QueryCanceled(self._reason)
