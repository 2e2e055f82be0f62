"""Text of PostgreSQL's types in DuckDB's spelling: what a type's input function does, as far as the two differ.

Both have the same text for most values. ``may_differ`` tells, without knowing the type, whether a text could be read
otherwise by DuckDB or be refused; ``read_text`` reads it for one type (DuckDB's name).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import cast

from sqlserver.core.boolean_text import parse_boolean
from sqlserver.core.bytea_text import parse_bytea
from sqlserver.core.calendar_input import CalendarType, Relative, parse_calendar
from sqlserver.core.errors import FeatureNotSupported, InvalidTextRepresentation, ServerError
from sqlserver.core.interval_text import parse_interval
from sqlserver.engines.array_text import depth_of, parse_array_text

Read = bool | int | float | Decimal | bytes | str | Relative | list["Read | None"]

INTEGERS = {
    "TINYINT": (-(2**7), 2**7), "SMALLINT": (-(2**15), 2**15), "INTEGER": (-(2**31), 2**31),
    "BIGINT": (-(2**63), 2**63), "HUGEINT": (-(2**127), 2**127), "UTINYINT": (0, 2**8), "USMALLINT": (0, 2**16),
    "UINTEGER": (0, 2**32), "UBIGINT": (0, 2**64), "UHUGEINT": (0, 2**128),
}  # fmt: skip
_NAMES = {
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double precision",
}
_INTEGER_TEXT = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_CALENDAR: dict[str, CalendarType] = {
    "DATE": "date", "TIME": "time", "TIME WITH TIME ZONE": "timetz", "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}  # fmt: skip
ZONED = ("TIME WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE")
HAS_OFFSET = re.compile(r"(?:Z|\d\d:\d\d(?::\d\d(?:\.\d+)?)?[+-]\d\d(?::?\d\d){0,2}|^[+-]?infinity)\s*$", re.IGNORECASE)
"""A text of the ``ZONED`` types that means the same in every time zone."""

_MONTH_OR_DAY = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)"
_BOOLEANS = "(?:t|f|y|n|yes|no|true|false)"
_SAME = (
    r"\d{1,3}|\d{5}|\d{7}|\d{9,18}"  # a number; 4, 6 and 8 digits are a time or a date too
    r"|\d{4,}-\d\d?-\d\d?(?:[ T]\d\d?:\d\d(?::[0-5]?\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d(?::?\d\d){0,2})?)?"
    r"|\d\d?:\d\d(?::[0-5]?\d(?:\.\d{1,6})?)?"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    rf"|\d+ ?(?!(?:{_MONTH_OR_DAY}|bc|ad|am|pm)\b)[a-z]+(?: ago)?"
)
_DIFFERENT = (
    rf"(?!-?(?:{_SAME})')[+-]?[.@]? ?\d|\{{|\[-?\d+:"
    rf"|(?:of|off|on|tr|tru|fa|fal|fals|ye|{_BOOLEANS}\s)\s*(?=')"
    r"|(?:now|today|yesterday|tomorrow|allballs)\b|P[-+.\dT]|[JT]\d"
    rf"|{_MONTH_OR_DAY}[a-z]*[ .,-]*\d|{_MONTH_OR_DAY}[a-z]*,? {_MONTH_OR_DAY}"
)
DIFFERENT = rf"'(?=[\s\d{{\[+@.a-z-])(?:\s*(?:{_DIFFERENT})|\s+{_BOOLEANS}(?='))"
"""A constant's quote and as much of its text as tells that DuckDB might read it otherwise (a regular expression, any
case). What only a bytea reads otherwise is not seen: a backslash, and letters outside ASCII."""
_SHORT = 1_000
_MAY_DIFFER = re.compile(DIFFERENT, re.IGNORECASE)


def may_hold_text(sql: str) -> bool:
    """Whether a constant of a statement may be one of those. Too often yes, never no."""
    known = _may_hold if len(sql) <= _SHORT else _may_hold.__wrapped__
    return known(sql)


@lru_cache(maxsize=1024)
def _may_hold(sql: str) -> bool:
    return "\\" in sql or not sql.isascii() or _MAY_DIFFER.search(sql) is not None


def may_differ(text: str) -> bool:
    return "\\" in text or not text.isascii() or _MAY_DIFFER.match(f"'{text}'") is not None


def read_text(text: str, kind: str) -> Read:
    """A value DuckDB takes for ``kind``: the same text where it reads that in PostgreSQL's sense.

    Raises PostgreSQL's errors: 22P02, 22003, 22007, 22008, 22023; 0A000 for an array of another depth than its column.
    """
    if kind.endswith("]"):
        return _array(text, kind)
    if kind in INTEGERS:
        return _integer(text, kind)
    if kind in _CALENDAR:
        read = parse_calendar(text, _CALENDAR[kind])
        return text if read is None else read
    reader = _READERS.get(kind.partition("(")[0])
    return text if reader is None else reader(text)


def element_type(kind: str) -> str:
    return kind[: kind.rindex("[")]


def _array(text: str, kind: str) -> Read:
    depth = 0
    element = kind
    while element.endswith("]"):
        element, depth = element_type(element), depth + 1
    values = parse_array_text(text)
    found = depth_of(values)
    if values and found != depth:
        raise FeatureNotSupported(
            f"an array of {found} dimensions does not fit one of {depth}",
            hint="An array type has as many dimensions as it has brackets.",
        )

    def read(value: object) -> Read | None:
        if isinstance(value, list):
            return [read(one) for one in value]
        return None if value is None else read_text(str(value), element)

    return cast(Read, read(values))


def _integer(text: str, kind: str) -> int:
    low, high = INTEGERS[kind]
    name = _NAMES.get(kind, "numeric")
    if _INTEGER_TEXT.fullmatch(text) is None:
        raise InvalidTextRepresentation(f'invalid input syntax for type {name}: "{text}"')
    number = int(text)
    if not low <= number < high:
        raise ServerError(f'value "{text}" is out of range for type {name}', sqlstate="22003")
    return number


def read_numeric(value: object) -> Decimal | float:
    """A Decimal keeps every digit; what is no finite number, or longer than DuckDB's 38 digits, goes as a float."""
    try:
        # An underscore is Python's own spelling of numbers.
        number = Decimal(value.strip().replace("_", "x") if isinstance(value, str) else str(value))
    except InvalidOperation:
        raise InvalidTextRepresentation(f'invalid input syntax for type numeric: "{value}"') from None
    digits = number.as_tuple()
    exponent = digits.exponent
    if not isinstance(exponent, int) or max(len(digits.digits) + max(exponent, 0), -exponent) > 38:
        return float(number)
    return Decimal(format(number, "f"))


