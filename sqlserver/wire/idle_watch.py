"""Ends a connection whose client says nothing for longer than its session allows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlserver.core.client_session import IdleLimit


class IdleWatch:
    """``end`` ends the connection with an error; it is called on the event loop."""

    def __init__(self, end: Callable[[Exception], None]) -> None:
        self._end = end
        self._timer: asyncio.TimerHandle | None = None

    def start(self, limit: IdleLimit | None) -> None:
        """The client has been told that it is its turn."""
        self.stop()
        if limit is not None:
            self._timer = asyncio.get_running_loop().call_later(limit.seconds, self._end, limit.fault)

    def stop(self) -> None:
        """A message has come."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
