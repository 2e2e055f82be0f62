"""Large results: rows are fetched and encoded in threads while the pieces before are on their way to the client.

Bounded: one batch of rows and ``AHEAD`` encoded pieces (one or two megabytes each) exist at a time. pyarrow, numpy
and the engine work outside the interpreter's lock, so one result uses several cores.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import pyarrow as pa

from sqlserver.core.result import Rows

LARGE = 4096
"""Rows of a batch from which on a second thread pays: a hop there and back is some 100 µs."""
AHEAD = 4
"""One piece being sent, two being encoded, rows being fetched for one more."""

T = TypeVar("T")
Piece = memoryview | bytes


class BatchEncoder(Protocol):
    """``parts`` is called for one batch after the other, ``encode_part`` on any thread, for several parts at once."""

    def parts(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]: ...

    def encode_part(self, part: pa.RecordBatch) -> list[Piece]: ...


_threads = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2), thread_name_prefix="encode")


async def run_in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


class EncodedAhead:
    """The pieces of ``first`` and of all ``rows`` after it; ``rows`` stay the caller's to close."""

    def __init__(self, first: pa.RecordBatch, rows: Rows, encoder: BatchEncoder) -> None:
        self.sent = 0
        self._rows = rows
        self._encoder = encoder
        self._turn = asyncio.Lock()
        self._ended = False
        self._begin(first)

    def _begin(self, batch: pa.RecordBatch) -> None:
        self.sent += batch.num_rows
        self._parts = self._encoder.parts(batch)

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """Closing it early stops the work ahead. ``sent`` is right at the end."""
        ahead = deque(asyncio.ensure_future(self._next()) for _ in range(AHEAD))
        try:
            while (pieces := await ahead[0]) is not None:
                ahead.popleft()
                ahead.append(asyncio.ensure_future(self._next()))
                for piece in pieces:
                    yield piece
        finally:
            for one in ahead:
                one.cancel()
            await asyncio.gather(*ahead, return_exceptions=True)  # what went wrong first was raised above
            ahead.clear()  # a fault's traceback leads here and to its task: a circle that would keep its rows alive

    async def _next(self) -> list[Piece] | None:
        async with self._turn:  # whose waiters get it in the order in which they came
            part = await self._next_part()
        if part is None:
            return None
        return await run_in_thread(lambda: self._encoder.encode_part(part))

    async def _next_part(self) -> pa.RecordBatch | None:
        while not self._ended:
            part = next(self._parts, None)
            if part is not None:
                return part
            self._ended = True  # unless there is a batch: nothing is asked for after a fault either
            batch = await self._rows.take()
            if batch is not None:
                self._ended = False
                self._begin(batch)
        return None
