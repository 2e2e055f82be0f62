"""The constraints of a database's tables: what DuckDB tells of its own, under the names that were declared, and the
foreign keys that the server keeps."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from sqlserver.catalog.objects import ConstraintObject
from sqlserver.catalog.quoting import qualified, quote_identifier
from sqlserver.core.declared import ACTIONS, Declared, Reference, TableName, default_name
from sqlserver.core.declared_type import type_in_check
from sqlserver.engines.declared_constraints import read_declared

_KINDS = {"PRIMARY KEY": "p", "UNIQUE": "u", "FOREIGN KEY": "f", "CHECK": "c"}
_REFERENCE = re.compile(r'REFERENCES\s+("(?:[^"]|"")*"|\w+)\.')
_OUTER_BRACKETS = re.compile(r"\A\((.*)\)\Z", re.DOTALL)

Row = Mapping[str, Any]


def constraints_of(
    rows: Iterable[tuple[TableName, Row]], declared: Sequence[Declared], tables: Collection[TableName]
) -> tuple[ConstraintObject, ...]:
    """``rows`` are those of ``duckdb_constraints()`` with their tables."""
    by_table: dict[TableName, list[ConstraintObject]] = {}
    for table, row in rows:
        if table in tables and (one := _own(table, row)) is not None:
            by_table.setdefault(table, []).append(one)
    kept: dict[TableName, list[Declared]] = {}
    for each in declared:
        if each.table in tables:
            kept.setdefault(each.table, []).append(each)
    found: list[ConstraintObject] = []
    for table in dict.fromkeys([*by_table, *kept]):
        found += _named(by_table.get(table, []), kept.get(table, []))
    return tuple(found)


def read_constraints(connection: duckdb.DuckDBPyConnection, table: Sequence[str]) -> tuple[ConstraintObject, ...]:
    """Of one table, whose schema may be left out, with its unique indexes."""
    schema = "AND schema_name = ?" if len(table) > 1 else ""
    names = [table[-1], *table[-2:-1]]

    def found(function: str) -> list[dict[str, Any]]:
        result = connection.execute(
            f"SELECT * FROM system.main.{function}() WHERE database_name = current_database() AND table_name = ? "
            f"{schema}",
            names,
        )
        columns = [one[0] for one in result.description or []]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    rows = [((row["schema_name"], row["table_name"]), row) for row in found("duckdb_constraints")]
    tables = {one for one, _ in rows}
    indexes = [
        ConstraintObject(
            row["schema_name"], row["table_name"], row["index_name"], "u",
            tuple(part.strip(" '\"") for part in row["expressions"].strip("[]").split(",")), "",
        )
        for row in found("duckdb_indexes")
        if row["is_unique"]
    ]  # fmt: skip
    return (*constraints_of(rows, read_declared(connection), tables), *indexes)


def _own(table: TableName, row: Row) -> ConstraintObject | None:
    """A name '' stands for PostgreSQL's default name."""
    kind = _KINDS.get(row["constraint_type"])
    if kind is None:
        return None
    if type_in_check(row["expression"]) is not None:
        return None  # a column's type
    columns = tuple(row["constraint_column_names"])
    listed = ", ".join(map(quote_identifier, columns))
    one = ConstraintObject(*table, "", kind, columns, f"{row['constraint_type']} ({listed})")
    if kind == "c":
        expression = row["expression"]
        definition = f"CHECK ({expression})"
        return replace(one, expression=expression, engine_expression=expression, definition=definition)
    if kind == "f":
        named = _REFERENCE.search(row["constraint_text"])
        schema = one.schema if named is None else named[1].strip('"').replace('""', '"')
        return _referring(one, (schema, row["referenced_table"]), tuple(row["referenced_column_names"]))
    return one


def _named(own: Sequence[ConstraintObject], declared: Sequence[Declared]) -> Iterable[ConstraintObject]:
    """Checks go by their order; keys by their columns."""
    checks = [one for one in declared if one.kind == "c"]
    keys = {(one.kind, one.columns): one.name for one in declared if one.kind in "pu" and one.name}
    taken = {one.name for one in declared if one.name}
    for one in own:
        if one.kind == "c" and checks:
            first = checks.pop(0)
            expression = _OUTER_BRACKETS.sub(r"\1", first.expression) if _is_bracketed(first.expression) else (
                first.expression
            )  # fmt: skip
            yield replace(one, name=first.name, expression=f"({expression})", definition=f"CHECK (({expression}))")
            continue
        name = keys.get((one.kind, one.columns)) or default_name(one.table, one.columns, one.kind, taken)
        yield replace(one, name=name)
    for each in declared:
        if each.reference is not None:
            yield _declared_reference(each, each.reference)


def _is_bracketed(expression: str) -> bool:
    """Whether one pair of brackets holds it all."""
    depth = 0
    for at, char in enumerate(expression):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return at == len(expression) - 1 and expression.startswith("(")
    return False


def _declared_reference(each: Declared, reference: Reference) -> ConstraintObject:
    one = ConstraintObject(
        *each.table, each.name, "f", each.columns, f"FOREIGN KEY ({', '.join(map(quote_identifier, each.columns))})",
        on_update=reference.on_update, on_delete=reference.on_delete, deferrable=reference.deferrable,
        deferred=reference.deferred,
    )  # fmt: skip
    return _referring(one, reference.table, reference.columns)


def _referring(one: ConstraintObject, referenced: TableName, columns: tuple[str, ...]) -> ConstraintObject:
    # PostgreSQL names the schema where the search path lacks it; reflection takes a named one for another schema.
    target = quote_identifier(referenced[1]) if referenced[0] == "public" else qualified(*referenced)
    definition = f"{one.definition} REFERENCES {target}({', '.join(map(quote_identifier, columns))})"
    for word, letter in (("UPDATE", one.on_update), ("DELETE", one.on_delete)):
        if letter != "a":
            definition += f" ON {word} {ACTIONS[letter]}"
    if one.deferrable:
        definition += " DEFERRABLE" + (" INITIALLY DEFERRED" if one.deferred else "")
    return replace(one, definition=definition, referenced=referenced, referenced_columns=columns)
