"""Where a database keeps what its tables were declared with and DuckDB does not hold: ``__server.constraints``.

The rows change in the transaction of the statement that declares. Rows whose table is gone mean nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from sqlserver.core.declared import Declared, Reference, TableName

SCHEMA = "__server"
TABLE = f"{SCHEMA}.constraints"
"""In a schema that the catalog does not show."""
_COLUMNS = (
    "table_schema", "table_name", "name", "kind", "columns", "expression", "referenced_schema", "referenced_table",
    "referenced_columns", "on_update", "on_delete", "is_deferrable", "is_deferred",
)  # fmt: skip
_TYPES = {"columns": "VARCHAR[]", "referenced_columns": "VARCHAR[]", "is_deferrable": "BOOLEAN",
          "is_deferred": "BOOLEAN"}  # fmt: skip

_LISTED = ", ".join(f"{one} {_TYPES.get(one, 'VARCHAR')}" for one in _COLUMNS)

CREATE = f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}; CREATE TABLE IF NOT EXISTS {TABLE} ({_LISTED})"


class KnownDeclarations:
    """What is committed, as of one count of the catalog's changes. Shared by a database's sessions."""

    def __init__(self) -> None:
        self._at = -1
        self._found: tuple[Declared, ...] = ()

    def at(self, changes: int) -> tuple[Declared, ...] | None:
        return self._found if changes == self._at else None

    def keep(self, changes: int, found: tuple[Declared, ...]) -> None:
        self._at, self._found = changes, found


def read_declared(connection: duckdb.DuckDBPyConnection) -> tuple[Declared, ...]:
    """In the order in which they were declared. As the connection's transaction sees them."""
    rows = connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM {TABLE} ORDER BY rowid").fetchall()
    return tuple(_declared(*row) for row in rows)


def _declared(  # noqa: PLR0917 - the table's columns in their order
    schema: str, table: str, name: str, kind: str, columns: Sequence[str], expression: str, referenced_schema: str,
    referenced_table: str, referenced_columns: Sequence[str], on_update: str, on_delete: str, deferrable: bool,
    deferred: bool,
) -> Declared:  # fmt: skip
    reference = None
    if kind == "f":
        target = (referenced_schema, referenced_table)
        reference = Reference(target, tuple(referenced_columns), on_update, on_delete, deferrable, deferred)
    return Declared((schema, table), name, kind, tuple(columns), expression, reference)


def insertion(declared: Sequence[Declared]) -> str:
    """One statement that keeps them all."""
    return f"INSERT INTO {TABLE} VALUES {', '.join(map(_values, declared))}"


def removal(table: TableName, name: str | None = None) -> str:
    """Of everything about a table, or of one constraint."""
    which = f" AND name = {literal(name)}" if name is not None else ""
    return f"DELETE FROM {TABLE} WHERE table_schema = {literal(table[0])} AND table_name = {literal(table[1])}{which}"


def _values(one: Declared) -> str:
    reference = one.reference or Reference(("", ""))
    values = (
        *map(literal, (*one.table, one.name, one.kind)), _list(one.columns), literal(one.expression),
        *map(literal, reference.table), _list(reference.columns), literal(reference.on_update),
        literal(reference.on_delete), str(reference.deferrable), str(reference.deferred),
    )  # fmt: skip
    return f"({', '.join(values)})"


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(map(literal, names))}]::VARCHAR[]"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
