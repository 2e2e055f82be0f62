"""PostgreSQL's text of a date or a time of day (``DecodeDateTime`` in its ``datetime.c``), in ISO 8601's form.

Jan 8, 1999 · 08-Jan-1999 · 1/8/1999 (month first) · 19990108 · 1999.008 · J2451187 · 0044-03-15 BC
04:05 PM · 040506 · allballs · 04:05:06.789-8 · 04:05:06 PST · 20240102T101112Z
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from sqlserver.core.errors import ServerError

CalendarType = Literal["date", "time", "timetz", "timestamp", "timestamptz"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                "november", "december")  # fmt: skip
_MONTH_OF = {name: at % 12 + 1 for at, name in enumerate((*_MONTHS, *_MONTH_NAMES))} | {"sept": 9}
_WEEK_DAYS = frozenset(
    {
        "mon", "monday", "tue", "tues", "tuesday", "wed", "weds", "wednesday", "thu", "thur", "thurs", "thursday",
        "fri", "friday", "sat", "saturday", "sun", "sunday",
    }
)  # fmt: skip
_ZONES = {
    "z": 0, "zulu": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "bst": 1, "cet": 1, "west": 1, "cest": 2, "eet": 2,
    "eest": 3, "msk": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "akst": -9, "akdt": -8, "hst": -10, "jst": 9, "kst": 9,
}  # fmt: skip
"""Abbreviations mean a fixed offset in PostgreSQL, in hours."""
RELATIVE_DAYS = {"now": None, "today": 0, "yesterday": -1, "tomorrow": 1}
_FIELD = re.compile(
    r"""[\s,]*(?:
      (?P<clock>t?\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d*)?)?)
    | (?P<zone>[+-]\d{1,2}(?::?\d{2}){0,2}(?![\d:]))
    | (?P<year_day>\d{4})[.-](?P<day_of_year>\d{3})(?!\d)
    | (?P<numbers>\d+(?P<mark>[-/.])\d+(?P=mark)\d+)
    | (?P<named>\d+-[a-z]{3,}-\d+|[a-z]{3,}-\d+-\d+)
    | j(?P<julian>\d+)
    | t?(?P<number>\d+)(?P<fraction>\.\d*)?
    | (?P<zone_name>[a-z]+/[a-z_/+\d-]+)
    | (?P<word>[a-z]+)\.?
    )(?:t(?=\d))?""",
    re.VERBOSE | re.IGNORECASE,
)


class Relative(NamedTuple):
    """A time that depends on when it is read: ``days`` from today, or now where it is None; ``clock`` of that day."""

    days: int | None
    clock: str = ""


class _Unknown(Exception):
    """The text is none of the forms known here."""


class _Reading:
    def __init__(self, kind: CalendarType) -> None:
        self.kind = kind
        self.year_month_day: tuple[int, int, int] | None = None
        self.microseconds: int | None = None
        self.zone: str | None = None
        self.before_christ = False
        self.relative: Relative | None = None
        self.month: int | None = None
        self.waiting: list[str] = []

    def field(self, found: re.Match[str]) -> None:
        if found["clock"]:
            self._set_clock(*(found["clock"].lstrip("tT").split(":")))
        elif found["zone"]:
            self._set_zone(found["zone"])
        elif found["year_day"]:
            self._set_date(date(int(found["year_day"]), 1, 1) + timedelta(int(found["day_of_year"]) - 1))
        elif found["numbers"]:
            self._numbers(re.split(r"[-/.]", found["numbers"]))
        elif found["named"]:
            self._named(found["named"].lower().split("-"))
        elif found["julian"]:
            self._set_date(date.fromordinal(int(found["julian"]) - 1_721_425))
        elif found["number"]:
            self._number(found["number"], found["fraction"] or "")
        elif found["zone_name"]:
            self._once(self.zone)
            self.zone = " " + found["zone_name"]
        else:
            self._word(found["word"].lower())

    def _number(self, digits: str, fraction: str) -> None:
        has_date = self.year_month_day is not None or self.kind in ("time", "timetz") or self.relative is not None
        if has_date and len(digits) in (4, 6):
            self._set_clock(digits[:2], digits[2:4], (digits[4:] or "0") + fraction)
        elif fraction:
            raise _Unknown
        elif not has_date and len(digits) == 8:
            self._check(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        elif not has_date and len(digits) == 6 and self.month is None:
            self._check(_full_year(digits[:2]), int(digits[2:4]), int(digits[4:]))
        else:
            self.waiting.append(digits)
            if len(self.waiting) > 2:
                raise _Unknown

    def _numbers(self, parts: list[str]) -> None:
        if len(parts[0]) > 2:
            self._check(int(parts[0]), int(parts[1]), int(parts[2]))
        else:
            self._check(_full_year(parts[2]), int(parts[0]), int(parts[1]))

    def _named(self, parts: list[str]) -> None:
        name = next(part for part in parts if part.isalpha())
        first, second = (part for part in parts if not part.isalpha())
        self._once(self.month)
        self.month = _month(name)
        self.waiting += [first, second]

    def _word(self, word: str) -> None:
        if word in _MONTH_OF:
            self._once(self.month)
            self.month = _month(word)
        elif word in ("am", "pm"):
            self._half_day(word)
        elif word in ("bc", "ad"):
            self.before_christ = word == "bc"
        elif word == "allballs":
            self._set_clock("0", "0")
            self.zone = self.zone or "+00:00"
        elif word in RELATIVE_DAYS:
            self._once(self.relative or self.year_month_day)
            self.relative = Relative(RELATIVE_DAYS[word])
        elif word in _ZONES:
            self._set_zone(f"{_ZONES[word]:+03d}")
        elif word not in _WEEK_DAYS and word != "t":
            raise _Unknown

    def _half_day(self, word: str) -> None:
        hour = 3_600_000_000
        if self.microseconds is None:
            raise _Unknown
        if not 0 < self.microseconds // hour <= 12 and self.microseconds // hour:
            raise OverflowError
        self.microseconds = self.microseconds % (12 * hour) + (12 * hour if word == "pm" else 0)

    def _set_clock(self, hours: str, minutes: str, seconds: str = "0") -> None:
        self._once(self.microseconds)
        rounded = round(Decimal(seconds) * 1_000_000)
        hour, minute = int(hours), int(minutes)
        total = (hour * 60 + minute) * 60_000_000 + rounded
        if minute > 59 or rounded > 60_000_000 or total > 86_400_000_000:
            raise OverflowError
        self.microseconds = total

    def _set_zone(self, text: str) -> None:
        self._once(self.zone)
        sign, digits = text[0], text[1:]
        parts = (
            digits.split(":") if ":" in digits else [digits[:-2] or "0", digits[-2:]] if len(digits) > 2 else [digits]
        )
        self.zone = sign + ":".join(f"{int(part):02d}" for part in (*parts, "0")[: max(2, len(parts))])

    def _set_date(self, day: date) -> None:
        self._check(day.year, day.month, day.day)

    def _check(self, year: int, month: int, day: int) -> None:
        self._once(self.year_month_day)
        self.year_month_day = (year, month, day)

    @staticmethod
    def _once(value: object) -> None:
        if value is not None:
            raise _Unknown

    def finish(self) -> None:
        if self.month is not None:
            self._once(self.year_month_day)
            if len(self.waiting) != 2:
                raise _Unknown
            first, second = self.waiting
            written_year, day = (first, second) if len(first) > 2 else (second, first)
            self.year_month_day = (_full_year(written_year), self.month, int(day))
        elif self.waiting:
            raise _Unknown
        if self.year_month_day is not None:
            year, month, day_of_month = self.year_month_day
            astronomical = 1 - year if self.before_christ else year
            # The calendar repeats itself after 400 years, and Python's begins with the year 1.
            if (
                year < 1
                or not 1 <= month <= 12
                or not 1 <= day_of_month <= monthrange(astronomical % 400 + 400, month)[1]
            ):
                raise OverflowError


def parse_calendar(text: str, kind: CalendarType) -> str | Relative | None:
    """``YYYY-MM-DD[ (BC)]``, ``HH:MM:SS[.ffffff]``, or both, with ``±HH:MM`` or a zone's name where the type has one.

    None for a text that is none of these forms. Raises 22008 for a month, day or hour that there is not.
    """
    reading = _Reading(kind)
    word = text.strip()
    at = 0
    try:
        while at < len(word):
            found = _FIELD.match(word, at)
            if found is None:
                return None
            at = found.end()
            reading.field(found)
        reading.finish()
    except _Unknown:
        return None
    except (OverflowError, ValueError):
        hint = 'Perhaps you need a different "datestyle" setting.' if "/" in text or "-" in text else None
        raise ServerError(f'date/time field value out of range: "{text}"', sqlstate="22008", hint=hint) from None
    return _written(reading)


def _written(reading: _Reading) -> str | Relative | None:
    kind = reading.kind
    clock = "00:00:00" if reading.microseconds is None else _clock(reading.microseconds)
    if reading.relative is not None:
        if reading.relative.days is None and reading.microseconds is not None:
            return None
        return reading.relative._replace(clock="" if reading.microseconds is None else clock)
    if kind in ("time", "timetz"):
        if reading.microseconds is None or (reading.zone or "").startswith(" "):
            return None
        return clock + (reading.zone or "" if kind == "timetz" else "")
    if reading.year_month_day is None:
        return None
    year, month, day = reading.year_month_day
    written = f"{year:04d}-{month:02d}-{day:02d}{' (BC)' if reading.before_christ else ''}"
    if kind == "date":
        return written
    return f"{written} {clock}{reading.zone or '' if kind == 'timestamptz' else ''}"


def _clock(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, 1_000_000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{fraction:06d}" if fraction else text


def _month(name: str) -> int:
    month = _MONTH_OF.get(name)
    if month is None:
        raise _Unknown
    return month


def _full_year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 70 else 1900)
