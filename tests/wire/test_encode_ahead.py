"""Pieces are encoded at the same time, arrive in order, and no more of them than a few wait to be sent."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pyarrow as pa
import pytest

from sqlserver.core.errors import QueryCanceled
from sqlserver.core.result import Rows
from sqlserver.wire.encode_ahead import AHEAD, EncodedAhead, Piece


class Encoder:
    """Two parts of a batch; an even part is done only after the next odd one, as two threads can."""

    def __init__(self) -> None:
        self.begun = 0
        self._odd_done = threading.Semaphore(0)

    def parts(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        for at in range(2):
            self.begun += 1
            yield batch.slice(at, 1)

    def encode_part(self, part: pa.RecordBatch) -> list[Piece]:
        number = part.column(0)[0].as_py()
        if number % 2:
            self._odd_done.release()
        else:
            assert self._odd_done.acquire(timeout=30)
        return [b"%d " % number]

    def let_go(self) -> None:
        """Of even parts whose odd one is not asked for any more: they would hold the threads of the next test."""
        self._odd_done.release(AHEAD)


def batch(first: int) -> pa.RecordBatch:
    return pa.record_batch([pa.array([first, first + 1])], ["n"])


async def batches(count: int, fault: Exception | None = None) -> AsyncIterator[pa.RecordBatch]:
    for number in range(1, count):
        yield batch(2 * number)
    if fault is not None:
        raise fault


async def test_pieces_come_in_order_whichever_is_done_first() -> None:
    ahead = EncodedAhead(batch(0), Rows(batches(10)), Encoder())
    pieces = [bytes(piece) async for piece in ahead.pieces()]
    assert b"".join(pieces).split() == [b"%d" % number for number in range(20)]
    assert ahead.sent == 20


async def test_an_unread_piece_holds_the_others_back() -> None:
    encoder = Encoder()
    async with aclosing(EncodedAhead(batch(0), Rows(batches(100)), encoder).pieces()) as pieces:
        await anext(pieces)
        await asyncio.sleep(0.05)
        assert encoder.begun <= AHEAD + 2
        encoder.let_go()


async def test_a_fault_comes_after_the_rows_before_it() -> None:
    ahead = EncodedAhead(batch(0), Rows(batches(3, QueryCanceled())), Encoder())
    seen: list[Piece] = []

    async def read() -> None:
        async for piece in ahead.pieces():
            seen.append(piece)

    with pytest.raises(QueryCanceled):
        await read()
    assert len(seen) == 6


class FailingEncoder(Encoder):
    def encode_part(self, part: pa.RecordBatch) -> list[Piece]:
        raise QueryCanceled


async def test_a_fault_keeps_no_rows_alive() -> None:
    async def none() -> AsyncIterator[pa.RecordBatch]:
        return
        yield

    async def fail() -> weakref.ref[FailingEncoder]:
        encoder = FailingEncoder()
        with pytest.raises(QueryCanceled):
            [piece async for piece in EncodedAhead(batch(0), Rows(none()), encoder).pieces()]
        return weakref.ref(encoder)

    gc.disable()
    try:
        kept = await fail()
        for _ in range(100):  # the threads let go of their work a moment after its end
            if kept() is None:
                break
            await asyncio.sleep(0.01)
        assert kept() is None
    finally:
        gc.enable()
