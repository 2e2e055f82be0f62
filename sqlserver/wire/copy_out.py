"""COPY TO STDOUT: Arrow batches to CopyData messages, one row each, as PostgreSQL sends them.

The columns are encoded as for an ordinary result; here they are escaped or quoted, a column at a time, and joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.core.copy import UTF8, CopyOptions, Encoding
from sqlserver.core.errors import ServerError
from sqlserver.core.output_style import DEFAULT_STYLE, OutputStyle
from sqlserver.core.pgtypes import TEXT
from sqlserver.core.result import Column, Result, Rows
from sqlserver.wire import binary_columns as bc
from sqlserver.wire.array_binary import value_lengths
from sqlserver.wire.channel import Channel
from sqlserver.wire.encode_ahead import BatchEncoder, EncodedAhead, Piece
from sqlserver.wire.messages import CommandComplete, CopyData, CopyDone, CopyOutResponse
from sqlserver.wire.row_assembly import Field, Fixed, side_by_side, value_fields
from sqlserver.wire.row_encoder import RowEncoder
from sqlserver.wire.text_format import text_encoder

BINARY_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
BINARY_TRAILER = b"\xff\xff"
_CHUNK_ROWS = 16_384
_LENGTH_BYTES = 4
_ESCAPES = (("\\", "\\\\"), ("\b", "\\b"), ("\f", "\\f"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("\v", "\\v"))
_ESCAPED = frozenset(raw for raw, _ in _ESCAPES)


async def send_copy(channel: Channel, result: Result, options: CopyOptions, style: OutputStyle) -> None:
    """The whole of a COPY TO STDOUT, up to its command tag."""
    columns = result.columns or ()
    binary = options.format == "binary"
    channel.send(CopyOutResponse(int(binary), len(columns)))
    lead = b""
    if binary:
        lead = BINARY_SIGNATURE
    elif options.header != "off":
        channel.send(CopyData(_header_line(columns, options)))
    sent = 0
    if result.rows is not None:
        try:
            lead, sent = await _send_rows(channel, result.rows, _encoder(columns, options, style), lead)
        except BaseException:
            await result.rows.close()
            raise
    if binary:
        channel.send(CopyData(lead + BINARY_TRAILER))
    channel.send(CopyDone())
    channel.send(CommandComplete(result.tag.render(sent)))


async def _send_rows(channel: Channel, rows: Rows, encoder: BatchEncoder, lead: bytes) -> tuple[bytes, int]:
    """``lead`` goes into the first row's message; it is given back where there was none. And how many rows."""
    batch = await rows.take()
    if batch is None:
        return lead, 0
    ahead = EncodedAhead(batch, rows, encoder)
    async with aclosing(ahead.pieces()) as pieces:
        async for piece in pieces:
            await channel.send_rows(_led(piece, lead) if lead else piece)
            lead = b""
    return b"", ahead.sent


def _led(messages: memoryview | bytes, lead: bytes) -> bytes:
    """The first message with ``lead`` before its data."""
    length = int.from_bytes(messages[1:5], "big") + len(lead)
    return b"".join((messages[:1], length.to_bytes(4, "big"), lead, messages[5:]))


def _encoder(columns: Sequence[Column], options: CopyOptions, style: OutputStyle) -> BatchEncoder:
    if options.format == "binary":
        # A row of COPY BINARY is a DataRow's body.
        return RowEncoder(columns, (1,) * len(columns), style, message=b"d")
    return TextCopyEncoder(columns, options, style)


