"""Bind values into values that DuckDB binds as PostgreSQL would have.

A declared type is kept. Text of no declared type is PostgreSQL's unknown literal: it takes the type that its place asks
for. DuckDB's binder tells that type for most places (``duckdb_places``); where it leaves it open (``$1 + 1``) the types
of CANDIDATES are tried on the binder, text first, so that '00123' compared with text stays text. Nothing here runs a
statement.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

import duckdb
from duckdb.sqltypes import DuckDBPyType

from sqlserver.core.calendar_input import Relative
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import ProtocolViolation, ServerError
from sqlserver.engines.duckdb_binding import Signature
from sqlserver.engines.duckdb_places import place_types
from sqlserver.engines.duckdb_types import duckdb_type, enum_labels
from sqlserver.engines.input_text import HAS_OFFSET, INTEGERS, ZONED, read_numeric, read_text, relative_sql

Values = dict[str, object]
Kinds = dict[str, str]
Known = dict[tuple[str | None, ...], Kinds]


class Bind(Protocol):
    """Binds the statement ``sql``, or another ``text`` in its place, with these values. Raises ServerError."""

    @property
    def sql(self) -> str: ...

    def __call__(self, values: Mapping[str, object] | None, text: str | None = None) -> Signature: ...

    def computed(self, expression: str) -> str:
        """The text of an expression that depends on the session's time and time zone alone."""
        ...


CANDIDATES = (
    "VARCHAR", "INTEGER", "BIGINT", "DECIMAL", "DOUBLE", "INTERVAL", "TIMESTAMP", "DATE", "BOOLEAN", "INTEGER[]",
    "VARCHAR[]",
)  # fmt: skip

_EXAMPLES: dict[str, object] = {
    "BOOLEAN": True, "VARCHAR": "", "DECIMAL": Decimal(1), "DATE": "2000-01-01", "TIME": "00:00:00",
    "TIME WITH TIME ZONE": "00:00:00+00", "TIMESTAMP": "2000-01-01",
    "TIMESTAMP WITH TIME ZONE": "2000-01-01 00:00:00+00",
    "INTERVAL": "1 day", "UUID": "00000000-0000-0000-0000-000000000000", "JSON": "null", "BLOB": b"", "BIT": "0",
    "FLOAT": 1.0, "DOUBLE": 1.0,
}  # fmt: skip


def bound_values(
    names: Sequence[str], parameters: Sequence[BoundParameter], bind: Bind, known: Known | None = None
) -> tuple[Values, Kinds]:
    """Values by parameter name, and the type each was given (DuckDB's spelling).

    ``known`` holds the types found for this statement by those declared, and takes what does not hang on the values.
    Raises 08P01 where a parameter has no value, 22P02/22003 for text that its type cannot read, what the binder raises.
    """
    given = _by_name(names, parameters)
    texts = {name: parameter.value for name, parameter in given.items()}
    declared = {name: _declared(parameter.oid) for name, parameter in given.items()}
    doubtful = [name for name, kind in declared.items() if kind == "VARCHAR" and _is_no_plain_text(texts[name])]
    kinds = known_types(names, {**declared, **dict.fromkeys(doubtful)}, bind, texts, known)
    # Where text is no text, PostgreSQL refuses it and DuckDB would read it in a form of its own.
    kinds |= {name: "VARCHAR" for name in doubtful if kinds[name] != "BLOB" and not kinds[name].endswith("]")}
    values: Values = {name: _value(parameter.value, kinds[name], bind) for name, parameter in given.items()}
    return values, kinds


def _is_no_plain_text(value: object) -> bool:
    return isinstance(value, str) and ("\\" in value or not value.isascii() or value.lstrip().startswith("{"))


def known_types(
    names: Sequence[str],
    declared: Mapping[str, str | None],
    bind: Bind,
    texts: Mapping[str, object],
    known: Known | None,
) -> Kinds:
    """``resolve_types``, remembered in ``known`` where the types do not hang on the texts."""
    key = tuple(declared.get(name) for name in names)
    if known is not None and key in known:
        return dict(known[key])
    tried: list[str] = []
    kinds = resolve_types(names, declared, bind, texts, tried)
    if known is not None and all(kinds[name] == CANDIDATES[0] for name in tried):
        known[key] = kinds
    return dict(kinds)


