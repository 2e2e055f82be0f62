"""Columns in PostgreSQL's binary format, each type as its send function writes it, a batch at a time.

PostgreSQL's type decides; the Arrow type only says how to get there.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from string import hexdigits

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as t

from sqlserver.core import pgtypes as pg
from sqlserver.core.errors import ServerError
from sqlserver.core.output_style import OutputStyle
from sqlserver.core.pgtypes import PgType
from sqlserver.wire import binary_columns as bc
from sqlserver.wire import calendar_text as calendar
from sqlserver.wire.array_binary import array_encoder
from sqlserver.wire.binary_columns import ColumnEncoder
from sqlserver.wire.interval_text import INTERVAL
from sqlserver.wire.json_text import is_list
from sqlserver.wire.numeric_binary import decimal_binary, special_binary
from sqlserver.wire.plain_arrow import bit_text, plain
from sqlserver.wire.record_columns import record_binary
from sqlserver.wire.text_format import text_encoder

_INT32_MAX = 2**31 - 1
_NO_UUID = str(uuid.UUID(int=0))
_UUID_DIGITS = np.array([at for at, character in enumerate(_NO_UUID) if character != "-"])
_HEX_VALUES = np.array([int(chr(code), 16) if chr(code) in hexdigits else 0 for code in range(256)], np.uint8)
_EPOCH_DAYS = 10_957  # 1970-01-01 to 2000-01-01


@lru_cache(maxsize=1024)
def binary_encoder(pg_type: PgType, arrow_type: pa.DataType, style: OutputStyle) -> ColumnEncoder:
    """Raises 42883 for a type that has no binary format."""
    if t.is_dictionary(arrow_type):
        values = binary_encoder(pg_type, arrow_type.value_type, style)
        return lambda array: values(array.dictionary).take(array.indices)
    if pg_type.element_oid and is_list(arrow_type):
        element = pg.element_of(pg_type)
        return array_encoder(arrow_type, pg_type.element_oid, lambda leaf: binary_encoder(element, leaf, style))
    if pg_type.oid == pg.RECORD.oid and t.is_struct(arrow_type) and arrow_type.num_fields == len(pg_type.fields):
        fields = zip(pg_type.fields, arrow_type, strict=True)
        encoders = [binary_encoder(kind, field.type, style) for kind, field in fields]
        return record_binary([kind.oid for kind in pg_type.fields], encoders)
    # A type of the user's is an enum: its binary format is the label.
    if pg_type.oid in _TEXTUAL or pg_type.oid >= pg.FIRST_USER_OID:
        return _textual(pg_type, arrow_type, style)
    encode = _ENCODERS.get(pg_type.oid)
    if encode is None:
        raise ServerError(f"no binary output function available for type {pg_type.name}", sqlstate="42883")
    return lambda array: encode(plain(array))


_TEXTUAL = frozenset(
    one.oid
    for one in (pg.TEXT, pg.VARCHAR, pg.BPCHAR, pg.NAME, pg.JSON, pg.JSONB, pg.UNKNOWN, *pg.CATALOG_SCALARS)
    if one is not pg.XID and not one.element_oid
)


def _textual(pg_type: PgType, arrow_type: pa.DataType, style: OutputStyle) -> ColumnEncoder:
    encode = text_encoder(pg_type, arrow_type, style)
    if pg_type.oid != pg.JSONB.oid:
        return encode
    # jsonb's binary format is a version byte and the text.
    return lambda array: bc.keep_nulls(bc.join(pa.scalar(b"\x01"), bc.as_binary(encode(array))), array)


def _number(arrow_type: pa.DataType, dtype: str) -> ColumnEncoder:
    native = np.dtype(dtype).newbyteorder("=")

    def encode(array: pa.Array) -> pa.Array:
        if array.type != arrow_type:
            array = _cast(array, arrow_type)
        return bc.from_matrix(bc.fixed_values(array, native).astype(dtype), array)

    return encode


def _cast(array: pa.Array, arrow_type: pa.DataType) -> pa.Array:
    try:
        return array.cast(arrow_type)
    except pa.ArrowInvalid as fault:
        raise ServerError(f"value out of range for a column described as {arrow_type}", sqlstate="22003") from fault


def _bool(array: pa.Array) -> pa.Array:
    return bc.from_matrix(pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(np.uint8), array)


def _bytea(array: pa.Array) -> pa.Array:
    return array if t.is_binary(array.type) else array.cast(pa.binary())


def _date(array: pa.Array) -> pa.Array:
    days = calendar.days(array)
    shifted = np.where(calendar.infinite(days, _INT32_MAX), _infinity(days, _INT32_MAX), days - _EPOCH_DAYS)
    return bc.from_matrix(shifted.astype(">i4"), array)


def _infinity(values: npt.NDArray[np.int64], largest: int) -> npt.NDArray[np.int64]:
    """PostgreSQL's -infinity is one below the negative of its infinity."""
    return np.where(values > 0, largest, -largest - 1)


def _time(array: pa.Array) -> pa.Array:
    return bc.from_matrix(calendar.time_microseconds(array).astype(">i8"), array)