class TextCopyEncoder:
    """Formats text and csv."""

    def __init__(self, columns: Sequence[Column], options: CopyOptions, style: OutputStyle) -> None:
        self._columns = columns
        self._options = options
        self._style = style
        self._special = special_pattern(options)
        self._special_bytes = [character.encode() for character in special_characters(options)]

    def parts(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        for start in range(0, batch.num_rows, _CHUNK_ROWS):
            yield batch.slice(start, _CHUNK_ROWS)

    def encode_part(self, batch: pa.RecordBatch) -> list[Piece]:
        delimiter = self._options.delimiter.encode()
        values = [
            self._encoded(self._values(column, array))
            for column, array in zip(self._columns, batch.columns, strict=True)
        ]
        lengths = [value_lengths(value, null=0) for value in values]
        sizes = np.full(
            batch.num_rows, _LENGTH_BYTES + max(len(delimiter) * (len(values) - 1), 0) + len(b"\n"), np.int64
        )
        for length in lengths:
            sizes += length
        fields: list[Field] = [Fixed("S1", b"d"), Fixed(">i4", sizes)]
        for number, (value, length) in enumerate(zip(values, lengths, strict=True)):
            if number:
                fields.append(Fixed(f"S{len(delimiter)}", delimiter))
            fields += value_fields(value, length)
        fields.append(Fixed("S1", b"\n"))
        return [side_by_side(batch.num_rows, fields)]

    def header(self, names: pa.Array) -> list[str]:
        """Column names as values of the format."""
        plain = Column("", TEXT)
        shown = self._quoted(plain, names) if self._options.format == "csv" else self._escaped(names)
        texts: list[str] = shown.to_pylist()
        return texts

    def _encoded(self, text: pa.Array) -> pa.Array:
        if self._options.encoding is UTF8:
            return bc.as_binary(text)
        return pa.array([_recoded(one, self._options.encoding) for one in text.to_pylist()], pa.binary())

    def _values(self, column: Column, array: pa.Array) -> pa.Array:
        text = text_encoder(column.type, array.type, self._style)(array)
        if text.type != pa.string():
            text = text.cast(pa.string())
        text = self._quoted(column, text) if self._options.format == "csv" else self._escaped(text)
        return pc.fill_null(text, self._options.null) if text.null_count else text

    def _escaped(self, text: pa.Array) -> pa.Array:
        special = self._holding_special(text)
        if special is None:
            return text
        escaped = text.filter(special)
        for raw, replacement in _ESCAPES:
            escaped = pc.replace_substring(escaped, raw, replacement)
        if self._options.delimiter not in _ESCAPED:
            escaped = pc.replace_substring(escaped, self._options.delimiter, "\\" + self._options.delimiter)
        return pc.replace_with_mask(text, special, escaped)

    def _quoted(self, column: Column, text: pa.Array) -> pa.Array:
        quote, escape = self._options.quote, self._options.escape
        if "*" in self._options.force_quote or column.name in self._options.force_quote:
            odd = text.is_valid()
        else:
            odd = pc.fill_null(pc.equal(text, self._options.null), False)
            special = self._holding_special(text)
            if special is not None:
                odd = pc.or_(odd, special)
            if len(self._columns) == 1:
                odd = pc.or_(odd, pc.fill_null(pc.equal(text, "\\."), False))
        if not pc.any(odd).as_py():
            return text
        escaped = text.filter(odd)
        if escape != quote:
            escaped = pc.replace_substring(escaped, escape, escape * 2)
        escaped = pc.replace_substring(escaped, quote, escape + quote)
        return pc.replace_with_mask(text, odd, pc.binary_join_element_wise(quote, escaped, quote, ""))

    def _holding_special(self, text: pa.Array) -> pa.Array | None:
        """Which values hold what ``special_pattern`` finds; None, with a look at the bytes alone, where none does."""
        content = bytes(bc.data(text))
        if not any(special in content for special in self._special_bytes):
            return None
        return pc.fill_null(pc.match_substring_regex(text, self._special), False)


def special_pattern(options: CopyOptions) -> str:
    """What makes a value need escapes (text) or quotes (csv)."""
    return f"[{re.escape(special_characters(options))}]"


def special_characters(options: CopyOptions) -> str:
    if options.format == "csv":
        return options.delimiter + options.quote + "\r\n"
    return "".join(_ESCAPED) + options.delimiter


def _header_line(columns: Sequence[Column], options: CopyOptions) -> bytes:
    names = pa.array([column.name for column in columns], pa.string())
    encoder = TextCopyEncoder([Column("", TEXT)] * 2, replace(options, force_quote=()), DEFAULT_STYLE)
    texts = encoder.header(names)
    return _recoded(options.delimiter.join(texts) + "\n", options.encoding)


def _recoded(text: str, encoding: Encoding) -> bytes:
    try:
        return text.encode(encoding.codec)
    except UnicodeEncodeError as fault:
        shown = " ".join(f"0x{byte:02x}" for byte in text[fault.start].encode())
        raise ServerError(
            f'character with byte sequence {shown} in encoding "UTF8" has no equivalent in encoding "{encoding.name}"',
            sqlstate="22P05",
        ) from fault
