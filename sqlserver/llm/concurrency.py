"""How many requests one endpoint gets at once, and when: adapted to its 429s and ``x-ratelimit-*`` headers.

A 429 halves the limit (once a second at most, because a burst of them is one event); successes raise it again, by a
quarter of one each, near the limit at which the last 429 came by a share of one alone. So the old level is back after
some hundred calls and the trouble spot is passed slowly, as in TCP CUBIC. Waiters are served in order of arrival.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$")
LONGEST_PAUSE = 30.0
_STEP, _NEAR = 0.25, 0.1


class Limiter:
    """``async with limiter.slot():`` around a request. One event loop."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = float(most)
        self._trouble = 0.0
        self.in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._open_at = 0.0
        self._halved_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        await self._acquire()
        try:
            yield
        finally:
            self.in_flight -= 1
            self._admit()

    def succeeded(self, headers: Mapping[str, str]) -> None:
        near = abs(self.limit - self._trouble) <= self._trouble * _NEAR
        self.limit = min(float(self.most), self.limit + (1 / self.limit if near else _STEP))
        pause = pause_of(headers)
        if pause > 0:
            self._pause(pause)

    def rate_limited(self, retry_after: float | None) -> None:
        """``retry_after`` in seconds, as the endpoint said; nothing new leaves before."""
        now = asyncio.get_running_loop().time()
        if now - self._halved_at >= 1.0:
            self._trouble = self.limit
            self.limit = max(1.0, self.limit / 2)
            self._halved_at = now
        if retry_after:
            self._pause(retry_after)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    async def _acquire(self) -> None:
        loop = asyncio.get_running_loop()
        if not self._waiting and self.in_flight < int(self.limit) and loop.time() >= self._open_at:
            self.in_flight += 1
            return
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.in_flight -= 1  # the slot was given in the moment of the cancel: hand it on
                self._admit()
            else:
                self._waiting.remove(turn)
            raise

    def _admit(self) -> None:
        loop = asyncio.get_running_loop()
        rest = self._open_at - loop.time()
        if rest > 0:
            if self._waiting and self._timer is None:
                self._timer = loop.call_later(rest, self._reopen)
            return
        while self._waiting and self.in_flight < int(self.limit):
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self.in_flight += 1

    def _reopen(self) -> None:
        self._timer = None
        self._admit()

    def _pause(self, seconds: float) -> None:
        until = asyncio.get_running_loop().time() + min(seconds, LONGEST_PAUSE)
        self._open_at = max(self._open_at, until)


def pause_of(headers: Mapping[str, str]) -> float:
    """Seconds to wait where a ``x-ratelimit-remaining-*`` header says 0; 0 where nothing is said."""
    pauses = [
        seconds_of(headers.get(f"x-ratelimit-reset-{kind}", ""))
        for kind in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{kind}", "").strip() == "0"
    ]
    return max(pauses, default=0.0)


def seconds_of(text: str) -> float:
    """``1s``, ``6m0s``, ``20ms`` or plain seconds; 0 for anything else."""
    text = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    match = _DURATION.match(text)
    if not text or match is None:
        return 0.0
    hours, minutes, seconds, milliseconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
