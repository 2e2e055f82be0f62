"""PostgreSQL's text of an interval (``interval_in``) as three numbers.

1 day 2:03, 2 weeks ago, @ 1 minute, 1-2 3 4:05:06 (SQL), P1Y2M3DT4H5M6S and P0001-02-03T04:05:06 (ISO 8601).
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_ISO = re.compile(rf"P((?:{_NUMBER}[YMWD])*)(?:T((?:{_NUMBER}[HMS])*))?", re.IGNORECASE)
_ISO_PART = re.compile(rf"({_NUMBER})([A-Z])", re.IGNORECASE)
_ISO_DIGITS = re.compile(r"P(\d+)-(\d+)-(\d+)(?:T(\d+:\d+(?::\d+(?:\.\d+)?)?))?", re.IGNORECASE)
_FIELD = re.compile(
    rf"""\s*(?:
      (?P<clock>[+-]?\d+:\d+(?::\d+)?(?:\.\d*)?)
    | (?P<years>[+-]?\d+)-(?P<months>\d|1[01])(?![\d-])
    | (?P<number>{_NUMBER})\s*(?P<unit>[a-z]+)?
    | (?P<mark>@|ago\b)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_MONTHS = {"millennium": 12_000, "century": 1_200, "decade": 120, "year": 12, "month": 1}
_DAYS = {"week": 7, "day": 1}
_MICROSECONDS = {"hour": 3600 * _SECOND, "minute": 60 * _SECOND, "second": _SECOND, "millisecond": 1000,
                 "microsecond": 1}  # fmt: skip
_SPELLINGS = {
    "millennium": "millennium millennia mil mils", "century": "century centuries cent c",
    "decade": "decade decades dec decs", "year": "year years yr yrs y", "month": "month months mon mons",
    "week": "week weeks w", "day": "day days d", "hour": "hour hours hr hrs h",
    "minute": "minute minutes min mins m", "second": "second seconds sec secs s",
    "millisecond": "millisecond milliseconds msec msecs msecond mseconds ms",
    "microsecond": "microsecond microseconds usec usecs usecond useconds us",
}  # fmt: skip
_UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()}
_ISO_UNITS = {"Y": "year", "M": "month", "W": "week", "D": "day"}
_ISO_TIME_UNITS = {"H": "hour", "M": "minute", "S": "second"}


class Interval(NamedTuple):
    months: int
    days: int
    microseconds: int


class _Sum:
    """Fractions go to the next smaller kind, as in PostgreSQL: half a month is 15 days, half a day 12 hours."""

    def __init__(self) -> None:
        self.months = self.days = 0
        self.microseconds = Fraction(0)

    def add(self, number: Fraction, unit: str) -> None:
        if unit in _MONTHS:
            months = number * _MONTHS[unit]
            self.months += int(months)
            if unit == "month":
                self._add_days((months - int(months)) * 30)
        elif unit in _DAYS:
            self._add_days(number * _DAYS[unit])
        else:
            self.microseconds += number * _MICROSECONDS[unit]

    def _add_days(self, days: Fraction) -> None:
        self.days += int(days)
        self.microseconds += (days - int(days)) * _DAY

    def total(self, sign: int = 1) -> Interval:
        return Interval(sign * self.months, sign * self.days, sign * round(self.microseconds))


def parse_interval(text: str) -> Interval | None:
    """None for a text that is none of these forms."""
    word = text.strip()
    return _iso(word) if word[:1] in ("P", "p") else _fields(word)


def _iso(word: str) -> Interval | None:
    found = _ISO.fullmatch(word)
    total = _Sum()
    if found is not None:
        if not (found[1] or found[2]):
            return None
        for part, units in ((found[1], _ISO_UNITS), (found[2] or "", _ISO_TIME_UNITS)):
            for number, unit in _ISO_PART.findall(part):
                total.add(Fraction(number), units[unit.upper()])
        return total.total()
    digits = _ISO_DIGITS.fullmatch(word)
    if digits is None:
        return None
    for number, unit in zip(digits.groups()[:3], ("year", "month", "day"), strict=True):
        total.add(Fraction(number), unit)
    if digits[4]:
        total.microseconds += _clock(digits[4])
    return total.total()


def _fields(word: str) -> Interval | None:
    total = _Sum()
    sign, at, given = 1, 0, False
    while at < len(word):
        found = _FIELD.match(word, at)
        if found is None or sign < 0:
            return None
        at = found.end()
        if found["mark"]:
            sign = -1 if found["mark"] != "@" else 1
            continue
        given = True
        if found["clock"]:
            total.microseconds += _clock(found["clock"])
        elif found["years"]:
            years, months = found["years"], int(found["months"])
            total.months += 12 * int(years) + (-months if years.startswith("-") else months)
        else:
            # A number without a unit counts days in front of a time of day, seconds at the end.
            after = _FIELD.match(word, at)
            plain = "day" if after is not None and after["clock"] else "second" if not word[at:].strip() else ""
            unit = _UNITS.get(found["unit"].lower()) if found["unit"] else plain
            if not unit:
                return None
            total.add(Fraction(found["number"]), unit)
    return total.total(sign) if given else None


def _clock(text: str) -> Fraction:
    """Microseconds of ``4:05``, ``4:05:06.7`` and ``12:34.5``, which counts minutes and seconds."""
    parts = [Fraction(part or 0) for part in text.lstrip("+-").split(":")]
    if len(parts) == 2 and "." not in text:
        parts.append(Fraction(0))
    seconds = Fraction(0)
    for part in parts:
        seconds = seconds * 60 + part
    return seconds * (-_SECOND if text.startswith("-") else _SECOND)
