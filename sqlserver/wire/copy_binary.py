"""COPY FROM STDIN in binary: a stream of tuples to columns of values.

Fixed-width types become arrays in one step; the others are read value by value with the decoders of Bind.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct, error
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlserver.core import pgtypes as pg
from sqlserver.core.copy import copy_place
from sqlserver.core.errors import ServerError
from sqlserver.core.result import Column
from sqlserver.wire.copy_layout import Layout, binary_column, gathered
from sqlserver.wire.copy_out import BINARY_SIGNATURE
from sqlserver.wire.parameters import binary_value

_COUNT = Struct("!h")
_LENGTH = Struct("!i")
_MAGIC = BINARY_SIGNATURE[:11]
_FIXED = {
    pg.INT2.oid: (">i2", pa.int16()),
    pg.INT4.oid: (">i4", pa.int32()),
    pg.INT8.oid: (">i8", pa.int64()),
    pg.FLOAT4.oid: (">f4", pa.float32()),
    pg.FLOAT8.oid: (">f8", pa.float64()),
    pg.TIMESTAMP.oid: (">i8", pa.timestamp("us")),
}
_POSTGRES_EPOCH = 946_684_800_000_000  # microseconds from 1970 to 2000
_TEXTS = frozenset({pg.TEXT.oid, pg.VARCHAR.oid, pg.BPCHAR.oid, pg.NAME.oid, pg.JSON.oid, pg.UNKNOWN.oid})

Raw = list[bytes | None]


class BinaryReader:
    """``feed`` bytes as they come, ``cut`` a piece, ``parse`` it."""

    def __init__(self, table: str, columns: Sequence[Column]) -> None:
        self._table = table
        self._columns = tuple(columns)
        self._rest = b""
        self._fed = bytearray()
        self._begun = False
        self._ended = False
        self.line = 0

    @property
    def buffered(self) -> int:
        return len(self._fed)

    def feed(self, data: bytes) -> None:
        self._fed += data

    def cut(self, *, last: bool) -> bytes:
        piece = bytes(self._fed)
        self._fed.clear()
        # The end of the data is told by an empty piece: what is left over then is an error.
        return piece if piece or not last else b""

    def parse(self, piece: bytes) -> list[tuple[int, pa.RecordBatch]]:
        """Rows are whole; what is left of the piece waits for the next. Raises 22P04, 22P03."""
        data = self._rest + piece
        at = 0
        if not self._begun:
            at = self._signature(data)
            if not self._begun:
                self._rest = data
                return []
        found: list[tuple[int, pa.RecordBatch]] = []
        quick = self._quick_tuples(data, at)
        if quick is not None:
            arrays, at = quick
            self._add(found, arrays)
        values, at = self._tuples(data, at)
        self._rest = data[at:]
        self._add(
            found,
            [
                self._array(column, pa.array(raw, pa.binary()))
                for column, raw in zip(self._columns, values, strict=True)
            ],
        )
        return found

    def _add(self, found: list[tuple[int, pa.RecordBatch]], arrays: list[pa.Array]) -> None:
        rows = len(arrays[0]) if arrays else 0
        if rows:
            names = [column.name for column in self._columns]
            found.append((self.line + 1, pa.RecordBatch.from_arrays(arrays, names=names)))
            self.line += rows

    def finish(self) -> None:
        """Raises 22P04 where the stream stopped inside a row."""
        if not self._begun:
            raise self._bad("COPY file signature not recognized")
        if self._rest and not self._ended:
            raise self._bad("unexpected EOF in COPY data", self.line + 1)

    def _signature(self, data: bytes) -> int:
        if data[: len(_MAGIC)] != _MAGIC[: len(data)]:
            raise self._bad("COPY file signature not recognized")
        if len(data) < len(BINARY_SIGNATURE):
            return 0
        extension: int = _LENGTH.unpack_from(data, 15)[0]
        if extension < 0:
            raise self._bad("invalid COPY file header (wrong length)")
        if len(data) < len(BINARY_SIGNATURE) + extension:
            return 0
        self._begun = True
        return len(BINARY_SIGNATURE) + extension

    def _quick_tuples(self, data: bytes, at: int) -> tuple[list[pa.Array], int] | None:
        """Most of the whole tuples from ``at`` on, where no fixed-width value is NULL; None where that does not hold.

        A loop only finds where the tuples begin, from the lengths of the other values; numpy gathers the rest.
        """
        widths = [np.dtype(_FIXED[c.type.oid][0]).itemsize if c.type.oid in _FIXED else None for c in self._columns]
        layout = Layout.of(widths)
        starts, end = layout.walk(data, at)
        fields = layout.fields(data, starts) if len(starts) else None
        if fields is None:
            return None
        arrays = []
        for column, width, (places, lengths) in zip(self._columns, widths, fields, strict=True):
            if width is None:
                arrays.append(self._array(column, binary_column(data, places, lengths)))
            else:
                dtype, arrow_type = _FIXED[column.type.oid]
                arrays.append(_numbers(gathered(data, places, dtype), arrow_type, None))
        return arrays, end

    def _tuples(self, data: bytes, at: int) -> tuple[list[Raw], int]:
        """The raw values of the whole tuples from ``at`` on, by column, and where they end."""
        count = len(self._columns)
        values: list[Raw] = [[] for _ in self._columns]
        row: Raw = [None] * count
        size, length_of, unpack = len(data), _LENGTH.size, _LENGTH.unpack_from
        while not self._ended and at + 2 <= size:
            (fields,) = _COUNT.unpack_from(data, at)
            if fields == -1:
                self._ended = True
                at += 2
                break
            if fields != count:
                raise self._bad(f"row field count is {fields}, expected {count}", self.line + len(values[0]) + 1)
            end = at + 2
            for field in range(count):
                if end + length_of > size:
                    return values, at
                (length,) = unpack(data, end)
                end += length_of
                if length < 0:
                    row[field] = None
                    continue
                if end + length > size:
                    return values, at
                row[field] = data[end : end + length]
                end += length
            for column, value in zip(values, row, strict=True):
                column.append(value)
            at = end
        return values, at

    def _array(self, column: Column, raw: pa.Array) -> pa.Array:
        """``raw`` holds the bytes of the values."""
        fixed = _FIXED.get(column.type.oid)
        try:
            if fixed is not None:
                return _fixed(raw.to_pylist(), *fixed)
            if column.type.oid in _TEXTS:
                return raw.cast(pa.string())
            if column.type.oid == pg.BYTEA.oid:
                return raw
            values = [None if one is None else binary_value(column.type.oid, one) for one in raw.to_pylist()]
        except (error, ValueError, OverflowError, pa.ArrowInvalid) as fault:
            raise self._wrong(column, raw) from fault
        return pa.array([None if value is None else text_of(value) for value in values], pa.string())

    def _wrong(self, column: Column, raw: pa.Array) -> ServerError:
        """08P01 for a value that is too short, as PostgreSQL has it, else 22P03."""
        fixed = _FIXED.get(column.type.oid)
        width = 0 if fixed is None else np.dtype(fixed[0]).itemsize
        lengths = [width if value is None else len(value) for value in raw.to_pylist()] if width else []
        row = next((row for row, length in enumerate(lengths) if length != width), 0)
        place = copy_place(self._table, self.line + row + 1, column.name)
        if lengths and lengths[row] < width:
            return ServerError("insufficient data left in message", sqlstate="08P01", context=place)
        return ServerError("incorrect binary data format", sqlstate="22P03", context=place)

    def _bad(self, message: str, line: int = 0) -> ServerError:
        return ServerError(message, sqlstate="22P04", context=copy_place(self._table, line) if line else None)


def _fixed(raw: Raw, dtype: str, arrow_type: pa.DataType) -> pa.Array:
    wire = np.dtype(dtype)
    blank = bytes(wire.itemsize)
    missing = None
    if None in raw:
        missing = np.array([value is None for value in raw])
        raw = [blank if value is None else value for value in raw]
    joined = b"".join(raw)  # type: ignore[arg-type]
    if len(joined) != len(raw) * wire.itemsize or any(len(value) != wire.itemsize for value in raw):  # type: ignore[arg-type]
        raise ValueError("wrong length")
    return _numbers(np.frombuffer(joined, wire), arrow_type, missing)


def _numbers(
    values: npt.NDArray[np.generic], arrow_type: pa.DataType, missing: npt.NDArray[np.bool_] | None
) -> pa.Array:
    native: npt.NDArray[Any] = values.astype(values.dtype.newbyteorder("="))
    if arrow_type == pa.timestamp("us"):
        endless = (native >= 2**63 - 1) | (native <= 1 - 2**63)
        native = np.where(endless, np.where(native > 0, 2**63 - 1, 1 - 2**63), native + _POSTGRES_EPOCH)
    return pa.array(native, mask=missing).cast(arrow_type)


def text_of(value: object) -> str:
    """A decoded value in PostgreSQL's text form."""
    if isinstance(value, list):
        return "{" + ",".join("NULL" if one is None else _element(one) for one in value) + "}"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return str(value)


def _element(value: object) -> str:
    text = text_of(value)
    if isinstance(value, list):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
