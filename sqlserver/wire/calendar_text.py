"""Dates, times, timestamps and intervals as PostgreSQL writes them with DateStyle ISO and IntervalStyle postgres.

Arrow's own text is used for the years 1 to 9999; what lies outside (BC, later years, ±infinity) is written value by
value. DuckDB's infinities are the largest and smallest value of the type but one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.wire import binary_columns as bc

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_FIRST_DAY = -719_162  # 0001-01-01
_LAST_DAY = 2_932_896  # 9999-12-31
_DAY_SECONDS = 86_400
_INT64_MAX = 2**63 - 1
_INT32_MAX = 2**31 - 1
_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z", "UCT", "Zulu"})

INTERVAL = np.dtype([("months", "<i4"), ("days", "<i4"), ("nanoseconds", "<i8")])
"""The layout of Arrow's month_day_nano_interval."""


def days(array: pa.Array) -> npt.NDArray[np.int64]:
    """Days since 1970; ``±_INT32_MAX`` are the infinities."""
    if pa.types.is_date64(array.type):
        array = array.cast(pa.date32())
    return bc.fixed_values(array, np.int32).astype(np.int64)


def microseconds(array: pa.Array) -> npt.NDArray[np.int64]:
    """Microseconds since 1970 (UTC where there is a time zone), of a timestamp of any unit; infinities kept."""
    values = bc.fixed_values(array, np.int64).astype(np.int64, copy=False)
    return _to_microseconds(values, array.type.unit)


def time_microseconds(array: pa.Array) -> npt.NDArray[np.int64]:
    """Microseconds since midnight."""
    unit = array.type.unit
    values = bc.fixed_values(array, np.int32 if unit in {"s", "ms"} else np.int64).astype(np.int64)
    return _to_microseconds(values, unit)


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


def _plain_text(values: npt.NDArray[np.int64], arrow_type: pa.DataType, ordinary: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(np.where(ordinary, values, 0)).cast(arrow_type).cast(pa.string())


def _without_zeros(text: pa.Array) -> pa.Array:
    return pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")


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
        return array.cast(pa.string())
    text = pa.array(np.where(ordinary, values, 0).astype(np.int32)).cast(pa.date32()).cast(pa.string())
    return bc.keep_nulls(bc.replace_where(text, ~ordinary, map(_odd_date, values[~ordinary].tolist())), array)


def time_text(array: pa.Array, suffix: str) -> pa.Array:
    """``suffix`` is the offset of a time with time zone."""
    values = time_microseconds(array)
    ordinary = (values >= 0) & (values < _DAY_SECONDS * 1_000_000)
    text = _without_zeros(_plain_text(values, pa.time64("us"), ordinary))
    if not ordinary.all():
        # The day's end is the only value outside that either database has.
        text = bc.replace_where(text, ~ordinary, ["24:00:00"] * int((~ordinary).sum()))
    if suffix:
        text = pc.binary_join_element_wise(text, suffix, "")
    return bc.keep_nulls(text, array)


def timestamp_text(array: pa.Array, time_zone: str | None) -> pa.Array:
    """Without a time zone the values are shown as they are; with one, moved there and followed by their offset."""
    values = microseconds(array)
    ordinary = (values >= (_FIRST_DAY + 1) * _DAY_SECONDS * 1_000_000) & (values < _LAST_DAY * _DAY_SECONDS * 1_000_000)
    shown, suffixes = values, None
    if time_zone is not None:
        shown, suffixes = _localised(values, ordinary, time_zone)
    if ordinary.all() and not (shown % 1_000_000).any():
        text = pa.array(shown // 1_000_000).cast(pa.timestamp("s")).cast(pa.string())
    else:
        text = _without_zeros(_plain_text(shown, pa.timestamp("us"), ordinary))
    if suffixes is not None:
        text = pc.binary_join_element_wise(text, suffixes, "")
    if not ordinary.all():
        text = bc.replace_where(text, ~ordinary, _odd_timestamps(values[~ordinary], "" if time_zone is None else "+00"))
    return bc.keep_nulls(text, array)


def _odd_timestamps(values: npt.NDArray[np.int64], suffix: str) -> Iterator[str]:
    for value in values.tolist():
        if abs(value) >= _INT64_MAX:
            yield "infinity" if value > 0 else "-infinity"
            continue
        text, era = _civil(np.datetime64(value, "us"))
        yield f"{text.rstrip('0').rstrip('.')}{suffix}{era}"


def _localised(
    values: npt.NDArray[np.int64], ordinary: npt.NDArray[np.bool_], time_zone: str
) -> tuple[npt.NDArray[np.int64], pa.Array | str]:
    """Far-off years keep UTC: the instant is right and time zone rules there are guesses."""
    if time_zone in _UTC_NAMES:
        return values, "+00"
    instants = pa.array(np.where(ordinary, values, 0)).cast(pa.timestamp("us", "UTC"))
    try:
        local = pc.local_timestamp(instants.cast(pa.timestamp("us", time_zone))).cast(pa.int64())
    except pa.ArrowInvalid:  # a zone that only the session knows: the same instant, shown in UTC
        return values, "+00"
    shown = bc.fixed_values(local, np.int64).astype(np.int64, copy=False)
    seconds = (shown - np.where(ordinary, values, 0)) // 1_000_000
    distinct, codes = np.unique(seconds, return_inverse=True)
    return shown, pa.array([offset_text(int(s)) for s in distinct]).take(pa.array(codes))


def offset_text(seconds: int) -> str:
    """``+02``, ``-03:30``, ``+00:53:28``."""
    sign = "-" if seconds < 0 else "+"
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    text = f"{sign}{hour:02d}"
    if minute or second:
        text += f":{minute:02d}"
    return f"{text}:{second:02d}" if second else text


def interval_text(array: pa.Array) -> pa.Array:
    fields = bc.fixed_values(array, INTERVAL)
    return bc.keep_nulls(pa.array([_interval(*value) for value in fields.tolist()], pa.string()), array)


def _interval(months: int, day: int, nanoseconds: int) -> str:
    """PostgreSQL's rule: a part after a negative one carries its plus sign."""
    words: list[str] = []
    negative_before = False
    years = abs(months) // 12 * (1 if months >= 0 else -1)
    for value, unit in ((years, "year"), (months - 12 * years, "mon"), (day, "day")):
        if value:
            plus = "+" if negative_before and value > 0 else ""
            words.append(f"{plus}{value} {unit}{'' if value == 1 else 's'}")
            negative_before = value < 0
    total = abs(nanoseconds) // 1000
    if total or not words:
        sign = "-" if nanoseconds < 0 else "+" if negative_before else ""
        seconds, fraction = divmod(total, 1_000_000)
        clock = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        words.append(f"{clock}.{fraction:06d}".rstrip("0") if fraction else clock)
    return " ".join(words)


POSTGRES_EPOCH = int((datetime(2000, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
"""Microseconds from 1970 to 2000-01-01, from which PostgreSQL's binary timestamps count."""
