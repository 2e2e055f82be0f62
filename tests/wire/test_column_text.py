"""Columns encoded at once have the text that PostgreSQL's output functions give each value alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.core import pgtypes as pg
from sqlserver.core.output_style import OutputStyle
from sqlserver.core.pgtypes import PgType
from sqlserver.core.result import Column
from sqlserver.wire.row_encoder import RowEncoder
from tests.wire.client_codec import decode_stream

_YEARS = {"min_value": datetime(1, 1, 2), "max_value": datetime(9999, 12, 30)}
_INT32 = st.integers(-(2**31), 2**31 - 1) | st.integers(-30, 30)


def encoded(values: list[Any], pg_type: PgType, arrow_type: pa.DataType, code: int = 0) -> list[bytes | None]:
    batch = pa.record_batch([pa.array(values, arrow_type)], ["c"])
    pieces = RowEncoder([Column("c", pg_type)], [code], OutputStyle("UTC")).encode(batch)
    return [row[0] for row in decode_stream(b"".join(pieces))]


def with_nulls(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.none() | values, min_size=1, max_size=20)


def each(values: list[Any], write: Callable[[Any], str]) -> list[bytes | None]:
    return [None if value is None else write(value).encode() for value in values]


def clock(value: time | datetime) -> str:
    return value.strftime("%H:%M:%S") + (f".{value.microsecond:06d}".rstrip("0") if value.microsecond else "")


def moment(value: datetime) -> str:
    return f"{value.date().isoformat()} {clock(value)}"


@given(with_nulls(st.datetimes(**_YEARS)))
def test_timestamps(values: list[Any]) -> None:
    assert encoded(values, pg.TIMESTAMP, pa.timestamp("us")) == each(values, moment)
    zoned = each(values, lambda value: f"{moment(value)}+00")
    assert encoded(values, pg.TIMESTAMPTZ, pa.timestamp("us", "UTC")) == zoned


@given(with_nulls(st.datetimes(**_YEARS).map(lambda value: value.replace(microsecond=0))))
def test_timestamps_of_whole_seconds(values: list[Any]) -> None:
    assert encoded(values, pg.TIMESTAMP, pa.timestamp("us")) == each(values, moment)


@given(with_nulls(st.dates(date(1, 1, 1), date(9999, 12, 31)) | st.dates(date(2026, 1, 1), date(2026, 1, 9))))
def test_dates(values: list[Any]) -> None:
    assert encoded(values, pg.DATE, pa.date32()) == each(values, date.isoformat)


@given(with_nulls(st.times()))
def test_times(values: list[Any]) -> None:
    assert encoded(values, pg.TIME, pa.time64("us")) == each(values, clock)


@given(with_nulls(st.floats(allow_nan=False, allow_infinity=False)))
def test_doubles(values: list[Any]) -> None:
    assert encoded(values, pg.FLOAT8, pa.float64()) == each(values, lambda value: shortest(np.float64(value), 1e15))


@given(with_nulls(st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_reals(values: list[Any]) -> None:
    assert encoded(values, pg.FLOAT4, pa.float32()) == each(values, lambda value: shortest(np.float32(value), 1e6))


def shortest(value: np.floating[Any], exponents_from: float) -> str:
    """The fewest digits that lie nearer to ``value`` than the middle to either neighbour."""
    size = np.abs(value)
    exact = Fraction(float(size))
    below = exact - Fraction(float(np.nextafter(size, size.dtype.type(-1))))
    largest = size == np.finfo(size.dtype).max
    above = below if largest else Fraction(float(np.nextafter(size, size.dtype.type(np.inf)))) - exact
    whole = Decimal(float(size))
    roundings = (
        Context(digits, way).plus(whole) for digits in range(1, 18) for way in (ROUND_HALF_EVEN, ROUND_CEILING)
    )
    nearest = next(one for one in roundings if -below < 2 * (Fraction(one) - exact) < above).normalize()
    sign = "-" if np.signbit(value) else ""
    if size == 0 or 1e-4 <= float(f"1e{nearest.adjusted()}") < exponents_from:
        return f"{sign}{nearest:f}"
    mantissa = f"{nearest.scaleb(-nearest.adjusted()):f}"
    return f"{sign}{mantissa}e{nearest.adjusted():+03d}"


@given(with_nulls(st.sampled_from([float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 1e10, -1.5e14, 1e-7, 2e-5])))
def test_doubles_of_every_kind_in_one_column(values: list[Any]) -> None:
    words = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN", "0.0": "0", "-0.0": "-0"}
    words |= {"10000000000.0": "10000000000", "-150000000000000.0": "-150000000000000"}
    assert encoded(values, pg.FLOAT8, pa.float64()) == each(values, lambda value: words.get(repr(value), repr(value)))


@given(with_nulls(st.tuples(_INT32, _INT32, st.integers(-(2**63), 2**63 - 1) | st.just(0))))
def test_intervals(values: list[Any]) -> None:
    assert encoded(values, pg.INTERVAL, pa.month_day_nano_interval()) == each(values, lambda value: _interval(*value))


def _interval(months: int, day: int, nanoseconds: int) -> str:
    words: list[str] = []
    negative_before = False
    years = abs(months) // 12 * (1 if months >= 0 else -1)
    for value, unit in ((years, "year"), (months - 12 * years, "mon"), (day, "day")):
        if value:
            plus = "+" if negative_before and value > 0 else ""
            words.append(f"{plus}{value} {unit}{'' if value == 1 else 's'}")
            negative_before = value < 0
    micros = abs(nanoseconds) // 1000
    if micros or not words:
        sign = "-" if micros and nanoseconds < 0 else "+" if negative_before else ""
        seconds, fraction = divmod(micros, 1_000_000)
        shown = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        words.append(f"{shown}.{fraction:06d}".rstrip("0") if fraction else shown)
    return " ".join(words)


@given(with_nulls(st.uuids()))
def test_uuids_in_binary(values: list[Any]) -> None:
    texts = [None if value is None else str(value) for value in values]
    raw = encoded(texts, pg.UUID, pa.string(), code=1)
    assert [None if one is None else UUID(bytes=one) for one in raw] == values


@given(with_nulls(st.text(st.characters(exclude_categories=("Cs",)), max_size=5)))
def test_strings_inside_json(values: list[Any]) -> None:
    texts = encoded([{"a": value} for value in values], pg.JSON, pa.struct([("a", pa.string())]))
    assert [json.loads(text or b"")["a"] for text in texts] == values


@given(st.lists(st.none() | st.integers(-9, 9), max_size=4))
def test_arrays_of_numbers(values: list[Any]) -> None:
    text = "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"
    assert encoded([values], pg.array_of(pg.INT4), pa.list_(pa.int32())) == [text.encode()]


_WORDS = st.sampled_from(["", "null", "Null", "nul", "a b", "a", '"', "\\", "x,y", "{", "\x0b", "\u2003"])


@given(with_nulls(with_nulls(_WORDS)))
def test_arrays_of_text(values: list[Any]) -> None:
    def element(word: str | None) -> str:
        if word is None:
            return "NULL"
        if word in {"nul", "a", "\u2003"}:
            return word
        return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'

    texts = each(values, lambda value: "{" + ",".join(map(element, value)) + "}")
    assert encoded(values, pg.array_of(pg.TEXT), pa.list_(pa.string())) == texts
