"""Strings of COPY to values where PostgreSQL and DuckDB read the text differently.

DuckDB's cast rounds '5.7' and reads '1e3' as an integer; PostgreSQL refuses both. Dates, times and intervals become
strings in ISO 8601's form where they are not; other types stay the strings they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.core import pgtypes as pg
from sqlserver.core.boolean_text import parse_boolean
from sqlserver.core.bytea_text import parse_bytea
from sqlserver.core.calendar_input import CalendarType, Relative, parse_calendar
from sqlserver.core.copy import copy_place
from sqlserver.core.errors import FeatureNotSupported, InvalidTextRepresentation, ServerError
from sqlserver.core.interval_text import parse_interval
from sqlserver.core.result import Column

_INTEGER = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)[ \t\n\v\f\r]*")
_PLAIN_TIME = r"^\d\d:\d\d:[0-5]\d(?:\.\d{1,6})?$"
_PLAIN_INTERVAL = r"^(?:-?\d+ (?:years?|mons?|days?) ?)*(?:-?\d\d+:\d\d:\d\d(?:\.\d{1,6})?)?$"
_WORDS = pa.array(["t", "f", "true", "false"])


def typed(batch: pa.RecordBatch, columns: Sequence[Column], table: str, line: int) -> pa.RecordBatch:
    """Raises 22P02 or 22003 with the place of the first value that is none of its type."""
    arrays = []
    for column, array in zip(columns, batch.columns, strict=True):
        convert = _CONVERTERS.get(column.type.oid)
        try:
            arrays.append(array if convert is None else convert(array))
        except _Unreadable as fault:
            error = fault.error
            error.context = copy_place(table, line + fault.row, column.name, fault.value)
            raise error from fault
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])


class _Unreadable(Exception):
    def __init__(self, row: int, value: str, error: ServerError) -> None:
        super().__init__(error.message)
        self.row = row
        self.value = value
        self.error = error


def _each(array: pa.Array, read: Callable[[str], object], arrow_type: pa.DataType) -> pa.Array:
    values: list[object] = []
    for row, text in enumerate(array.to_pylist()):
        try:
            values.append(None if text is None else read(text))
        except ServerError as error:
            raise _Unreadable(row, text, error) from error
    return pa.array(values, arrow_type)


def _integers(name: str, arrow_type: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    bound = 2 ** (arrow_type.bit_width - 1)

    def read(text: str) -> int:
        found = _INTEGER.fullmatch(text)
        if found is None:
            raise InvalidTextRepresentation(f'invalid input syntax for type {name}: "{text}"')
        value = int(found[1])
        if not -bound <= value < bound:
            raise ServerError(f'value "{text}" is out of range for type {name}', sqlstate="22003")
        return value

    def convert(array: pa.Array) -> pa.Array:
        if not pc.any(pc.match_substring(array, "x")).as_py():  # pyarrow reads 0x10
            try:
                return array.cast(arrow_type)
            except pa.ArrowInvalid:
                pass  # a sign, blanks, or an error: told value by value
        return _each(array, read, arrow_type)

    return convert


def _floats(name: str, arrow_type: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    largest = 3.4028235677973366e38 if arrow_type == pa.float32() else sys.float_info.max

    def read(text: str) -> float:
        word = text.strip().lower()
        try:
            if "_" in word:
                raise ValueError(word)  # noqa: TRY301 - Python's own spelling of numbers
            value = float(word)
        except ValueError:
            raise InvalidTextRepresentation(f'invalid input syntax for type {name}: "{text}"') from None
        if "inf" not in word and abs(value) > largest:
            raise ServerError(f'"{text}" is out of range for type {name}', sqlstate="22003")
        return value

    def convert(array: pa.Array) -> pa.Array:
        try:
            found = array.cast(arrow_type)
        except pa.ArrowInvalid:
            return _each(array, read, arrow_type)
        return _each(array, read, arrow_type) if pc.any(pc.is_inf(found)).as_py() else found

    return convert


def _booleans(array: pa.Array) -> pa.Array:
    known = pc.is_in(array, _WORDS)
    if pc.all(pc.or_(known, pc.is_null(array))).as_py() is not False:
        return pc.if_else(array.is_valid(), pc.is_in(array, _WORDS.take(pa.array([0, 2]))), pa.scalar(None, pa.bool_()))
    return _each(array, parse_boolean, pa.bool_())


def _calendar(kind: CalendarType) -> Callable[[str], str]:
    def read(text: str) -> str:
        found = parse_calendar(text, kind)
        if isinstance(found, Relative):
            raise FeatureNotSupported(f'COPY does not read "{text}" into type {kind}')
        return text if found is None else found

    return read


def _dates(kind: CalendarType, arrow_type: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    def convert(array: pa.Array) -> pa.Array:
        try:
            return array.cast(arrow_type)
        except pa.ArrowInvalid:  # not in ISO 8601's form, or an error: told value by value
            return _each(array, _calendar(kind), pa.string())

    return convert


def _unless(plain: str, read: Callable[[str], str]) -> Callable[[pa.Array], pa.Array]:
    """``read``, but for a column whose texts are all ``plain`` (a regular expression)."""

    def convert(array: pa.Array) -> pa.Array:
        if pc.all(pc.match_substring_regex(array, plain)).as_py() is not False:
            return array
        return _each(array, read, pa.string())

    return convert


def _interval(text: str) -> str:
    found = parse_interval(text)
    if found is None:
        raise ServerError(f'invalid input syntax for type interval: "{text}"', sqlstate="22007")
    return f"{found.months} months {found.days} days {found.microseconds} microseconds"


_CONVERTERS: dict[int, Callable[[pa.Array], pa.Array]] = {
    pg.INT2.oid: _integers("smallint", pa.int16()),
    pg.INT4.oid: _integers("integer", pa.int32()),
    pg.INT8.oid: _integers("bigint", pa.int64()),
    pg.FLOAT4.oid: _floats("real", pa.float32()),
    pg.FLOAT8.oid: _floats("double precision", pa.float64()),
    pg.BOOL.oid: _booleans,
    pg.BYTEA.oid: lambda array: _each(array, parse_bytea, pa.binary()),
    pg.DATE.oid: _dates("date", pa.date32()),
    pg.TIMESTAMP.oid: _dates("timestamp", pa.timestamp("us")),
    pg.TIMESTAMPTZ.oid: _dates("timestamptz", pa.timestamp("us", "UTC")),
    pg.TIME.oid: _unless(_PLAIN_TIME, _calendar("time")),
    pg.INTERVAL.oid: _unless(_PLAIN_INTERVAL, _interval),
}
