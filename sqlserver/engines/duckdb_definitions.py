"""The functions, macros and views of one database, as the access check needs them.

Built-in functions are read once; macros again when the database's definitions have changed. The metadata functions are
called by their full names: a user's macro of the same name must not answer for them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from sqlserver.engines.duckdb_tokens import tokens

_MACROS = ("macro", "table_macro")


@dataclass(frozen=True, slots=True)
class Builtin:
    volatile: bool


@dataclass(frozen=True, slots=True)
class View:
    """``query`` is the SELECT of its definition."""

    schema: str
    query: str
    internal: bool
    temporary: bool


class Definitions:
    """Used on worker threads.

    ``version`` counts the changes of definitions, as it was when the asking transaction began: another transaction of
    the same version sees the same definitions.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._builtins: Mapping[str, Builtin] = {}
        self._macros: Mapping[str, tuple[str, ...]] = {}
        self._macros_of: int | None = None

    def functions(
        self, connection: duckdb.DuckDBPyConnection, version: int, name: str
    ) -> tuple[Builtin | None, tuple[str, ...]]:
        """The built-in function of this name, and the bodies of all macros that users gave it, in any schema, each as a
        query."""
        with self._turn:
            if self._macros_of != version:
                self._read(connection, version)
            return self._builtins.get(name), self._macros.get(name, ())

    def _read(self, connection: duckdb.DuckDBPyConnection, version: int) -> None:
        rows = connection.execute(
            "SELECT lower(function_name), function_type, macro_definition, "
            "coalesce(has_side_effects, false) OR stability = 'VOLATILE', database_name = 'system' "
            "FROM system.main.duckdb_functions()"
        ).fetchall()
        builtins: dict[str, Builtin] = {}
        macros: dict[str, tuple[str, ...]] = {}
        for name, kind, body, volatile, of_system in rows:
            if of_system:
                earlier = builtins.get(name)
                builtins[name] = Builtin(bool(volatile) or (earlier is not None and earlier.volatile))
            elif kind in _MACROS:
                query = body if kind == "table_macro" else f"SELECT {body}"
                macros[name] = (*macros.get(name, ()), query)
        self._builtins, self._macros, self._macros_of = builtins, macros, version

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


def _defining_query(sql: str) -> str:
    """``CREATE VIEW v (a) AS SELECT …;`` → ``SELECT …``; empty, which no check lets through, where it is not so."""
    depth = 0
    for offset, token in tokens(sql):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0 and token.upper() == "AS":
            return sql[offset + 2 :].strip().rstrip(";")
    return ""
