"""Bind's parameters to values. Text stays the text the client sent; binary becomes a Python value by its type's OID.

Values: int, float, bool, str, bytes, date, time, datetime, UUID, Decimal, list for arrays (nested for more
dimensions), ``str`` for an interval and for dates outside Python's years 1 to 9999, in PostgreSQL's text form.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from struct import Struct, error, unpack, unpack_from

import numpy as np
import pyarrow as pa

from sqlserver.core import pgtypes as pg
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import FeatureNotSupported, ProtocolViolation, ServerError
from sqlserver.wire.calendar_text import POSTGRES_EPOCH, date_text, offset_text, timestamp_text
from sqlserver.wire.interval_text import INTERVAL, interval_text
from sqlserver.wire.messages import Bind

BinaryDecoder = Callable[[bytes], object]

_EPOCH = dt.datetime(2000, 1, 1)  # without a zone: timestamps of both kinds count from it
_MAX_DIMENSIONS = 6  # PostgreSQL's MAXDIM


def needs_types(bind: Bind, oids: Sequence[int] | None) -> bool:
    """Whether a binary value's type is not among ``oids``, those the client gave at Parse."""
    if oids is None:
        return 1 in bind.parameter_formats and bool(bind.parameters)
    if 1 not in bind.parameter_formats:
        return False
    formats = expanded_formats(bind.parameter_formats, len(bind.parameters))
    return any(code == 1 and (at >= len(oids) or oids[at] == 0) for at, code in enumerate(formats))


def expanded_formats(codes: Sequence[int], count: int) -> tuple[int, ...]:
    """One format for each of ``count`` values: none given means text, one given means all."""
    if not codes:
        return (0,) * count
    if len(codes) == 1:
        return (codes[0],) * count
    if len(codes) != count:
        raise ProtocolViolation(f"bind message has {len(codes)} result formats but query has {count} columns")
    return tuple(codes)


def decode_parameters(bind: Bind, oids: Sequence[int]) -> list[BoundParameter]:
    """``oids`` may be shorter than the parameters: those left are 0. Raises 0A000 for a binary type not known here."""
    if not bind.parameters:
        return []
    formats = expanded_formats(bind.parameter_formats, len(bind.parameters))
    return [
        _decode_one(raw, code, oids[at] if at < len(oids) else 0, at + 1)
        for at, (raw, code) in enumerate(zip(bind.parameters, formats, strict=True))
    ]


def _decode_one(raw: bytes | None, code: int, oid: int, number: int) -> BoundParameter:
    if raw is None:
        return BoundParameter(None, oid)
    if code == 0:
        return BoundParameter(_text(raw), oid)
    decode = _DECODERS.get(oid) or (_of_user_type if oid >= pg.FIRST_USER_OID else None)
    if decode is None:
        known = pg.BY_OID.get(oid)
        raise FeatureNotSupported(
            f"binary format of parameter ${number} is not supported for type {known.name if known else oid}",
            hint="Send the parameter in text format.",
        )
    try:
        return BoundParameter(decode(raw), oid)
    except (error, ValueError, OverflowError) as fault:
        raise ServerError(f"incorrect binary data format in bind parameter {number}", sqlstate="22P03") from fault


def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as fault:
        raise ServerError('invalid byte sequence for encoding "UTF8"', sqlstate="22021") from fault
    if "\0" in text:
        raise ServerError('invalid byte sequence for encoding "UTF8": 0x00', sqlstate="22021")
    return text


def _of_user_type(raw: bytes) -> object:
    """An enum's label, or an array of labels: that begins with a small number, and a label holds no zero byte."""
    return _array(raw) if raw[:1] == b"\0" else _text(raw)


def _jsonb(raw: bytes) -> str:
    if raw[:1] != b"\x01":
        raise ValueError("unknown jsonb version")
    return _text(raw[1:])


def _packed(layout: str) -> BinaryDecoder:
    read = Struct(layout).unpack
    return lambda raw: read(raw)[0]


def _bool(raw: bytes) -> bool:
    (value,) = unpack("!B", raw)
    return bool(value)


def _date(raw: bytes) -> dt.date | str:
    (days,) = unpack("!i", raw)
    if days in {2**31 - 1, -(2**31)}:
        return "infinity" if days > 0 else "-infinity"
    try:
        return _EPOCH.date() + dt.timedelta(days=days)
    except OverflowError:
        return str(date_text(pa.array([days + 10_957], pa.int64()).cast(pa.int32()).cast(pa.date32()))[0])


def _time(raw: bytes) -> dt.time | str:
    (microseconds,) = unpack("!q", raw)
    if microseconds == 86_400_000_000:
        return "24:00:00"
    if not 0 <= microseconds < 86_400_000_000:
        raise ValueError("time out of range")
    return (_EPOCH + dt.timedelta(microseconds=microseconds)).time()


def _timetz(raw: bytes) -> str:
    microseconds, west = unpack("!qi", raw)
    return f"{_time(microseconds.to_bytes(8, 'big', signed=True))}{offset_text(-west)}"


def _timestamp(raw: bytes, zone: dt.tzinfo | None) -> dt.datetime | str:
    (microseconds,) = unpack("!q", raw)
    if microseconds in {2**63 - 1, -(2**63)}:
        return "infinity" if microseconds > 0 else "-infinity"
    try:
        return (_EPOCH + dt.timedelta(microseconds=microseconds)).replace(tzinfo=zone)
    except OverflowError:
        value = pa.array([microseconds + POSTGRES_EPOCH]).cast(pa.timestamp("us"))
        return str(timestamp_text(value, None if zone is None else "UTC")[0])


