"""A circuit breaker for one endpoint: a dead one is told once, not once per row.

Closed, open, half-open. Refused connections open it at once (three in a row, so that one lost packet does not);
calls whose every attempt failed open it after sixteen in a row. Open, it lets nothing through for a while, then one
probe, for whose outcome the others wait: the first statement after an outage is not failed by its own second row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum

REFUSALS = 3
FAILED_CALLS = 16
COOL_DOWN = 5.0
"""Seconds that an open breaker lets nothing through."""


class BreakerState(Enum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """``clock`` gives seconds; the event loop's in the server."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._refusals = 0
        self._failed_calls = 0
        self._opened_at = 0.0
        self.state = BreakerState.CLOSED
        self.reason = ""
        """Why it opened, in words fit for a client."""
        self._waiting: list[asyncio.Future[None]] = []

    async def admitted(self) -> bool:
        """``admits``, after the outcome of a probe that is under way."""
        while not self.admits():
            if self.state is BreakerState.OPEN:
                return False
            outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(outcome)
            await outcome
        return True

    def admits(self) -> bool:
        """Whether a request may leave now. In half-open state one may, and must report what became of it."""
        if self.state is BreakerState.OPEN and self._clock() - self._opened_at >= COOL_DOWN:
            self.state = BreakerState.HALF_OPEN
            return True
        return self.state is BreakerState.CLOSED

    def succeeded(self) -> None:
        """A reply came, whatever it says: the endpoint is there."""
        self._refusals = self._failed_calls = 0
        self._enter(BreakerState.CLOSED)

    def refused(self, reason: str) -> None:
        """No connection, or the endpoint does not accept us."""
        self._refusals += 1
        if self._refusals >= REFUSALS or self.state is BreakerState.HALF_OPEN:
            self._open(reason)

    def call_failed(self, reason: str) -> None:
        """One call used up its attempts."""
        self._failed_calls += 1
        if self._failed_calls >= FAILED_CALLS or self.state is BreakerState.HALF_OPEN:
            self._open(reason)

    def answered(self) -> None:
        """The endpoint is there but busy: it need not be probed, and calls that fail still count."""
        if self.state is BreakerState.HALF_OPEN:
            self._enter(BreakerState.CLOSED)

    def probe_failed(self, reason: str) -> None:
        """A server error, a broken connection or silence: nothing new while closed, the end of a probe."""
        if self.state is BreakerState.HALF_OPEN:
            self._open(reason)

    def abandoned(self) -> None:
        """The probe was cancelled: the next request is the probe."""
        if self.state is BreakerState.HALF_OPEN:
            self._enter(BreakerState.OPEN)

    def _open(self, reason: str) -> None:
        self.reason = reason
        self._opened_at = self._clock()
        self._enter(BreakerState.OPEN)

    def _enter(self, state: BreakerState) -> None:
        self.state = state
        waiting, self._waiting = self._waiting, []
        for outcome in waiting:
            if not outcome.done():
                outcome.set_result(None)
