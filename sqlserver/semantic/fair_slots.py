"""A limited number of calls under way, shared fairly: a free slot goes to the next *session* in turn, not to the
longest queue, so that one statement with 100,000 inputs does not hold up another with five."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairSlots:
    """Assumes one event loop. Sessions are served in rotation, within a session first come first served."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def slot(self, session_id: str) -> AsyncIterator[None]:
        await self._acquire(session_id)
        try:
            yield
        finally:
            self._release()

    async def _acquire(self, session_id: str) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(session_id, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._release()  # the slot was given in the moment of the cancel: hand it on
            else:
                self._forget(session_id, turn)
            raise

    def _forget(self, session_id: str, turn: asyncio.Future[None]) -> None:
        queue = self._waiting.get(session_id)
        if queue is not None and turn in queue:
            queue.remove(turn)
            if not queue:
                del self._waiting[session_id]

    def _release(self) -> None:
        while self._waiting:
            session_id, queue = self._waiting.popitem(last=False)
            turn = queue.popleft()
            if queue:
                self._waiting[session_id] = queue
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