def resolve_types(
    names: Sequence[str],
    declared: Mapping[str, str | None],
    bind: Bind,
    texts: Mapping[str, object] | None = None,
    tried: list[str] | None = None,
) -> Kinds:
    """The type of every parameter. With ``texts`` a candidate must also be able to read the text at hand.

    ``tried`` gets the names for which the binder had no answer of its own.
    """
    kinds = {name: kind for name in names if (kind := declared.get(name)) is not None}
    if len(kinds) == len(names):
        return kinds

    places = place_types(bind.sql, kinds, lambda text: bind(None, None if text == bind.sql else text))
    kinds = places.kinds
    open_names = [name for name in names if name not in kinds]
    if tried is not None:
        tried += open_names
    if open_names:
        examples = {name: example(kind) for name, kind in kinds.items()}
        kinds.update(_tried(open_names, examples, bind, texts or {}, no_text=places.no_text))
    return kinds


@lru_cache(maxsize=1024)
def _type(kind: str) -> DuckDBPyType:
    return DuckDBPyType(kind)


def typed(value: object, kind: str) -> duckdb.Value:
    """A value that binds as ``kind`` (DuckDB's spelling)."""
    return duckdb.Value(value, _type(kind))


def example(kind: str) -> object:
    """Some value of the type, for binding alone."""
    value = _example(kind)
    kept = kind in INTEGERS or kind in _EXAMPLES or kind.endswith("]") or kind.startswith("ENUM(")
    return typed(value, kind) if kept and kind not in ("VARCHAR", "DECIMAL") else value


def _example(kind: str) -> object:
    if kind.endswith("]"):  # an empty array would not keep the type of its elements
        return [_example(kind[: kind.rindex("[")])]
    if kind in INTEGERS:
        return 1
    labels = enum_labels(kind) if kind.startswith("ENUM(") else ()
    return labels[0] if labels else _EXAMPLES.get(kind, "")


def _tried(
    open_names: list[str], known: Values, bind: Bind, texts: Mapping[str, object], no_text: Collection[str]
) -> Kinds:
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
        trial = [name for name in pending if kind != "VARCHAR" or name not in no_text]
        readable = [name for name in trial if _reads(texts.get(name), kind)]
        fits = fitting(readable, kind)
        if fits is not readable and len(fits) > 1 and not binds(fits, kind):
            continue  # each fits beside NULL, not beside one of its own: age($1, $2)
        kinds.update(dict.fromkeys(fits, kind))
        pending = [name for name in pending if name not in kinds]
        if not pending:
            break
    return {**kinds, **dict.fromkeys(pending, "VARCHAR")}


def _reads(text: object, kind: str) -> bool:
    if not isinstance(text, str) or kind == "VARCHAR":
        return True
    try:
        read = read_text(text, kind)
        if not isinstance(read, Relative | Decimal | bool):
            typed(read, kind)
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


def _value(value: object, kind: str, bind: Bind) -> object:
    if value is None:
        return None
    if kind == "DECIMAL":
        return read_numeric(value)
    if not isinstance(value, str):
        # Python has one type of integers and one of floats.
        return typed(value, kind) if kind in INTEGERS or kind == "FLOAT" or kind.endswith("]") else value
    read = read_text(value, kind)
    if isinstance(read, Relative):
        read = bind.computed(f"CAST({relative_sql(read)} AS {kind})")
    elif kind in ZONED and isinstance(read, str) and HAS_OFFSET.search(read) is None:
        read = bind.computed(f"CAST('{read.replace(chr(39), chr(39) * 2)}' AS {kind})")
    plain = kind in ("VARCHAR", "BLOB", "BOOLEAN") or kind.startswith(("ENUM(", "STRUCT(", "MAP(", "UNION("))
    return read if plain else typed(read, kind)
