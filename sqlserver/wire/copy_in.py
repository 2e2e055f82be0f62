"""COPY FROM STDIN: CopyData messages to rows for the session.

While one piece of some megabytes is inserted, the next is parsed on a thread and the one after it received; more is
not held.
"""

from __future__ import annotations

import asyncio
from collections import deque

import pyarrow as pa

from sqlserver.core.copy import UTF8, CopyIn, Encoding
from sqlserver.core.errors import ProtocolViolation, QueryCanceled, ServerError
from sqlserver.core.result import CommandTag
from sqlserver.wire.channel import Channel, ConnectionLost
from sqlserver.wire.copy_binary import BinaryReader
from sqlserver.wire.copy_lines import LineReader
from sqlserver.wire.copy_values import typed
from sqlserver.wire.decoder import decode_frame
from sqlserver.wire.encode_ahead import run_in_thread
from sqlserver.wire.messages import CopyFail, CopyInResponse

PIECE = 4 * 1024 * 1024
"""Bytes: about 50,000 rows, enough to make an INSERT's fixed costs small."""
_AT_ONCE = 2
"""Pieces: one being inserted, one being parsed."""
_DATA, _DONE, _FAIL, _FLUSH, _SYNC, _TERMINATE = b"dcfHSX"


async def receive_copy(channel: Channel, copy: CopyIn) -> CommandTag:
    """Everything from CopyInResponse to CopyDone. Raises 57014 for CopyFail, 22P04 and others for bad data."""
    channel.send(CopyInResponse(int(copy.options.format == "binary"), len(copy.columns)))
    channel.flush()
    receiver = _Receiver(channel, copy)
    try:
        await receiver.receive()
        return await copy.sink.finish()
    except BaseException:
        await receiver.stop()
        await copy.sink.abort()
        raise


class _Receiver:
    def __init__(self, channel: Channel, copy: CopyIn) -> None:
        names = [column.name for column in copy.columns]
        self._channel = channel
        self._copy = copy
        self._binary = BinaryReader(copy.table, copy.columns) if copy.options.format == "binary" else None
        self._reader = self._binary or LineReader(copy.table, names, copy.options)
        self._parsing = asyncio.Lock()
        self._loading: deque[asyncio.Task[None]] = deque()

    async def receive(self) -> None:
        reader = self._reader
        while True:
            kind, body = await self._channel.next_frame()
            if kind == _DATA:
                reader.feed(body)
                if reader.buffered >= PIECE and (piece := reader.cut(last=False)):
                    await self._load(piece)
            elif kind == _DONE:
                await self._load(reader.cut(last=True))
                await self._loaded()
                if self._binary is not None:
                    self._binary.finish()
                return
            elif kind == _FAIL:
                message = decode_frame(kind, body)
                reason = message.message if isinstance(message, CopyFail) else ""
                raise QueryCanceled(f"COPY from stdin failed: {reason}")
            elif kind == _TERMINATE:
                raise ConnectionLost
            elif kind not in (_FLUSH, _SYNC):
                raise ProtocolViolation(f"unexpected message type 0x{kind:02X} during COPY from stdin")

    async def _load(self, piece: bytes) -> None:
        before = self._loading[-1] if self._loading else None
        self._loading.append(asyncio.ensure_future(self._parse_and_write(piece, before)))
        while len(self._loading) > _AT_ONCE:
            await self._loading.popleft()

    async def _loaded(self) -> None:
        while self._loading:
            await self._loading.popleft()

    async def _parse_and_write(self, piece: bytes, before: asyncio.Task[None] | None) -> None:
        async with self._parsing:  # whose waiters get it in the order in which they came
            batches = await run_in_thread(lambda: self._parse(piece))
        if before is not None:
            await before
        for line, rows in batches:
            await self._copy.sink.write(rows, line)

    def _parse(self, piece: bytes) -> list[tuple[int, pa.RecordBatch]]:
        encoding = self._copy.options.encoding
        if encoding is not UTF8 and self._binary is None:
            piece = _recoded(piece, encoding, self._copy.table)
        batches = self._reader.parse(piece)
        if self._binary is not None:
            return batches
        return [(line, typed(rows, self._copy.columns, self._copy.table, line)) for line, rows in batches]

    async def stop(self) -> None:
        """What is being loaded ends first: the session does one thing at a time."""
        for one in self._loading:
            one.cancel()
        await asyncio.gather(*self._loading, return_exceptions=True)  # another error is being told already


def _recoded(piece: bytes, encoding: Encoding, table: str) -> bytes:
    try:
        return piece.decode(encoding.codec).encode()
    except UnicodeDecodeError as fault:
        shown = " ".join(f"0x{byte:02x}" for byte in piece[fault.start : fault.end])
        raise ServerError(
            f'invalid byte sequence for encoding "{encoding.name}": {shown}', sqlstate="22021", context=f"COPY {table}"
        ) from fault
