"""An open result as an asynchronous iterator of Arrow batches.

Assumes one DuckDB connection has at most one open result: before the session runs anything else, ``set_aside`` moves
what is left into memory, so that a suspended portal goes on afterwards. ``fetch``, ``set_aside`` and ``stop`` run on
the worker thread, one at a time; the rest on the event loop.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import pyarrow as pa

from sqlserver.engines.duckdb_binding import VECTOR_SIZE

HOP_ROWS = 16 * VECTOR_SIZE
"""Rows one hop to the worker thread brings home at most: a hop costs about 60 µs."""
HOP_SECONDS = 0.01
"""A slow query hands over what it has after this time."""

Hop = Callable[[Callable[[], None]], Awaitable[None]]


class BatchStream:
    """``hop`` runs a function on the session's worker and raises its error as a ServerError."""

    def __init__(self, reader: Any, hop: Hop) -> None:
        self._reader = reader
        self._hop = hop
        self._ready: deque[pa.RecordBatch] = deque()
        self.open = True

    def __aiter__(self) -> BatchStream:
        return self

    async def __anext__(self) -> pa.RecordBatch:
        if not self._ready and self.open:
            await self._hop(self.fetch)
        if not self._ready:
            raise StopAsyncIteration
        return self._ready.popleft()

    async def aclose(self) -> None:
        self._ready.clear()
        if self.open:
            await self._hop(self.stop)

    def fetch_first(self) -> None:
        """The first rows as soon as they are there; with a short first batch, those of this hop."""
        batch = self._next()
        if batch is not None:
            self._ready.append(batch)
            if batch.num_rows < VECTOR_SIZE:
                # Most often the whole result, but not always: DISTINCT and joins give several short batches.
                self.fetch()

    def fetch(self) -> None:
        """Batches until HOP_ROWS, HOP_SECONDS or the end, joined into one."""
        deadline = time.monotonic() + HOP_SECONDS
        taken: list[pa.RecordBatch] = []
        rows = 0
        while rows < HOP_ROWS and (not taken or time.monotonic() < deadline):
            batch = self._next()
            if batch is None:
                break
            taken.append(batch)
            rows += batch.num_rows
        if taken:
            self._ready.append(taken[0] if len(taken) == 1 else pa.concat_batches(taken))

    def set_aside(self) -> None:
        while (batch := self._next()) is not None:
            self._ready.append(batch)

    def stop(self) -> None:
        if self.open:
            self.open = False
            self._reader.close()

    def _next(self) -> pa.RecordBatch | None:
        if not self.open:
            return None
        try:
            return self._reader.read_next_batch()
        except StopIteration:
            self.stop()
            return None
        except BaseException:
            self.stop()
            raise
