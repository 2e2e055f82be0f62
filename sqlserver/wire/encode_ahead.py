"""Large results: fetching and encoding go on in threads while the piece before is on its way to the client.

Bounded: one batch of rows and two encoded pieces (about half a megabyte each) exist at a time. pyarrow and the engine
work outside the interpreter's lock, so one result uses two cores.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import pyarrow as pa

from sqlserver.core.result import Rows

LARGE = 4096
"""Rows of a batch from which on a second thread pays: a hop there and back is some 100 µs."""

T = TypeVar("T")
Piece = memoryview | bytes
Encode = Callable[[pa.RecordBatch], Iterator[Piece]]

_threads = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2), thread_name_prefix="encode")


async def run_in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


class EncodedAhead:
    """The pieces of ``first`` and of all ``rows`` after it; ``rows`` stay the caller's to close."""

    def __init__(self, first: pa.RecordBatch, rows: Rows, encode: Encode) -> None:
        self.sent = 0
        self._rows = rows
        self._encode = encode
        self._begin(first)

    def _begin(self, batch: pa.RecordBatch) -> None:
        self.sent += batch.num_rows
        self._parts = self._encode(batch)

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """Closing it early stops the work ahead. ``sent`` is right at the end."""
        ahead = asyncio.ensure_future(self._next())
        try:
            while (piece := await ahead) is not None:
                ahead = asyncio.ensure_future(self._next())
                yield piece
        finally:
            ahead.cancel()
            with suppress(asyncio.CancelledError, Exception):  # what went wrong here was raised by ``await`` above
                await ahead

    async def _next(self) -> Piece | None:
        loop = asyncio.get_running_loop()
        while True:
            piece: Piece | None = await loop.run_in_executor(_threads, next, self._parts, None)
            if piece is not None:
                return piece
            batch = await self._rows.take()
            if batch is None:
                return None
            self._begin(batch)
