"""Checks of setting values, in PostgreSQL's spellings: text as given to text as kept.

Each raises ValueError with what is allowed.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from functools import lru_cache

Check = Callable[[str], str]

_BOOLEANS = {
    "on": "on", "true": "on", "yes": "on", "1": "on", "t": "on", "y": "on",
    "off": "off", "false": "off", "no": "off", "0": "off", "f": "off", "n": "off",
}  # fmt: skip
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "min": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}
_PAGE = "8kB"
_UNITS_BYTES = {"B": 1.0, "kB": 2.0**10, _PAGE: 2.0**13, "MB": 2.0**20, "GB": 2.0**30, "TB": 2.0**40}
_MEASURED = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB|us|ms|s|min|h|d)?\s*")
_DATE_STYLES = {"iso": "ISO", "sql": "SQL", "postgres": "Postgres", "german": "German"}
_DATE_ORDERS = {
    "mdy": "MDY", "us": "MDY", "noneuro": "MDY", "noneuropean": "MDY", "dmy": "DMY", "euro": "DMY", "european": "DMY",
    "ymd": "YMD",
}  # fmt: skip
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-]?)(\d{1,2})(?::?(\d{2}))?(?::(\d{2}))?(?:\.0*)?", re.IGNORECASE)
_NAME = re.compile(r"[a-z_][a-z0-9_$]*")


def anything(raw: str) -> str:
    return raw


def boolean(raw: str) -> str:
    value = _BOOLEANS.get(raw.strip().lower())
    if value is None:
        raise ValueError("a Boolean value: on or off")
    return value


def choice(*allowed: str) -> Check:
    def check(raw: str) -> str:
        value = raw.strip().lower()
        if value not in allowed:
            raise ValueError(f"one of: {', '.join(allowed)}")
        return value

    return check


def switch(*allowed: str) -> Check:
    """A choice in which on and off have all the spellings of a Boolean."""

    def check(raw: str) -> str:
        value = raw.strip().lower()
        if value not in allowed:
            value = _BOOLEANS.get(value, value)
        if value not in allowed:
            raise ValueError(f"one of: {', '.join(allowed)}")
        return value

    return check


def encoding(raw: str) -> str:
    """The server speaks UTF-8 alone; drivers spell it in many ways, some in quotes of their own."""
    if raw.strip().strip("'\"").lower().replace("-", "") not in ("utf8", "unicode", "sql_ascii"):
        raise ValueError("UTF8")
    return "UTF8"


def whole(low: int, high: int) -> Check:
    def check(raw: str) -> str:
        try:
            value = int(raw)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise ValueError(f"an integer between {low} and {high}")
        return str(value)

    return check


def number(low: float, high: float) -> Check:
    def check(raw: str) -> str:
        try:
            value = float(raw)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise ValueError(f"a number between {low:g} and {high:g}")
        return f"{value:g}"

    return check


def measured(low: float, high: float, unit: str) -> Check:
    """A number of ``unit``, or with a unit of its own; kept in the largest that divides it, as PostgreSQL shows it."""
    sizes = _UNITS_MS if unit in _UNITS_MS else _UNITS_BYTES

    def check(raw: str) -> str:
        found = _MEASURED.fullmatch(raw)
        given = unit if found is None else found[2] or unit
        if found is None or given not in sizes:
            raise ValueError(f"a number, with a unit: {', '.join(one for one in sizes if one != _PAGE)}")
        value = float(found[1]) * sizes[given] / sizes[unit]
        if not low <= value <= high:
            raise ValueError(f"{low:.0f} to {high:.0f} {unit}")
        if value <= 0:
            return f"{value:g}"
        least, *_ = sizes.values()
        whole_units = round(value * sizes[unit] / least)
        shown = next(one for one in reversed(sizes) if one != _PAGE and whole_units % round(sizes[one] / least) == 0)
        return f"{whole_units // round(sizes[shown] / least)}{shown}"

    return check


@lru_cache(maxsize=256)
def milliseconds(raw: str) -> float:
    """PostgreSQL's time settings: ``500``, ``'2s'``, ``'5min'``. Raises ValueError."""
    text = raw.strip().lower()
    unit = next((u for u in sorted(_UNITS_MS, key=len, reverse=True) if text.endswith(u)), "ms")
    value = float(text.removesuffix(unit).strip()) * _UNITS_MS[unit]
    if not 0 <= value <= 2_147_483_647:
        raise ValueError("between 0 and 2147483647 ms")
    return value


