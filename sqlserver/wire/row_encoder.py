"""Arrow record batches to streams of DataRow messages.

Each column becomes an array of byte strings; they are joined row by row with arrays of 32-bit lengths between them,
and the joined array's data buffer is the wire stream: no Python runs per row or value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct

import numpy as np
import pyarrow as pa

from sqlserver.core.errors import ServerError
from sqlserver.core.output_style import OutputStyle
from sqlserver.core.result import Column
from sqlserver.wire import binary_columns as bc
from sqlserver.wire.array_binary import value_lengths
from sqlserver.wire.binary_columns import ColumnEncoder
from sqlserver.wire.binary_format import binary_encoder
from sqlserver.wire.few_rows import value_encoder
from sqlserver.wire.text_format import text_encoder

_CHUNK_BYTES = 512 * 1024  # about 5 ms of work: other connections wait no longer, and a slow reader holds no more
_CHUNK_ROWS = 16_384  # the same for narrow rows
_JOIN_LIMIT = 2**30  # Arrow's 32-bit offsets; a single row may not be longer either, as in PostgreSQL
_FIRST = np.dtype([("kind", "S1"), ("length", ">i4"), ("columns", ">u2"), ("first", ">i4")])
_FEW_ROWS = 8  # up to here a loop beats setting up the arrays: 2 µs against 30 for one row of one column
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

    def encode(self, batch: pa.RecordBatch) -> Iterator[memoryview | bytes]:
        """Pieces of about half a megabyte, each of whole messages. Raises ServerError for what a format cannot hold."""
        rows = batch.num_rows
        if not self._columns:
            yield (self._message + _NO_COLUMNS) * rows
            return
        if rows <= _FEW_ROWS:
            yield self._encode_few(batch)
            return
        if batch.schema is not self._schema:
            self._choose_encoders(batch.schema)
        step = rows if rows <= 64 else max(1, min(rows, _CHUNK_ROWS, _CHUNK_BYTES * rows // max(batch.nbytes, 1)))
        for start in range(0, rows, step):
            arrays = batch.columns if step == rows else batch.slice(start, step).columns
            values = [bc.as_binary(encode(array)) for encode, array in zip(self._encoders, arrays, strict=True)]
            yield from self._encode_parts(values)

    def _choose_encoders(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._encoders = tuple(
            (binary_encoder if code else text_encoder)(column.type, arrow_type, self._style)
            for column, code, arrow_type in zip(self._columns, self._formats, schema.types, strict=True)
        )

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

    def _encode_parts(self, values: list[pa.Array]) -> Iterator[memoryview | bytes]:
        if len(values[0]) <= _FEW_ROWS:
            yield self._rows_of([value.to_pylist() for value in values])
        else:
            yield from self._encode_rows(values)

    def _encode_rows(self, values: list[pa.Array]) -> Iterator[memoryview | bytes]:
        rows = len(values[0])
        lengths = [value_lengths(value, null=-1) for value in values]
        totals = np.full(rows, 6 + 4 * len(values), np.int64)
        for length in lengths:
            totals += np.maximum(length, 0)
        if totals.sum() > _JOIN_LIMIT:
            half = rows // 2
            yield from self._encode_parts([value.slice(0, half) for value in values])
            yield from self._encode_parts([value.slice(half) for value in values])
            return
        head = np.empty(rows, _FIRST)
        head["kind"] = self._message
        head["length"] = totals
        head["columns"] = len(values)
        head["first"] = lengths[0]
        parts = [bc.from_matrix(head), values[0]]
        for value, length in zip(values[1:], lengths[1:], strict=True):
            parts += [bc.from_matrix(length.astype(">i4")), value]
        yield bc.data(bc.join(*parts))

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