def _timetz(array: pa.Array) -> pa.Array:
    if t.is_string(array.type):
        return bc.from_values(None if text is None else timetz_binary(text) for text in array.to_pylist())
    rows = np.zeros(len(array), [("time", ">i8"), ("zone", ">i4")])
    rows["time"] = calendar.time_microseconds(array)
    return bc.from_matrix(rows, array)


def timetz_binary(text: str) -> bytes:
    """``12:34:56.5-03:30``: microseconds of the day, and seconds west of Greenwich."""
    sign_at = max(text.rfind("+"), text.rfind("-"))
    clock, offset = text[:sign_at].split(":"), text[sign_at + 1 :].split(":")
    micros = (int(clock[0]) * 3600 + int(clock[1]) * 60) * 1_000_000 + round(Decimal(clock[2]) * 1_000_000)
    east = sum(int(part) * size for part, size in zip(offset, (3600, 60, 1), strict=False))
    return struct.pack("!qi", micros, east if text[sign_at] == "-" else -east)


def _timestamp(array: pa.Array) -> pa.Array:
    values = calendar.microseconds(array)
    endless = calendar.infinite(values)
    if endless.any():
        shifted = np.where(endless, _infinity(values, 2**63 - 1), values - calendar.POSTGRES_EPOCH)
    else:
        shifted = values - calendar.POSTGRES_EPOCH
    return bc.from_matrix(shifted.astype(">i8"), array)


def _char(array: pa.Array) -> pa.Array:
    """One byte; an empty value is a zero byte, and empty in text."""
    values = bc.as_binary(array)
    return pc.if_else(pc.equal(values, b""), b"\0", values)


def _interval(array: pa.Array) -> pa.Array:
    fields = bc.fixed_values(array, INTERVAL)
    rows = np.empty(len(array), [("microseconds", ">i8"), ("days", ">i4"), ("months", ">i4")])
    rows["microseconds"] = fields["nanoseconds"] // 1000
    rows["days"] = fields["days"]
    rows["months"] = fields["months"]
    return bc.from_matrix(rows, array)


def _uuid(array: pa.Array) -> pa.Array:
    """From the text DuckDB sends, 32 digits and four hyphens."""
    digits = np.frombuffer(bc.data(bc.as_binary(pc.fill_null(array, _NO_UUID))), np.uint8).reshape(-1, 36)
    halves = _HEX_VALUES[digits[:, _UUID_DIGITS]]
    return bc.from_matrix(halves[:, ::2] << 4 | halves[:, 1::2], array)


def _bit(array: pa.Array) -> pa.Array:
    texts = array if t.is_string(array.type) else bit_text(array)
    return bc.from_values(None if text is None else _packed_bits(text) for text in texts.to_pylist())


def _packed_bits(text: str) -> bytes:
    bits = np.packbits(np.frombuffer(text.encode(), np.uint8) - ord("0"))
    return len(text).to_bytes(4, "big") + bits.tobytes()


def _numeric(array: pa.Array) -> pa.Array:
    if t.is_decimal(array.type):
        return decimal_binary(array)
    if t.is_integer(array.type):
        return decimal_binary(array.cast(pa.decimal128(38, 0)))
    # Doubles and the text of numbers beyond 38 digits: rare as numeric, so one at a time.
    return bc.from_values(None if v is None else numeric_value(Decimal(str(v))) for v in array.to_pylist())


def numeric_value(value: Decimal) -> bytes:
    if not value.is_finite():
        return special_binary("NaN" if value.is_nan() else "Infinity" if value > 0 else "-Infinity")
    text = format(value, "f").lstrip("-")
    whole, _, fraction = text.partition(".")
    whole = whole.rjust(-(-len(whole) // 4) * 4, "0")
    digits = whole + fraction.ljust(-(-len(fraction) // 4) * 4, "0")
    groups = [int(digits[at : at + 4]) for at in range(0, len(digits), 4)]
    weight = len(whole) // 4 - 1
    while groups and groups[-1] == 0:
        groups.pop()
    while groups and groups[0] == 0:
        groups.pop(0)
        weight -= 1
    sign = 0x4000 if value < 0 else 0
    header = [len(groups), weight & 0xFFFF if groups else 0, sign, len(fraction)]
    return np.array(header + groups, ">u2").tobytes()


_ENCODERS: dict[int, Callable[[pa.Array], pa.Array]] = {
    pg.BOOL.oid: _bool,
    pg.INT2.oid: _number(pa.int16(), ">i2"),
    pg.INT4.oid: _number(pa.int32(), ">i4"),
    pg.INT8.oid: _number(pa.int64(), ">i8"),
    pg.OID.oid: _number(pa.uint32(), ">u4"),
    pg.FLOAT4.oid: _number(pa.float32(), ">f4"),
    pg.FLOAT8.oid: _number(pa.float64(), ">f8"),
    pg.NUMERIC.oid: _numeric,
    pg.BYTEA.oid: _bytea,
    pg.CHAR.oid: _char,
    pg.DATE.oid: _date,
    pg.TIME.oid: _time,
    pg.TIMETZ.oid: _timetz,
    pg.TIMESTAMP.oid: _timestamp,
    pg.TIMESTAMPTZ.oid: _timestamp,
    pg.INTERVAL.oid: _interval,
    pg.UUID.oid: _uuid,
    pg.BIT.oid: _bit,
}
