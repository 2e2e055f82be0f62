"""DuckDB's errors as PostgreSQL says them: SQLSTATE, words, position, hint.

Assumes ``errors_as_json`` is on, so that an error tells its kind, the name it is about and a byte position. The rules
stand in ``duckdb_error_rules``; what no rule knows keeps DuckDB's first line under its kind's general code. No path of
this machine goes out: an absolute path stays only where the client wrote it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

import duckdb

from sqlserver.core.errors import (
    FailedTransaction,
    FeatureNotSupported,
    InsufficientPrivilege,
    InvalidParameterValue,
    InvalidTextRepresentation,
    QueryCanceled,
    SerializationFailure,
    ServerError,
    SyntaxFault,
    UndefinedColumn,
    UndefinedFunction,
    UndefinedObject,
    UndefinedTable,
)
from sqlserver.engines.duckdb_error_rules import KIND_CODES, RULES
from sqlserver.engines.reserved_words import reserved_word_hint

_CLASSES: dict[str, type[ServerError]] = {
    kind.sqlstate: kind
    for kind in (
        SyntaxFault, UndefinedTable, UndefinedColumn, UndefinedFunction, UndefinedObject, InvalidParameterValue,
        InvalidTextRepresentation, FeatureNotSupported, InsufficientPrivilege, FailedTransaction, SerializationFailure,
    )
}  # fmt: skip

_ABSOLUTE_PATH = re.compile(
    r"(?<![\w.])(?:(?:[A-Za-z]:\\|/)[^\s\"':,;()]*[/\\][^\s\"':,;()]*|/[A-Za-z][^\s\"':,;()/]+)"
)
_NEAR = re.compile(r'syntax error at or near "(.*)"', re.DOTALL)
_QUOTED = re.compile(r'^(?:invalid|date/time|value|numeric).*?"(.*)"', re.DOTALL)
_LOCKED = re.compile(r'Cannot change configuration option "*(.+?)"* - the configuration has been locked')
_SIMILAR_ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class EngineFault:
    """DuckDB's error, read. ``position`` in bytes of the statement, from 0."""

    kind: str
    message: str
    position: int | None = None
    facts: dict[str, str] = field(default_factory=dict)


def server_error(error: BaseException, sql: str, *, canceled: bool = False) -> ServerError:
    """The ServerError for an exception out of DuckDB (or out of an Arrow reader over it), positions in ``sql``."""
    fault = read_fault(error)
    if fault.kind == "INTERRUPT" or canceled:
        return QueryCanceled()
    position = _character_position(sql, fault.position)
    if fault.kind == "Invalid Input" and (locked := _LOCKED.search(fault.message)) and not _is_setting(locked[1]):
        return UndefinedObject(f'unrecognized configuration parameter "{locked[1]}"')
    for rule in RULES:
        found = rule.match(fault.kind, fault.message)
        if found is not None:
            code, message, detail, hint = found
            break
    else:
        code, message, detail, hint = KIND_CODES.get(fault.kind, "XX000"), _first_line(fault.message), None, None
    if code == "42601":
        near = _NEAR.search(fault.message)
        hint = hint or (reserved_word_hint(near[1], sql, position) if near is not None else None)
    if position is not None and code.startswith("22"):
        position = _place_of_constant(message, sql) or position
    hint = hint or _did_you_mean(fault)
    return _CLASSES.get(code, ServerError)(
        _without_paths(message, sql),
        detail=None if detail is None else _without_paths(detail, sql),
        hint=None if hint is None else _without_paths(hint, sql),
        position=position,
        sqlstate=code,
    )


def read_fault(error: BaseException) -> EngineFault:
    """Reads ``<Kind> Error: {json}``; a text that is no JSON is its own message."""
    text = str(error)
    brace = text.find("{")
    if brace >= 0:
        try:
            facts = json.loads(text[brace:])
        except ValueError:
            facts = None
        if isinstance(facts, dict) and "exception_message" in facts:
            position = facts.get("position")
            return EngineFault(
                str(facts.get("exception_type", "")),
                str(facts["exception_message"]),
                int(position) if position is not None else None,
                {key: str(value) for key, value in facts.items()},
            )
    head, separator, rest = text.partition(" Error: ")
    if separator:
        return EngineFault(head, rest.partition("\n\nLINE ")[0])
    kind = "" if isinstance(error, duckdb.Error) else type(error).__name__
    return EngineFault(kind, text)


@lru_cache(maxsize=1)
def _settings() -> frozenset[str]:
    with duckdb.connect(":memory:") as connection:
        return frozenset(row[0].lower() for row in connection.execute("SELECT name FROM duckdb_settings()").fetchall())


def _is_setting(name: str) -> bool:
    """A locked DuckDB says the same of a setting it does not have."""
    return name.lower() in _settings()


def _character_position(sql: str, position: int | None) -> int | None:
    if position is None:
        return None
    before = sql.encode()[:position]
    return min(len(before.decode("utf-8", "ignore")) + 1, max(len(sql), 1))


def _place_of_constant(message: str, sql: str) -> int | None:
    """DuckDB names the cast; PostgreSQL names the constant that the type cannot read."""
    quoted = _QUOTED.search(message)
    constant = "'" + quoted[1].replace("'", "''") + "'" if quoted is not None else ""
    return sql.index(constant) + 1 if constant and sql.count(constant) == 1 else None


def _first_line(message: str) -> str:
    line = message.strip().partition("\n")[0].rstrip()
    return line[:1].lower() + line[1:] if line[1:2].islower() else line


def _did_you_mean(fault: EngineFault) -> str | None:
    """DuckDB always names its nearest candidate; only one that looks like the name helps."""
    name = fault.facts.get("name", "")
    best, likeness = "", 0.0
    for candidate in fault.facts.get("candidates", "").split(","):
        bare = candidate.strip().strip('"')
        ratio = SequenceMatcher(None, name.lower(), bare.rpartition(".")[2].lower()).ratio()
        if ratio > likeness:
            best, likeness = bare, ratio
    return f'Did you mean "{best}"?' if name and likeness >= _SIMILAR_ENOUGH else None


def _without_paths(text: str, sql: str) -> str:
    def shown(match: re.Match[str]) -> str:
        path = match[0]
        return path if path in sql else re.split(r"[/\\]", path.rstrip("/\\"))[-1]

    return _ABSOLUTE_PATH.sub(shown, text)
