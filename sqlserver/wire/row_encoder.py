"""Arrow record batches to streams of DataRow messages.

Each column becomes an array of byte strings; they are joined row by row with arrays of 32-bit lengths between them,
and the joined array's data buffer is the wire stream: no Python runs per row or value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct

import pyarrow as pa

from sqlserver.core.errors import ServerError
from sqlserver.core.output_style import OutputStyle
from sqlserver.core.result import Column
from sqlserver.wire import binary_columns as bc
from sqlserver.wire.array_binary import value_lengths
from sqlserver.wire.binary_columns import ColumnEncoder
from sqlserver.wire.binary_format import binary_encoder
from sqlserver.wire.encode_ahead import Piece
from sqlserver.wire.few_rows import value_encoder
from sqlserver.wire.row_assembly import data_rows, row_sizes
from sqlserver.wire.text_format import text_encoder

_PIECE_BYTES = 1024 * 1024  # of the engine's rows: about 5 ms of work, and a slow reader holds a few of them
_PIECE_ROWS = 32_768  # the same for narrow rows
_JOIN_LIMIT = 2**30  # Arrow's 32-bit offsets; a single row may not be longer either, as in PostgreSQL
_FEW_ROWS = 8  # up to here a loop beats setting up the arrays: 2 µs against 30 for one row of one column
_SHORT = 64  # rows that are not worth the 5 µs of asking how large they are
_HEADER = Struct("!ciH")
_LENGTH = Struct("!i")
_NULL = _LENGTH.pack(-1)
_NO_COLUMNS = b"\0\0\0\x06\0\0"


class RowEncoder:
    """For one result: its columns in the formats the client asked for (0 text, 1 binary, one for each column).

    ``message`` is the type byte of a row: COPY BINARY sends the same bodies as CopyData.
    """

    def __init__(
        self, columns: Sequence[Column], formats: Sequence[int], style: OutputStyle, *, message: bytes = b"D"
    ) -> None:
        self._message = message
        self._columns = tuple(columns)
        self._formats = tuple(formats)
        self._style = style
        self._schema: pa.Schema | None = None
        self._encoders: tuple[ColumnEncoder, ...] = ()

    def encode(self, batch: pa.RecordBatch) -> Iterator[Piece]:
        """Pieces of about a megabyte, each of whole messages. Raises ServerError for what a format cannot hold."""
        for part in self.parts(batch):
            yield from self.encode_part(part)

    def parts(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Slices of about one size that make a piece each."""
        rows = batch.num_rows
        if rows > _FEW_ROWS:
            self._choose_encoders(batch.schema)
        if rows <= _SHORT:
            yield batch
            return
        pieces = max(-(-rows // _PIECE_ROWS), -(-batch.nbytes // _PIECE_BYTES))
        step = -(-rows // pieces)
        for start in range(0, rows, step):
            yield batch.slice(start, step)

    def encode_part(self, part: pa.RecordBatch) -> list[Piece]:
        if not self._columns:
            return [(self._message + _NO_COLUMNS) * part.num_rows]
        if part.num_rows <= _FEW_ROWS:
            return [self._encode_few(part)]
        values = [bc.as_binary(encode(array)) for encode, array in zip(self._encoders, part.columns, strict=True)]
        return list(self._encode_parts(values))

    def _choose_encoders(self, schema: pa.Schema) -> None:
        if schema is self._schema:
            return
        self._encoders = tuple(
            (binary_encoder if code else text_encoder)(column.type, arrow_type, self._style)
            for column, code, arrow_type in zip(self._columns, self._formats, schema.types, strict=True)
        )
        self._schema = schema

    def _encode_few(self, batch: pa.RecordBatch) -> bytes:
        columns = zip(self._columns, self._formats, batch.columns, strict=True)
        return self._rows_of([self._few_values(column, code, array) for column, code, array in columns])

    def _few_values(self, column: Column, code: int, array: pa.Array) -> list[bytes | None]:
        encode_value = value_encoder(column.type, array.type, code)
        if encode_value is not None:
            return [None if value is None else encode_value(value) for value in array.to_pylist()]
        choose = binary_encoder if code else text_encoder
        values: list[bytes | None] = bc.as_binary(choose(column.type, array.type, self._style)(array)).to_pylist()
        return values

    def _encode_parts(self, values: list[pa.Array]) -> Iterator[Piece]:
        if len(values[0]) <= _FEW_ROWS:
            yield self._rows_of([value.to_pylist() for value in values])
        else:
            yield from self._encode_rows(values)

    def _encode_rows(self, values: list[pa.Array]) -> Iterator[Piece]:
        lengths = [value_lengths(value, null=-1) for value in values]
        sizes = row_sizes(lengths)
        if sizes.sum() > _JOIN_LIMIT:
            half = len(sizes) // 2
            yield from self._encode_parts([value.slice(0, half) for value in values])
            yield from self._encode_parts([value.slice(half) for value in values])
        else:
            yield data_rows(self._message, values, lengths, sizes)

    def _rows_of(self, columns: list[list[bytes | None]]) -> bytes:
        stream: list[bytes] = []
        for row in zip(*columns, strict=True):
            size = 6 + 4 * len(row) + sum(len(value) for value in row if value is not None)
            if size > _JOIN_LIMIT:
                raise ServerError(f"a row of {size} bytes is more than a message can hold", sqlstate="54000")
            stream.append(_HEADER.pack(self._message, size, len(row)))
            for value in row:
                stream += (_NULL,) if value is None else (_LENGTH.pack(len(value)), value)
        return b"".join(stream)
