"""Dates, times, intervals, floats and bytea in the styles other than the usual ones (DateStyle, IntervalStyle,
extra_float_digits, bytea_output), value by value: few sessions ask for them.

The rules are those of PostgreSQL's output functions (``EncodeDateOnly``, ``EncodeDateTime``, ``EncodeInterval``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

from sqlserver.core.output_style import OutputStyle
from sqlserver.wire import binary_columns as bc
from sqlserver.wire.interval_text import INTERVAL

_MOMENT = re.compile(r"(\d{4,})-(\d\d)-(\d\d)(?: (\d\d:\d\d:\d\d(?:\.\d+)?))?([+-]\d\d(?::\d\d)*)?( BC)?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Parts = tuple[int, int, int, int, int, int, int]
"""Years, months, days, hours, minutes, seconds, microseconds, each with its sign."""


def each(text: pa.Array, convert: Callable[[str], str]) -> pa.Array:
    return pa.array([None if value is None else convert(value) for value in text.to_pylist()], pa.string())


def styled_moment(style: OutputStyle) -> Callable[[str], str]:
    """From a date or timestamp in ISO style to the session's."""

    def convert(text: str) -> str:
        found = _MOMENT.fullmatch(text)
        if found is None:  # infinity
            return text
        year, month, day, clock, offset, era = found.groups()
        zone = "" if offset is None else f" {_abbreviation(text, offset, style.time_zone)}"
        if style.date_style == "Postgres" and clock is not None:
            named = _MONTHS[int(month) - 1]
            pair = f"{day} {named}" if style.date_order == "DMY" else f"{named} {day}"
            moment = f"{_weekday(int(year), int(month), int(day), era)} {pair} {clock} {year}{zone}"
        else:
            moment = _numbers(style, year, month, day) + (f" {clock}" if clock is not None else "") + zone
        return moment + (era or "")

    return convert


def _numbers(style: OutputStyle, year: str, month: str, day: str) -> str:
    if style.date_style == "German":
        return f"{day}.{month}.{year}"
    between = "/" if style.date_style == "SQL" else "-"
    first, second = (day, month) if style.date_order == "DMY" else (month, day)
    return between.join((first, second, year))


def _weekday(year: int, month: int, day: int, era: str | None) -> str:
    """By the proleptic Gregorian calendar, for any year (Sakamoto)."""
    if era:
        year = 1 - year
    if month < 3:
        year -= 1
    shift = (0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4)[month - 1]
    sunday_first = (year + year // 4 - year // 100 + year // 400 + shift + day) % 7
    return _WEEKDAYS[(sunday_first - 1) % 7]


def _abbreviation(text: str, offset: str, zone: str) -> str:
    """``CET``; the offset where the zone has no letters or the year is out of Python's range."""
    try:
        name = datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).tzname()
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        return offset
    return offset if name is None else name


def interval_in_style(array: pa.Array, style: str) -> pa.Array:
    write = _INTERVALS[style]
    texts = []
    for months, days, nanoseconds in bc.fixed_values(array, INTERVAL).tolist():
        year, month = (abs(months) // 12, abs(months) % 12) if months >= 0 else (-(-months // 12), -(-months % 12))
        sign = -1 if nanoseconds < 0 else 1
        seconds, fraction = divmod(abs(nanoseconds) // 1000, 1_000_000)
        clock = (sign * (seconds // 3600), sign * (seconds // 60 % 60), sign * (seconds % 60), sign * fraction)
        texts.append(write((year, month, days, *clock)))
    return bc.keep_nulls(pa.array(texts, pa.string()), array)


def _seconds(second: int, fraction: int, width: int) -> str:
    text = f"{abs(second):0{width}d}"
    return f"{text}.{abs(fraction):06d}".rstrip("0") if fraction else text


def _iso_8601(parts: Parts) -> str:
    year, month, day, hour, minute, second, fraction = parts
    date = "".join(f"{value}{unit}" for value, unit in ((year, "Y"), (month, "M"), (day, "D")) if value)
    time = "".join(f"{value}{unit}" for value, unit in ((hour, "H"), (minute, "M")) if value)
    if second or fraction:
        time += ("-" if second < 0 or fraction < 0 else "") + _seconds(second, fraction, 1) + "S"
    if not date and not time:
        return "PT0S"
    return f"P{date}" + (f"T{time}" if time else "")


def _sql_standard(parts: Parts) -> str:
    year, month, day, hour, minute, second, fraction = parts
    negative, positive = any(part < 0 for part in parts), any(part > 0 for part in parts)
    has_months, has_time = bool(year or month), any(parts[2:])
    clock = f"{abs(hour)}:{abs(minute):02d}:{_seconds(second, fraction, 2)}"
    if not negative and not positive:
        return "0"
    if (negative and positive) or (has_months and has_time):
        signs = ["-" if any(part < 0 for part in some) else "+" for some in (parts[:2], parts[2:3], parts[3:])]
        return f"{signs[0]}{abs(year)}-{abs(month)} {signs[1]}{abs(day)} {signs[2]}{clock}"
    sign = "-" if negative else ""
    if has_months:
        return f"{sign}{abs(year)}-{abs(month)}"
    return f"{sign}{abs(day)} {clock}" if day else f"{sign}{clock}"


def _verbose(parts: Parts) -> str:
    year, month, day, hour, minute, second, fraction = parts
    words = ["@"]
    before: bool | None = None
    units = ((year, "year"), (month, "mon"), (day, "day"), (hour, "hour"), (minute, "min"))
    for value, unit in units:
        if value:
            before = value < 0 if before is None else before
            shown = -value if before else value
            words.append(f"{shown} {unit}{'' if shown == 1 else 's'}")
    if second or fraction:
        minus = second < 0 or fraction < 0
        before = minus if before is None else before
        text = ("-" if minus != before else "") + _seconds(second, fraction, 1)
        words.append(f"{text} sec{'' if abs(second) == 1 and not fraction else 's'}")
    if before is None:
        words.append("0")
    return " ".join(words) + (" ago" if before else "")


_INTERVALS: dict[str, Callable[[Parts], str]] = {
    "iso_8601": _iso_8601,
    "sql_standard": _sql_standard,
    "postgres_verbose": _verbose,
}


def floats_with_digits(array: pa.Array, digits: int) -> pa.Array:
    """Rounded to ``digits`` significant ones: extra_float_digits of 0 and less."""
    special = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
    texts = [None if value is None else f"{value:.{max(digits, 1)}g}" for value in array.to_pylist()]
    return pa.array([None if text is None else special.get(text, text) for text in texts], pa.string())


def bytea_escaped(array: pa.Array) -> pa.Array:
    """Printable bytes as they are, others as three octal digits."""
    return pa.array([None if raw is None else "".join(map(_byte, raw)) for raw in array.to_pylist()], pa.string())


def _byte(value: int) -> str:
    if value == 0x5C:
        return "\\\\"
    return chr(value) if 0x20 <= value <= 0x7E else f"\\{value:03o}"
