"""COPY FROM STDIN in text and csv: a stream of bytes, cut into whole lines, to columns of strings.

pyarrow's reader parses a piece where it reads it as PostgreSQL would; a piece that holds anything it sees otherwise
(escapes, quotes inside a value, a wrong number of columns) goes through ``copy_exact``, value by value, which also
knows what to say about it. Strings are in PostgreSQL's text form; NULL is NULL.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from sqlserver.core.copy import CopyOptions, copy_place
from sqlserver.core.errors import ServerError
from sqlserver.wire import binary_columns as bc
from sqlserver.wire.copy_escapes import escaped_letters, hidden_escapes, shown_escapes, unescaped
from sqlserver.wire.copy_exact import ExactReader, chosen, unescaped_value

END = b"\\."
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LineReader:
    """``feed`` bytes as they come, ``parse`` the pieces it gives; ``line`` is the number of the next line."""

    def __init__(self, table: str, names: Sequence[str], options: CopyOptions) -> None:
        self._table = table
        self._names = tuple(names)
        self._options = options
        self._exact = ExactReader(table, self._names, options)
        self._rest = bytearray()
        self._ended = False
        self._header = options.header
        self.line = 1
        self._csv = options.format == "csv"
        self._quote = options.quote.encode()
        self._forced = chosen(self._names, options.force_null)
        self._forced_not = chosen(self._names, options.force_not_null)

    @property
    def buffered(self) -> int:
        return len(self._rest)

    def feed(self, data: bytes) -> None:
        if not self._ended:
            self._rest += data

    def cut(self, *, last: bool) -> bytes:
        """The whole lines there are; with ``last`` everything."""
        end = len(self._rest) if last else self._last_line_end()
        piece = bytes(memoryview(self._rest)[:end])
        del self._rest[:end]
        return piece

    def _last_line_end(self) -> int:
        """After the last newline that ends a row: in csv an even number of quotes stands before it."""
        end = self._rest.rfind(b"\n") + 1
        if not self._csv:
            while end and self._escaped(end - 1):
                end = self._rest.rfind(b"\n", 0, end - 1) + 1
            return end
        rest: bytes | bytearray = self._rest
        if self._options.escape != self._options.quote and self._options.escape.encode() in rest:
            hidden = hidden_escapes(bytes(rest), self._options)
            if hidden is None:
                return self._exact.last_row_end(self._rest)
            rest = hidden
        quotes = rest.count(self._quote, 0, end)
        while end and quotes % 2:
            before = rest.rfind(b"\n", 0, end - 1) + 1
            quotes -= rest.count(self._quote, before, end)
            end = before
        return end

    def _escaped(self, at: int) -> bool:
        """Whether a backslash belongs to the byte at ``at``."""
        start = at
        while start and self._rest[start - 1] == 0x5C:
            start -= 1
        return (at - start) % 2 == 1

    def parse(self, piece: bytes) -> list[tuple[int, pa.RecordBatch]]:
        """(number of its first line, rows). On any thread, one call at a time."""
        if self._ended or not piece:
            return []
        if self._header != "off":
            piece = self._without_header(piece)
        newline = _newline_of_rows(piece, self._quote if self._csv else b"")
        found = self._fast(piece) if newline and self._exact.newline in ("", newline) else None
        if found is None:
            found, self._ended = self._exact.rows(piece, self.line)
        else:
            self._exact.newline = newline
        first = self.line
        self.line += piece.count(b"\n")
        return [(first, found)] if found.num_rows else []

    def _without_header(self, piece: bytes) -> bytes:
        end = self._exact.first_row_end(piece)
        names = self._exact.values(piece[:end])
        if self._header == "match":
            self._match(names, piece[:end])
        self._header = "off"
        self.line += 1
        return piece[end:]

    def _match(self, names: Sequence[str | None], header: bytes) -> None:
        if len(names) != len(self._names):
            fault = f"wrong number of fields in header line: got {len(names)}, expected {len(self._names)}"
            raise self._bad(fault, header)
        for at, (got, expected) in enumerate(zip(names, self._names, strict=True), 1):
            if got != expected:
                shown = "null value" if got is None else f'"{got}"'
                fault = f'column name mismatch in header line field {at}: got {shown}, expected "{expected}"'
                raise self._bad(fault, header)

    def _bad(self, message: str, header: bytes) -> ServerError:
        shown = header.decode(errors="replace").rstrip("\r\n")
        return ServerError(message, sqlstate="22P04", context=copy_place(self._table, 1, value=shown))

    def _fast(self, piece: bytes) -> pa.RecordBatch | None:
        """None where pyarrow might read it otherwise than PostgreSQL, or refuses it."""
        if b"\0" in piece or piece.startswith(_BYTE_ORDER_MARK) or not self._forced.isdisjoint(self._forced_not):
            return None
        return self._fast_csv(piece) if self._csv else self._fast_text(piece)

    def _fast_text(self, piece: bytes) -> pa.RecordBatch | None:
        letters = escaped_letters(piece, self._options.delimiter)
        batch = None if letters is None else self._read(piece)
        if batch is None or not letters:
            return batch
        try:
            columns = [unescaped(column, letters, unescaped_value) for column in batch.columns]
        except ServerError:  # the exact reader tells where
            return None
        return pa.RecordBatch.from_arrays(columns, names=list(self._names))

    def _fast_csv(self, piece: bytes) -> pa.RecordBatch | None:
        options = self._options
        escapes = options.escape != options.quote and options.escape.encode() in piece
        hidden = hidden_escapes(piece, options) if escapes else piece
        if hidden is None or (b"\\" in piece and END in piece) or _odd_quotes(hidden, options):
            return None
        batch = self._read(hidden)
        if batch is None or not (escapes or self._forced or self._forced_not):
            return batch
        columns = []
        for name, column in zip(self._names, batch.columns, strict=True):
            shown = shown_escapes(column, options) if escapes else column
            if name in self._forced:
                shown = pc.if_else(pc.equal(shown, options.null), pa.scalar(None, pa.string()), shown)
            columns.append(pc.fill_null(shown, options.null) if name in self._forced_not else shown)
        return pa.RecordBatch.from_arrays(columns, names=list(self._names))

    def _read(self, piece: bytes) -> pa.RecordBatch | None:
        """pyarrow's reading, NULL for the unquoted null mark."""
        options = self._options
        try:
            table = csv.read_csv(
                pa.BufferReader(piece),
                read_options=csv.ReadOptions(
                    column_names=list(self._names), block_size=max(len(piece), 1), use_threads=False
                ),
                parse_options=csv.ParseOptions(
                    delimiter=options.delimiter,
                    quote_char=options.quote if self._csv else False,
                    double_quote=True,
                    escape_char=False,
                    newlines_in_values=self._csv,
                    ignore_empty_lines=False,
                ),
                convert_options=csv.ConvertOptions(
                    column_types=dict.fromkeys(self._names, pa.string()),
                    null_values=[options.null],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid:
            return None
        batches = table.combine_chunks().to_batches()
        if not batches:
            return pa.RecordBatch.from_pylist([], table.schema)
        [batch] = batches
        return None if len(self._names) > 1 and _has_empty_line(piece, batch) else batch


def _has_empty_line(piece: bytes, batch: pa.RecordBatch) -> bool:
    """pyarrow reads one as a row of empty values; looking through all the bytes takes as long as reading them."""
    if np.diff(bc.offsets(batch.column(0))).all():
        return False
    return piece.startswith((b"\n", b"\r\n")) or b"\n\n" in piece or b"\n\r\n" in piece


def _odd_quotes(piece: bytes, options: CopyOptions) -> bool:
    """Whether a quote opens or closes anywhere but at a value's edge. The piece begins outside quotes."""
    if options.quote.encode() not in piece:
        return False
    buffer = np.frombuffer(piece, np.uint8)
    at = np.flatnonzero(buffer == ord(options.quote))
    if len(at) % 2:
        return True
    edges = np.frombuffer((options.delimiter + "\n\r").encode(), np.uint8)
    opens, closes = at[::2], at[1::2]
    starts_value = (opens == 0) | np.isin(buffer[np.maximum(opens - 1, 0)], edges)
    ends_value = (closes == len(buffer) - 1) | np.isin(buffer[np.minimum(closes + 1, len(buffer) - 1)], edges)
    # A closing quote followed by an opening one is a doubled quote inside a value.
    doubled = closes[:-1] + 1 == opens[1:]
    if options.escape != options.quote and doubled.any():
        return True
    starts_value[1:] |= doubled
    ends_value[:-1] |= doubled
    return not (starts_value.all() and ends_value.all())


def _newline_of_rows(piece: bytes, quote: bytes) -> str:
    """How all rows end; empty where they do not end alike. ``quote`` is empty where there is none."""
    if b"\r" not in piece:
        return "\n"
    if piece.count(b"\r") != piece.count(b"\r\n"):
        return ""
    buffer = np.frombuffer(piece, np.uint8)
    at = np.flatnonzero(buffer == ord("\n"))
    if quote and quote in piece:
        quotes = np.flatnonzero(buffer == ord(quote))
        at = at[np.searchsorted(quotes, at) % 2 == 0]
    after_return = buffer[at - 1] == ord("\r")
    if after_return.all():
        return "\r\n"
    return "" if after_return.any() else "\n"
