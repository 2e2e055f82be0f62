"""The objects of one DuckDB database, read from DuckDB's own metadata functions, in PostgreSQL's terms.

Assumes a connection that sees them: its transaction's own changes and its temporary objects are included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import duckdb

from sqlserver.catalog.objects import (
    ColumnObject,
    DatabaseObjects,
    EnumObject,
    FunctionObject,
    IndexObject,
    RelationObject,
    SequenceObject,
)
from sqlserver.core.declared_type import told_type
from sqlserver.engines.declared_constraints import read_declared
from sqlserver.engines.duckdb_constraints import constraints_of
from sqlserver.engines.user_types import TEMPORARY_SCHEMA, UserTypes, read_user_types

_PRIVATE = ("__",)
_VIEW_HEAD = re.compile(r"\bAS\b\s*", re.IGNORECASE)

Row = Mapping[str, Any]


def read_objects(connection: duckdb.DuckDBPyConnection) -> DatabaseObjects:
    """About 10 ms for a hundred tables."""
    database = connection.execute("SELECT current_database()").fetchall()[0][0]

    def rows(function: str, more: str = "") -> list[dict[str, Any]]:
        result = connection.execute(
            f"SELECT * FROM system.main.{function}() WHERE (database_name = ? OR database_name = 'temp') {more}",
            [database],
        )
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    enums = tuple(
        EnumObject(_schema(row), row["type_name"], tuple(row["labels"]), row["comment"])
        for row in rows("duckdb_types", "AND NOT internal AND logical_type = 'ENUM'")
    )
    tables = [row for row in rows("duckdb_tables", "AND NOT internal") if not _is_private(row, "table_name")]
    views = [row for row in rows("duckdb_views", "AND NOT internal") if not _is_private(row, "view_name")]
    declared = read_declared(connection)
    numbered = {(*one.table, one.columns[0]): "a" if one.kind == "i" else "d" for one in declared if one.kind in "id"}
    types = read_user_types(connection)
    columns = _columns(rows("duckdb_columns", "AND NOT internal"), types, numbered)
    relations = [
        RelationObject(
            _schema(row), row["table_name"], "r", columns.get((_schema(row), row["table_name"]), ()), row["comment"],
            row["temporary"], row["estimated_size"] or 0,
        )
        for row in tables
    ]  # fmt: skip
    relations += [
        RelationObject(
            _schema(row), row["view_name"], "v", columns.get((_schema(row), row["view_name"]), ()), row["comment"],
            row["temporary"], definition=_view_query(row["sql"]),
        )
        for row in views
    ]  # fmt: skip
    kept = {(one.schema, one.name) for one in relations}
    constraints = constraints_of(
        [((_schema(row), row["table_name"]), row) for row in rows("duckdb_constraints")], declared, kept
    )
    indexes = [_index(row, columns) for row in rows("duckdb_indexes")]
    indexes += [
        IndexObject(one.schema, one.table, one.name, one.columns, (), unique=True, primary=one.kind == "p")
        for one in constraints
        if one.kind in "pu"
    ]
    sequences = tuple(_sequence(row) for row in rows("duckdb_sequences"))
    macros = tuple(
        _macro(row) for row in rows("duckdb_functions", "AND NOT internal AND function_type LIKE '%macro'")
        if not row["function_name"].startswith(_PRIVATE)
    )  # fmt: skip
    used = {one.schema for one in relations}
    schemas = {
        row["schema_name"]: row["comment"]
        for row in rows("duckdb_schemas")
        if row["database_name"] != "temp"
        and not row["schema_name"].startswith(_PRIVATE)
        and (row["schema_name"] != "main" or "main" in used)
    }
    if TEMPORARY_SCHEMA in used:
        schemas[TEMPORARY_SCHEMA] = None
    macros = tuple(one for one in macros if one.schema in schemas)
    return DatabaseObjects(
        database, schemas, tuple(relations), constraints, tuple(indexes), sequences, enums, macros, (database,)
    )


def _is_private(row: Row, name: str) -> bool:
    """The server's own: in a schema of its own, or one statement's."""
    return str(row[name]).startswith(_PRIVATE) or str(row["schema_name"]).startswith(_PRIVATE)


def _schema(row: Row) -> str:
    return TEMPORARY_SCHEMA if row["database_name"] == "temp" else str(row["schema_name"])


def _columns(
    rows: list[dict[str, Any]], types: UserTypes, identities: Mapping[tuple[str, str, str], str]
) -> dict[tuple[str, str], tuple[ColumnObject, ...]]:
    found: dict[tuple[str, str], list[ColumnObject]] = {}
    for row in sorted(rows, key=lambda row: row["column_index"]):
        declared = types.column(_schema(row), row["table_name"], row["column_name"])
        type_, typmod = types.told(row["data_type"]) if declared is None else told_type(declared)
        found.setdefault((_schema(row), row["table_name"]), []).append(
            ColumnObject(
                row["column_name"], type_, typmod, not row["is_nullable"], row["column_default"],
                bool(row.get("is_generated")), row["comment"],
                identities.get((_schema(row), row["table_name"], row["column_name"]), ""),
            )
        )  # fmt: skip
    return {name: tuple(columns) for name, columns in found.items()}


def _view_query(sql: str) -> str:
    found = _VIEW_HEAD.search(sql)
    return sql if found is None else " " + sql[found.end() :]


def _index(row: Row, columns: Mapping[tuple[str, str], tuple[ColumnObject, ...]]) -> IndexObject:
    schema, table = _schema(row), row["table_name"]
    names = {column.name for column in columns.get((schema, table), ())}
    keys: list[str | None] = []
    expressions = []
    for item in _items(row["expressions"]):
        name = item.strip('"').replace('""', '"')
        if name in names:
            keys.append(name)
        else:
            keys.append(None)
            expressions.append(_unwrapped(item))
    return IndexObject(
        schema, table, row["index_name"], tuple(keys), tuple(expressions), row["is_unique"], row["is_primary"],
        row["comment"],
    )  # fmt: skip


def _items(text: str) -> list[str]:
    """``[born, '(lower("name"))']`` at its top-level commas, DuckDB's quotes taken off."""
    items, depth, quoted, start = [], 0, False, 1
    for at in range(1, len(text) - 1):
        char = text[at]
        quoted ^= char == "'"
        depth += (char == "(") - (char == ")")
        if char == "," and not depth and not quoted:
            items.append(text[start:at])
            start = at + 1
    items.append(text[start:-1])
    return [item.strip().removeprefix("'").removesuffix("'").replace("''", "'") for item in items if item.strip()]


def _unwrapped(expression: str) -> str:
    return expression[1:-1] if expression.startswith("(") and expression.endswith(")") else expression


def _sequence(row: Row) -> SequenceObject:
    return SequenceObject(
        _schema(row), row["sequence_name"], row["start_value"], row["min_value"], row["max_value"],
        row["increment_by"], row["cycle"], row["last_value"], row["comment"], row["temporary"],
    )  # fmt: skip


def _macro(row: Row) -> FunctionObject:
    arguments = tuple((name, None) for name in row["parameters"])
    return FunctionObject(
        _schema(row), row["function_name"], arguments, None, returns_set=row["function_type"] == "table_macro",
        body=f"SELECT {row['macro_definition']}" if row["function_type"] == "macro" else row["macro_definition"],
        comment=row["comment"],
    )  # fmt: skip
