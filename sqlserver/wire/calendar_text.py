"""Dates, times and timestamps as PostgreSQL writes them with DateStyle ISO.

Years 1 to 9999 are written a column at a time; what lies outside (BC, later years, ±infinity) value by value.
DuckDB's infinities are the largest and smallest value of the type but one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.wire import binary_columns as bc
from sqlserver.wire.calendar_digits import clock_digits, date_digits, timestamp_digits

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_FIRST_DAY = -719_162  # 0001-01-01
_LAST_DAY = 2_932_896  # 9999-12-31
_DAY_SECONDS = 86_400
_INT64_MAX = 2**63 - 1
_INT32_MAX = 2**31 - 1
_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z", "UCT", "Zulu"})


def days(array: pa.Array) -> npt.NDArray[np.int64]:
    """Days since 1970; ``±_INT32_MAX`` are the infinities."""
    if pa.types.is_date64(array.type):
        array = array.cast(pa.date32())
    return _without_nulls(array, np.int32)


def microseconds(array: pa.Array) -> npt.NDArray[np.int64]:
    """Microseconds since 1970 (UTC where there is a time zone), of a timestamp of any unit; infinities kept."""
    return _to_microseconds(_without_nulls(array, np.int64), array.type.unit)


def time_microseconds(array: pa.Array) -> npt.NDArray[np.int64]:
    """Microseconds since midnight."""
    unit = array.type.unit
    return _to_microseconds(_without_nulls(array, np.int32 if unit in {"s", "ms"} else np.int64), unit)


def _without_nulls(array: pa.Array, dtype: type[np.integer]) -> npt.NDArray[np.int64]:
    """What stands under a NULL is anything: here 0, so that it is never out of the ordinary."""
    values: npt.NDArray[np.int64] = bc.fixed_values(array, dtype).astype(np.int64, copy=False)
    return np.where(bc.valid(array), values, 0) if array.null_count else values


def _to_microseconds(values: npt.NDArray[np.int64], unit: str) -> npt.NDArray[np.int64]:
    per_second = _PER_SECOND[unit]
    if per_second == 1_000_000:
        return values
    if per_second > 1_000_000:
        scaled = values // (per_second // 1_000_000)
    else:
        scaled = values * (1_000_000 // per_second)
    return np.where(infinite(values), values, scaled)


def infinite(values: npt.NDArray[np.int64], largest: int = _INT64_MAX) -> npt.NDArray[np.bool_]:
    mask: npt.NDArray[np.bool_] = (values >= largest) | (values <= -largest)
    return mask


def _civil(stamp: np.datetime64) -> tuple[str, str]:
    """Text without a sign, and `` BC`` for the years before 1 (astronomical year 0 is 1 BC)."""
    text = str(stamp).replace("T", " ")
    year, dash, rest = text[1:].partition("-")
    number = int(text[0] + year)
    if number > 0:
        return f"{number:04d}{dash}{rest}", ""
    return f"{1 - number:04d}{dash}{rest}", " BC"


def _odd_date(day: int) -> str:
    if abs(day) >= _INT32_MAX:
        return "infinity" if day > 0 else "-infinity"
    return "".join(_civil(np.datetime64(day, "D")))


def date_text(array: pa.Array) -> pa.Array:
    values = days(array)
    ordinary = (values >= _FIRST_DAY) & (values <= _LAST_DAY)
    if ordinary.all():
        return date_digits(values, array)
    text = date_digits(np.where(ordinary, values, 0), array)
    return bc.replace_where(text, ~ordinary, map(_odd_date, values[~ordinary].tolist()))


def time_text(array: pa.Array, suffix: str) -> pa.Array:
    """``suffix`` is the offset of a time with time zone."""
    values = time_microseconds(array)
    ordinary = (values >= 0) & (values < _DAY_SECONDS * 1_000_000)
    if ordinary.all():
        text = clock_digits(values, array)
    else:
        # The day's end is the only value outside that either database has.
        text = clock_digits(np.where(ordinary, values, 0), array)
        text = bc.replace_where(text, ~ordinary, ["24:00:00"] * int((~ordinary).sum()))
    return pc.binary_join_element_wise(text, suffix, "") if suffix else text


def timestamp_text(array: pa.Array, time_zone: str | None) -> pa.Array:
    """Without a time zone the values are shown as they are; with one, moved there and followed by their offset."""
    values = microseconds(array)
    ordinary = (values >= (_FIRST_DAY + 1) * _DAY_SECONDS * 1_000_000) & (values < _LAST_DAY * _DAY_SECONDS * 1_000_000)
    shown = values if ordinary.all() else np.where(ordinary, values, 0)
    suffixes = None
    if time_zone is not None:
        shown, suffixes = _localised(shown, time_zone)
    text = timestamp_digits(shown, array)
    if suffixes is not None:
        text = pc.binary_join_element_wise(text, suffixes, "")
    if ordinary.all():
        return text
    return bc.replace_where(text, ~ordinary, _odd_timestamps(values[~ordinary], "" if time_zone is None else "+00"))


def _odd_timestamps(values: npt.NDArray[np.int64], suffix: str) -> Iterator[str]:
    for value in values.tolist():
        if abs(value) >= _INT64_MAX:
            yield "infinity" if value > 0 else "-infinity"
            continue
        text, era = _civil(np.datetime64(value, "us"))
        yield f"{text.rstrip('0').rstrip('.')}{suffix}{era}"


def _localised(values: npt.NDArray[np.int64], time_zone: str) -> tuple[npt.NDArray[np.int64], pa.Array | str]:
    """What clocks in the zone show, and the offset of each from UTC."""
    if time_zone in _UTC_NAMES:
        return values, "+00"
    instants = pa.array(values).cast(pa.timestamp("us", "UTC"))
    try:
        local = pc.local_timestamp(instants.cast(pa.timestamp("us", time_zone))).cast(pa.int64())
    except pa.ArrowInvalid:  # a zone that only the session knows: the same instant, shown in UTC
        return values, "+00"
    shown = bc.fixed_values(local, np.int64)
    offsets = pa.array((shown - values) // 1_000_000).dictionary_encode()
    return shown, pa.array([offset_text(second) for second in offsets.dictionary.to_pylist()]).take(offsets.indices)


def offset_text(seconds: int) -> str:
    """``+02``, ``-03:30``, ``+00:53:28``."""
    sign = "-" if seconds < 0 else "+"
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    text = f"{sign}{hour:02d}"
    if minute or second:
        text += f":{minute:02d}"
    return f"{text}:{second:02d}" if second else text


POSTGRES_EPOCH = int((datetime(2000, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
"""Microseconds from 1970 to 2000-01-01, from which PostgreSQL's binary timestamps count."""
