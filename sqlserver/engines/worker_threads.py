"""Threads that run engine calls for the event loop: a call there and its end back, as cheap as they get.

Assumes one event loop for all callers of one pool. Measured on a shared 2-core machine, there and back: the loop's own
``run_in_executor`` 130 µs, this 60. Ends that come together wake the loop once.

Short calls are run by as many threads as there are cores: more would only fight for the interpreter (100 clients on
two cores: 27 % more statements a second than with a thread for each). A call that takes longer than PATIENCE while
others wait gets another thread beside it, and its own ends with it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from time import monotonic
from typing import Any

Work = Callable[[], Any]
Ended = Callable[[Any, BaseException | None], None]
"""Called on the event loop with the value, or with what was raised."""

PATIENCE = 0.002
"""Seconds that a call may hold up those that wait."""


class WorkerThreads:
    """At most ``limit`` threads, ``ready`` of them (default: one a core, at least two) for short calls."""

    def __init__(self, limit: int, name: str, *, ready: int | None = None) -> None:
        self._limit = limit
        self._name = name
        self._ready = min(limit, ready or max(2, os.cpu_count() or 1))
        self._calls: SimpleQueue[tuple[Work, Ended] | None] = SimpleQueue()
        self._ends: deque[tuple[Ended, Any, BaseException | None]] = deque()
        self._serving: list[_Thread] = []
        self._leaving: list[_Thread] = []
        self._unfinished = 0
        self._woken = False
        self._look: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def alive(self) -> int:
        """Threads there are, also those that end with their call."""
        return len(self._serving) + len(self._leaving)

    def submit(self, work: Work, ended: Ended) -> None:
        """On the event loop."""
        self._unfinished += 1
        if self._unfinished > len(self._serving):
            self._loop = asyncio.get_running_loop()
            if len(self._serving) < self._ready:
                self._add()
            elif self._look is None:
                self._look = self._loop.call_later(PATIENCE, self._relieve)
        self._calls.put((work, ended))

    def shutdown(self) -> None:
        """Waits for the calls under way and ends the threads. Nothing may be submitted afterwards."""
        if self._look is not None:
            self._look.cancel()
        threads = [*self._serving, *self._leaving]
        for _ in threads:  # also for one that leaves: it may have waited for a call when it was told so
            self._calls.put(None)
        for thread in threads:
            thread.join()
        self._serving.clear()

    def _add(self) -> None:
        thread = _Thread(self._serve, self._name)
        self._serving.append(thread)
        thread.start()

    def _relieve(self) -> None:
        """Calls wait: every thread that has been at one for long gets another beside it."""
        self._look = None
        if self._calls.empty() or self._loop is None:
            return
        now = monotonic()
        for thread in [thread for thread in self._serving if 0 < thread.since <= now - PATIENCE]:
            if self.alive >= self._limit:
                break
            self._serving.remove(thread)
            self._leaving.append(thread)
            thread.leaves = True  # last: from here on the thread takes itself off the list
            self._add()
        self._look = self._loop.call_later(PATIENCE, self._relieve)

    def _serve(self, thread: _Thread) -> None:
        while not thread.leaves and (call := self._calls.get()) is not None:
            work, ended = call
            value, fault = None, None
            thread.since = monotonic()
            try:
                value = work()
            except BaseException as error:  # noqa: BLE001 - it is raised again where the call was made
                fault = error
            thread.since = 0.0
            self._ends.append((ended, value, fault))
            del call, work, ended, value, fault
            if not self._woken:
                self._woken = True
                self._wake()
        if thread.leaves:
            self._leaving.remove(thread)

    def _wake(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Cleared first: an end that is put in while this loop runs wakes the event loop again, or is taken here.
        self._woken = False
        while self._ends:
            ended, value, fault = self._ends.popleft()
            self._unfinished -= 1
            ended(value, fault)


class _Thread(threading.Thread):
    """``since``: when its call began, 0 between calls. ``leaves``: it ends with this call, another has its place."""

    def __init__(self, serve: Callable[[_Thread], None], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.since = 0.0
        self.leaves = False
        self._serve = serve

    def run(self) -> None:
        self._serve(self)