def _interval(raw: bytes) -> str:
    microseconds, days, months = unpack("!qii", raw)
    field = np.array([(months, days, microseconds * 1000)], INTERVAL)
    buffers = [None, pa.py_buffer(field)]
    return str(interval_text(pa.Array.from_buffers(pa.month_day_nano_interval(), 1, buffers))[0])


def _uuid(raw: bytes) -> uuid.UUID:
    return uuid.UUID(bytes=raw)


def _numeric(raw: bytes) -> Decimal:
    count, weight, sign, scale = unpack_from("!HhHH", raw)
    digits = unpack(f"!{count}H", raw[8:])
    special = {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}.get(sign)
    if special is not None:
        return Decimal(special)
    if sign not in {0, 0x4000} or any(digit > 9999 for digit in digits):
        raise ValueError("not a numeric")
    # Built as text: arithmetic on Decimal would round at the context's 28 digits.
    if weight < 0:
        text = "0." + "0000" * (-weight - 1) + "".join(f"{digit:04d}" for digit in digits)
    else:
        padded = [*digits, *[0] * (weight + 1 - count)]
        text = "".join(f"{digit:04d}" for digit in padded[: weight + 1])
        text += "." + "".join(f"{digit:04d}" for digit in padded[weight + 1 :])
    whole, _, fraction = text.partition(".")
    fraction = fraction[:scale].ljust(scale, "0")
    return Decimal(f"{'-' if sign else ''}{whole}{'.' if fraction else ''}{fraction}")


def _bit(raw: bytes) -> str:
    (count,) = unpack_from("!I", raw)
    if count > 8 * (len(raw) - 4):
        raise ValueError("fewer bits than announced")
    return "".join(f"{byte:08b}" for byte in raw[4:])[:count]


def _array(raw: bytes) -> list[object]:
    dimensions, _has_null, element_oid = unpack_from("!iiI", raw)
    if not 0 <= dimensions <= _MAX_DIMENSIONS:
        raise ValueError("number of array dimensions out of range")
    decode = _SCALARS.get(element_oid) or (_text if element_oid >= pg.FIRST_USER_OID else None)
    if decode is None:
        raise FeatureNotSupported(f"binary format is not supported for arrays of type {element_oid}")
    sizes = [unpack_from("!i", raw, 12 + 8 * at)[0] for at in range(dimensions)]
    if any(size < 0 for size in sizes):
        raise ValueError("negative array dimension")
    if not sizes or 0 in sizes:
        return []
    total = 1
    for size in sizes:
        total *= size
    if total > len(raw) // 4:
        raise ValueError("array larger than its message")
    level: list[object] = _elements(raw, 12 + 8 * dimensions, total, decode)
    for size in reversed(sizes[1:]):
        level = [level[at : at + size] for at in range(0, len(level), size)]
    return level


def _elements(raw: bytes, at: int, count: int, decode: BinaryDecoder) -> list[object]:
    values: list[object] = []
    for _ in range(count):
        (length,) = unpack_from("!i", raw, at)
        at += 4
        if length == -1:
            values.append(None)
            continue
        if not 0 <= length <= len(raw) - at:
            raise ValueError("array element longer than its message")
        values.append(decode(raw[at : at + length]))
        at += length
    if at != len(raw):
        raise ValueError("bytes after the last array element")
    return values


_SCALARS: dict[int, BinaryDecoder] = {
    pg.BOOL.oid: _bool,
    pg.INT2.oid: _packed("!h"),
    pg.INT4.oid: _packed("!i"),
    pg.INT8.oid: _packed("!q"),
    pg.OID.oid: _packed("!I"),
    pg.FLOAT4.oid: _packed("!f"),
    pg.FLOAT8.oid: _packed("!d"),
    pg.NUMERIC.oid: _numeric,
    pg.TEXT.oid: _text,
    pg.VARCHAR.oid: _text,
    pg.BPCHAR.oid: _text,
    pg.NAME.oid: _text,
    pg.CHAR.oid: _text,
    pg.UNKNOWN.oid: _text,
    pg.JSON.oid: _text,
    pg.JSONB.oid: _jsonb,
    pg.BYTEA.oid: bytes,
    pg.DATE.oid: _date,
    pg.TIME.oid: _time,
    pg.TIMETZ.oid: _timetz,
    pg.TIMESTAMP.oid: partial(_timestamp, zone=None),
    pg.TIMESTAMPTZ.oid: partial(_timestamp, zone=dt.UTC),
    pg.INTERVAL.oid: _interval,
    pg.UUID.oid: _uuid,
    pg.BIT.oid: _bit,
}

_DECODERS: dict[int, BinaryDecoder] = _SCALARS | {one.array_oid: _array for one in pg.SCALARS if one.array_oid}


def binary_value(oid: int, raw: bytes) -> object:
    """One value from its binary form. Raises 0A000 for a type not known here, struct.error or ValueError."""
    decode = _DECODERS.get(oid)
    if decode is None:
        known = pg.BY_OID.get(oid)
        raise FeatureNotSupported(f"binary format is not supported for type {known.name if known else oid}")
    return decode(raw)
