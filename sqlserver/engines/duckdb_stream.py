"""An open result as an asynchronous iterator of Arrow batches.

Assumes one DuckDB connection has at most one open result: before the session runs anything else, ``set_aside`` moves
what is left into memory, and beyond KEPT_BYTES into a file, so that a suspended portal goes on afterwards. ``fetch``,
``set_aside`` and ``stop`` run on the worker thread, one at a time; the rest on the event loop.
"""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import IO, Any

import pyarrow as pa

from sqlserver.engines.duckdb_binding import VECTOR_SIZE

HOP_ROWS = 16 * VECTOR_SIZE
"""Rows one hop to the worker thread brings home at most: a hop costs about 60 µs."""
HOP_SECONDS = 0.01
"""A slow query hands over what it has after this time."""

KEPT_BYTES = 64 * 1024 * 1024
"""Of a result that is set aside, in memory."""

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
        kept = 0
        while kept < KEPT_BYTES and (batch := self._next()) is not None:
            self._ready.append(batch)
            kept += batch.nbytes
        if self.open:
            self._reader = _Spilled.of(self._reader.schema, self._next)
            self.open = True

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


class _Spilled:
    """Batches in a file without a name, read as the engine's reader is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._reader = pa.ipc.open_stream(file)

    @classmethod
    def of(cls, schema: pa.Schema, take: Callable[[], pa.RecordBatch | None]) -> _Spilled:
        """All that ``take`` gives until it gives None."""
        file = tempfile.TemporaryFile()  # noqa: SIM115 - ``close`` closes it
        try:
            with pa.ipc.new_stream(file, schema) as writer:
                while (batch := take()) is not None:
                    writer.write_batch(batch)
            file.seek(0)
            return cls(file)
        except BaseException:
            file.close()
            raise

    def read_next_batch(self) -> pa.RecordBatch:
        return self._reader.read_next_batch()

    def close(self) -> None:
        self._reader.close()
        self._file.close()
