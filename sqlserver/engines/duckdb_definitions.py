"""The functions, macros and views of one database, as the access check needs them.

All are read again when the database's definitions have changed (25 ms). Temporary ones are left out: they are one
session's own. The metadata functions are called by their full names: a user's macro of the same name must not answer
for them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from sqlserver.engines.duckdb_tokens import tokens

_MACROS = ("macro", "table_macro")
_REMEMBERED = 8
"""Versions: transactions that began earlier see older ones."""


@dataclass(frozen=True, slots=True)
class Builtin:
    """``in_from`` and ``in_expressions``: where it can be called. ``volatile``: a call may do something."""

    in_from: bool
    in_expressions: bool
    volatile: bool


@dataclass(frozen=True, slots=True)
class View:
    """``query`` is the SELECT of its definition."""

    schema: str
    query: str
    internal: bool
    temporary: bool


@dataclass(frozen=True, slots=True)
class Defined:
    """What is defined at one time, by lower-case name, in any schema. A macro is its bodies, each as a query."""

    builtins: Mapping[str, Builtin]
    macros: Mapping[str, tuple[str, ...]]
    views: Mapping[str, tuple[View, ...]]


class Definitions:
    """Used on worker threads.

    ``version`` counts the changes of definitions, as it was when the asking transaction began: another transaction of
    the same version sees the same definitions.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._known: dict[int, Defined] = {}

    def at(self, connection: duckdb.DuckDBPyConnection, version: int, *, own: bool) -> Defined:
        """``own``: the transaction has changed definitions, which are for nobody else."""
        with self._turn:
            known = self._known.get(version)
            if known is None:
                known = Defined(*_functions(connection), _views(connection))
                if not own:
                    if len(self._known) >= _REMEMBERED:
                        self._known.pop(next(iter(self._known)))
                    self._known[version] = known
            return known

    @staticmethod
    def views(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[View, ...]:
        """All views of this name, in any schema."""
        rows = connection.execute(
            "SELECT schema_name, sql, internal, temporary FROM system.main.duckdb_views() "
            "WHERE lower(view_name) = lower(?)",
            [name],
        ).fetchall()
        return tuple(
            View(schema, _defining_query(sql), internal, temporary) for schema, sql, internal, temporary in rows
        )


def _functions(
    connection: duckdb.DuckDBPyConnection,
) -> tuple[Mapping[str, Builtin], Mapping[str, tuple[str, ...]]]:
    rows = connection.execute(
        "SELECT lower(function_name), function_type, macro_definition, "
        "coalesce(has_side_effects, false) OR stability = 'VOLATILE', database_name "
        "FROM system.main.duckdb_functions() WHERE function_type <> 'pragma' AND database_name <> 'temp'"
    ).fetchall()
    builtins: dict[str, Builtin] = {}
    macros: dict[str, tuple[str, ...]] = {}
    for name, kind, body, volatile, database in rows:
        if database == "system":
            in_from, before = kind in ("table", "table_macro"), builtins.get(name, Builtin(False, False, False))
            builtins[name] = Builtin(
                before.in_from or in_from, before.in_expressions or not in_from, before.volatile or bool(volatile)
            )
        elif kind in _MACROS:
            query = body if kind == "table_macro" else f"SELECT {body}"
            macros[name] = (*macros.get(name, ()), query)
    return builtins, macros


def _views(connection: duckdb.DuckDBPyConnection) -> Mapping[str, tuple[View, ...]]:
    rows = connection.execute(
        "SELECT lower(view_name), schema_name, sql, internal FROM system.main.duckdb_views() "
        "WHERE database_name <> 'temp'"
    ).fetchall()
    views: dict[str, tuple[View, ...]] = {}
    for name, schema, sql, internal in rows:
        views[name] = (*views.get(name, ()), View(schema, "" if internal else _defining_query(sql), internal, False))
    return views


def _defining_query(sql: str) -> str:
    """``CREATE VIEW v (a) AS SELECT …;`` → ``SELECT …``; empty, which no check lets through, where it is not so."""
    depth = 0
    for offset, token in tokens(sql):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0 and token.upper() == "AS":
            return sql[offset + 2 :].strip().rstrip(";")
    return ""
