"""Bind values into values that DuckDB binds as PostgreSQL would have.

A declared type is kept. Text of no declared type is PostgreSQL's unknown literal: it takes the type that its place asks
for. DuckDB's binder tells that type for most places; where it leaves it open (``$1 + 1``) the types of CANDIDATES are
tried on the binder, text first, so that '00123' compared with text stays text. Nothing here runs a statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import duckdb
from duckdb.sqltypes import DuckDBPyType

from sqlserver.core.boolean_text import parse_boolean
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import InvalidTextRepresentation, ProtocolViolation, ServerError
from sqlserver.engines.array_text import parse_array_text
from sqlserver.engines.duckdb_binding import Signature
from sqlserver.engines.duckdb_types import duckdb_type

Values = dict[str, object]
Bind = Callable[[Mapping[str, object] | None], Signature]
"""Binds the statement at hand with these values."""

CANDIDATES = (
    "VARCHAR", "INTEGER", "BIGINT", "DECIMAL", "DOUBLE", "INTERVAL", "TIMESTAMP", "DATE", "BOOLEAN", "INTEGER[]",
    "VARCHAR[]",
)  # fmt: skip

_INTEGERS = {
    "TINYINT": (-(2**7), 2**7), "SMALLINT": (-(2**15), 2**15), "INTEGER": (-(2**31), 2**31),
    "BIGINT": (-(2**63), 2**63), "HUGEINT": (-(2**127), 2**127), "UTINYINT": (0, 2**8), "USMALLINT": (0, 2**16),
    "UINTEGER": (0, 2**32), "UBIGINT": (0, 2**64), "UHUGEINT": (0, 2**128),
}  # fmt: skip
_INTEGER_NAMES = {"SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint"}
_INTEGER_TEXT = re.compile(r"\s*[+-]?\d+\s*")
_EXAMPLES: dict[str, object] = {
    "BOOLEAN": True, "VARCHAR": "", "DECIMAL": Decimal(1), "DATE": "2000-01-01", "TIME": "00:00:00",
    "TIME WITH TIME ZONE": "00:00:00+00", "TIMESTAMP": "2000-01-01",
    "TIMESTAMP WITH TIME ZONE": "2000-01-01 00:00:00+00",
    "INTERVAL": "1 day", "UUID": "00000000-0000-0000-0000-000000000000", "JSON": "null", "BLOB": b"", "BIT": "0",
    "FLOAT": 1.0, "DOUBLE": 1.0,
}  # fmt: skip


def bound_values(
    names: Sequence[str],
    parameters: Sequence[BoundParameter],
    bind: Bind,
    known: dict[tuple[str | None, ...], dict[str, str]] | None = None,
) -> tuple[Values, dict[str, str]]:
    """Values by parameter name, and the type each was given (DuckDB's spelling).

    ``known`` holds the types found for this statement by those declared, and takes what does not hang on the values.
    Raises 08P01 where a parameter has no value, 22P02/22003 for text that its type cannot read, what the binder raises.
    """
    given = _by_name(names, parameters)
    declared = {name: _declared(parameter.oid) for name, parameter in given.items()}
    key = tuple(declared.values())
    kinds = None if known is None else known.get(key)
    if kinds is None:
        tried: list[str] = []
        texts = {name: parameter.value for name, parameter in given.items()}
        kinds = resolve_types(names, declared, bind, texts, tried)
        if known is not None and all(kinds[name] == CANDIDATES[0] for name in tried):
            known[key] = kinds
    values: Values = {name: _value(parameter.value, kinds[name]) for name, parameter in given.items()}
    return values, kinds


def resolve_types(
    names: Sequence[str],
    declared: Mapping[str, str | None],
    bind: Bind,
    texts: Mapping[str, object] | None = None,
    tried: list[str] | None = None,
) -> dict[str, str]:
    """The type of every parameter. With ``texts`` a candidate must also be able to read the text at hand.

    ``tried`` gets the names for which the binder had no answer of its own.
    """
    kinds = {name: kind for name in names if (kind := declared.get(name)) is not None}
    if len(kinds) == len(names):
        return kinds
    signature = bind(None)
    open_names = []
    for name in names:
        if name in kinds:
            continue
        kind = signature.parameters.get(name, "UNKNOWN")
        if kind in ("UNKNOWN", '"NULL"'):
            open_names.append(name)
        else:
            kinds[name] = "DECIMAL" if kind.startswith("DECIMAL") else kind
    if tried is not None:
        tried += open_names
    if open_names:
        kinds.update(_tried(open_names, {name: example(kind) for name, kind in kinds.items()}, bind, texts or {}))
    return kinds


@lru_cache(maxsize=1024)
def _type(kind: str) -> DuckDBPyType:
    return DuckDBPyType(kind)


def typed(value: object, kind: str) -> duckdb.Value:
    """A value that binds as ``kind`` (DuckDB's spelling)."""
    return duckdb.Value(value, _type(kind))


def example(kind: str) -> object:
    """Some value of the type, for binding alone."""
    if kind.endswith("]"):
        return typed([], kind)
    if kind in _INTEGERS:
        return typed(1, kind)
    value = _EXAMPLES.get(kind, "")
    return value if kind in ("VARCHAR", "DECIMAL") or kind not in _EXAMPLES else typed(value, kind)


def _tried(open_names: list[str], known: Values, bind: Bind, texts: Mapping[str, object]) -> dict[str, str]:
    """Each open parameter's first candidate that binds while the other open ones stand as NULL."""
    others: Values = {**known, **dict.fromkeys(open_names)}
    kinds: dict[str, str] = {}

    def binds(trial: list[str], kind: str) -> bool:
        try:
            bind({**others, **{name: example(kind) for name in trial}})
        except ServerError:
            return False
        return True

    def fitting(trial: list[str], kind: str) -> list[str]:
        # Halving: a thousand parameters that all take text cost one bind, one odd one among them some twenty.
        if not trial or binds(trial, kind):
            return trial
        if len(trial) == 1:
            return []
        half = len(trial) // 2
        return fitting(trial[:half], kind) + fitting(trial[half:], kind)

    pending = open_names
    for kind in CANDIDATES:
        fits = fitting([name for name in pending if _reads(texts.get(name), kind)], kind)
        kinds.update(dict.fromkeys(fits, kind))
        pending = [name for name in pending if name not in kinds]
        if not pending:
            break
    return {**kinds, **dict.fromkeys(pending, "VARCHAR")}


def _reads(text: object, kind: str) -> bool:
    if not isinstance(text, str) or kind == "VARCHAR":
        return True
    try:
        _value(text, kind)
    except (ServerError, duckdb.Error):
        return False
    return True


def _by_name(names: Sequence[str], parameters: Sequence[BoundParameter]) -> dict[str, BoundParameter]:
    needed = max((int(name) for name in names if name.isdigit()), default=0)
    if len(parameters) < needed or any(not name.isdigit() for name in names):
        raise ProtocolViolation(
            f"bind message supplies {len(parameters)} parameters, but the statement requires {needed}"
        )
    return {name: parameters[int(name) - 1] for name in names}


def _declared(oid: int) -> str | None:
    return duckdb_type(oid) if oid else None


def _value(value: object, kind: str) -> object:
    if value is None:
        return None
    if kind == "DECIMAL":
        return _numeric(value)
    if not isinstance(value, str):
        return value if kind not in _INTEGERS and not kind.endswith("]") else typed(value, kind)
    if kind in _INTEGERS:
        return typed(_integer(value, kind), kind)
    if kind == "BOOLEAN":
        return parse_boolean(value)
    if kind == "BLOB":
        return _bytes(value)
    if kind.endswith("]") and value.lstrip().startswith("{"):
        return typed(parse_array_text(value), kind)
    if kind == "VARCHAR" or kind.startswith(("ENUM(", "STRUCT(", "MAP(", "UNION(")):
        return value
    return typed(value, kind)


def _integer(text: str, kind: str) -> int:
    low, high = _INTEGERS[kind]
    name = _INTEGER_NAMES.get(kind, "numeric")
    if _INTEGER_TEXT.fullmatch(text) is None:
        raise InvalidTextRepresentation(f'invalid input syntax for type {name}: "{text}"')
    number = int(text)
    if not low <= number < high:
        raise ServerError(f'value "{text}" is out of range for type {name}', sqlstate="22003")
    return number


def _numeric(value: object) -> object:
    """A Decimal keeps every digit; what is no finite number, or longer than DuckDB's 38 digits, goes as a float."""
    try:
        number = Decimal(value.strip() if isinstance(value, str) else str(value))
    except InvalidOperation:
        raise InvalidTextRepresentation(f'invalid input syntax for type numeric: "{value}"') from None
    digits = number.as_tuple()
    exponent = digits.exponent
    if not isinstance(exponent, int) or max(len(digits.digits) + max(exponent, 0), -exponent) > 38:
        return float(number)
    return Decimal(format(number, "f"))


def _bytes(text: str) -> bytes:
    """bytea's hex form, else its escape form (``\\\\`` and ``\\nnn``)."""
    if text.startswith("\\x"):
        try:
            return bytes.fromhex(text[2:])
        except ValueError:
            raise InvalidTextRepresentation("invalid hexadecimal data for type bytea") from None
    return re.sub(
        rb"\\(\\|[0-3][0-7]{2})", lambda found: b"\\" if found[1] == b"\\" else bytes([int(found[1], 8)]), text.encode()
    )
