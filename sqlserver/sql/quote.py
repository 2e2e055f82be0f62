"""Identifiers and literals as SQL text. The one place where a value becomes SQL."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from sqlserver.core.errors import InvalidParameterValue


def quote_identifier(name: str) -> str:
    """``name`` as a quoted identifier, whatever it holds. Raises 22023 for a NUL."""
    _refuse_nul(name)
    return '"' + name.replace('"', '""') + '"'


def quote_text(value: str) -> str:
    """``value`` as a string literal. Backslashes are plain characters in it. Raises 22023 for a NUL."""
    _refuse_nul(value)
    return "'" + value.replace("'", "''") + "'"


def quote_literal(value: object) -> str:
    """A Python value as a typed DuckDB literal.

    None, bool, int, float, Decimal, str, bytes, date, time, datetime, timedelta, UUID, sequences (lists) and mappings
    (structs). Raises 22023 for anything else.
    """
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return quote_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return "CAST('" + "".join(f"\\x{byte:02X}" for byte in bytes(value)) + "' AS BLOB)"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quote_text(str(k))}: {quote_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(quote_literal(item) for item in value) + "]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value) if value >= 0 else f"({value})"
    if isinstance(value, float):
        text = {math.inf: "inf", -math.inf: "-inf"}.get(value, "nan" if math.isnan(value) else repr(value))
        return f"CAST('{text}' AS DOUBLE)"
    if isinstance(value, Decimal):
        if value.is_finite():
            text = f"{value:f}"
            return text if value >= 0 and not text.startswith("-") else f"({text})"
        return f"CAST('{value}' AS DOUBLE)"
    if isinstance(value, datetime):
        return f"CAST('{value.isoformat(sep=' ')}' AS {'TIMESTAMP' if value.tzinfo is None else 'TIMESTAMPTZ'})"
    if isinstance(value, date):
        return f"CAST('{value.isoformat()}' AS DATE)"
    if isinstance(value, time):
        return f"CAST('{value.isoformat()}' AS {'TIME' if value.tzinfo is None else 'TIMETZ'})"
    if isinstance(value, timedelta):
        micros = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
        return f"to_microseconds({micros})" if micros >= 0 else f"to_microseconds(({micros}))"
    if isinstance(value, UUID):
        return f"CAST('{value}' AS UUID)"
    raise InvalidParameterValue(f"a value of type {type(value).__name__} cannot be written as SQL")


def _refuse_nul(text: str) -> None:
    if "\0" in text:
        raise InvalidParameterValue("text may not hold a NUL character", hint="Send binary data as bytea.")