def duration(raw: str) -> str:
    """Kept in the largest unit that divides it, as PostgreSQL shows it: ``60000`` → ``1min``."""
    try:
        value = milliseconds(raw)
    except ValueError:
        raise ValueError("a time such as 500, '2s' or '5min', at most 2147483647 ms") from None
    whole_ms = round(value)
    for unit in ("d", "h", "min", "s"):
        size = int(_UNITS_MS[unit])
        if whole_ms and whole_ms % size == 0:
            return f"{whole_ms // size}{unit}"
    return f"{whole_ms}ms" if whole_ms else "0"


def date_style(raw: str, current: str) -> str:
    """``German`` → ``German, DMY``; what is not named stays as in ``current``."""
    style, order = current.split(", ")
    named_order = False
    for word in re.split(r"[\s,]+", raw.strip().strip("'\"").lower()):
        if word in _DATE_STYLES:
            style = _DATE_STYLES[word]
            if style == "German" and not named_order:
                order = "DMY"
        elif word in _DATE_ORDERS:
            order, named_order = _DATE_ORDERS[word], True
        elif word == "default":
            style, order = "ISO", "MDY"
        else:
            raise ValueError("ISO, SQL, Postgres or German, and DMY, MDY or YMD")
    return f"{style}, {order}"


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones()}


def time_zone(raw: str) -> str:
    """A name of the time zone database in its own spelling, or an offset as PostgreSQL shows one (``<+02>-02``)."""
    text = raw.strip().strip("'\"")
    if text.lower() in ("local", "default", "z", "zulu", "utc"):
        return "UTC"
    known = _zones().get(text.lower())
    if known is not None:
        return known
    if text.startswith("<") and fixed_offset(text) is not None:
        return text
    found = _OFFSET.fullmatch(text)
    if found is None or int(found[2]) > 15:
        raise ValueError("a time zone's name, or hours from UTC")
    sign, hours, minutes = found[1] or "+", int(found[2]), int(found[3] or 0)
    if text[0].isalpha():  # POSIX counts westwards: UTC+3 is three hours behind
        sign = "-" if sign == "+" else "+"
    shown = f"{hours:02d}" + (f":{minutes:02d}" if minutes else "")
    return f"<{sign}{shown}>{'-' if sign == '+' else '+'}{shown}"


def fixed_offset(zone: str) -> str | None:
    """``+02:00`` of ``<+02>-02``; None for a named zone."""
    found = re.fullmatch(r"<([+-])(\d{2})(?::(\d{2}))?>[+-][\d:]+", zone)
    return None if found is None else f"{found[1]}{found[2]}:{found[3] or '00'}"


def names(raw: str) -> str:
    """A list of names as PostgreSQL writes it: ``"$user", public``."""
    parts = [part.strip() for part in raw.split(",")]
    plain = [
        part[1:-1].replace('""', '"') if part[:1] == '"' == part[-1:] and len(part) > 1 else part for part in parts
    ]
    return ", ".join(name if _NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"' for name in plain)


def name_list(shown: str) -> list[str]:
    """The names of what ``names`` gave."""
    return [part[1:-1].replace('""', '"') if part.startswith('"') else part for part in shown.split(", ")]


def from_words(kind: str) -> Check:
    """The check for a kind of ``postgres_settings.KEPT``."""
    words = kind.split()
    match words[0]:
        case "text":
            return anything
        case "boolean":
            return boolean
        case "integer" if len(words) == 3:
            return whole(int(words[1]), int(words[2]))
        case "real" if len(words) == 3:
            return number(float(words[1]), float(words[2]))
        case "integer" | "real":
            return measured(float(words[1]), float(words[2]), words[3])
    return switch(*kind.split("|"))
