"""COPY FROM STDIN: CopyData messages to rows for the session.

While one piece of some megabytes is parsed on a thread and inserted, the next is received; more is not held.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

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
        self._loading: asyncio.Task[None] | None = None

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
        await self._loaded()
        self._loading = asyncio.ensure_future(self._parse_and_write(piece))

    async def _loaded(self) -> None:
        if self._loading is not None:
            loading, self._loading = self._loading, None
            await loading

    async def _parse_and_write(self, piece: bytes) -> None:
        for line, rows in await run_in_thread(lambda: self._parse(piece)):
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
        if self._loading is not None:
            self._loading.cancel()
            with suppress(asyncio.CancelledError, ServerError):  # another error is being told already
                await self._loading


def _recoded(piece: bytes, encoding: Encoding, table: str) -> bytes:
    try:
        return piece.decode(encoding.codec).encode()
    except UnicodeDecodeError as fault:
        shown = " ".join(f"0x{byte:02x}" for byte in piece[fault.start : fault.end])
        raise ServerError(
            f'invalid byte sequence for encoding "{encoding.name}": {shown}', sqlstate="22021", context=f"COPY {table}"
        ) from fault