def _float(name: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            number = float(text.replace("_", "x"))
        except ValueError:
            raise InvalidTextRepresentation(f'invalid input syntax for type {name}: "{text}"') from None
        if number in (float("inf"), float("-inf")) and "inf" not in text.lower():
            raise ServerError(f'"{text.strip()}" is out of range for type {name}', sqlstate="22003")
        return text.strip()

    return read


def _interval(text: str) -> str:
    read = parse_interval(text)
    if read is None:
        raise ServerError(f'invalid input syntax for type interval: "{text}"', sqlstate="22007")
    return f"{read.months} months {read.days} days {read.microseconds} microseconds"


def _json(text: str) -> str:
    """DuckDB checks what it casts, not what is bound, and takes JavaScript's NaN."""
    try:
        json.loads(text, parse_constant=_no_json)
    except ValueError:
        raise InvalidTextRepresentation("invalid input syntax for type json") from None
    return text


def _no_json(word: str) -> None:
    raise ValueError(word)


def duckdb_text(value: Read | None) -> str:
    """What ``read_text`` gave, but a ``Relative``, in the text form that DuckDB casts; in a list every element is
    quoted, so that none is read as something else."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_element_text, value)) + "]"
    if isinstance(value, bytes):
        return "".join(f"\\x{byte:02X}" for byte in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _element_text(value: Read | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return duckdb_text(value)
    return '"' + duckdb_text(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def relative_sql(time: Relative) -> str:
    """The expression that has this value now."""
    if time.days is None:
        return "now()"
    day = f"current_date + {time.days}" if time.days else "current_date"
    return f"{day} + TIME '{time.clock}'" if time.clock else day


_READERS: dict[str, Callable[[str], Read]] = {
    "BLOB": parse_bytea,
    "BOOLEAN": parse_boolean,
    "DECIMAL": read_numeric,
    "FLOAT": _float("real"),
    "DOUBLE": _float("double precision"),
    "INTERVAL": _interval,
    "JSON": _json,
}
