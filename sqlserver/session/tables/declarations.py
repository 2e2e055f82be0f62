"""What CREATE TABLE and ALTER TABLE declare beside what DuckDB keeps: found fit, and written down.

Names are resolved against the tables that are there: a reference without columns means the primary key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from sqlserver.config.setting_checks import name_list
from sqlserver.core.declared import Declared, Reference, TableName
from sqlserver.core.errors import ServerError, UndefinedColumn, UndefinedTable
from sqlserver.engines.declared_constraints import insertion, removal
from sqlserver.engines.engine import EngineResult
from sqlserver.session.state import SessionState
from sqlserver.sql.quote import quote_text


async def declare(state: SessionState, declared: Sequence[Declared]) -> None:
    """Of a table that has just been made. Raises 42P01, 42703, 42830 for a reference that cannot be."""
    if not declared:
        return
    table = await located(state, declared[0].table)
    if table is None or any(one.table == table for one in await state.engine.declared()):
        return  # IF NOT EXISTS, and it did
    found = [await resolved(state, replace(one, table=table)) for one in declared]
    await state.engine.declare([removal(table), insertion(found)])


async def resolved(state: SessionState, one: Declared) -> Declared:
    """A foreign key with the whole name of the table and the columns it refers to."""
    reference = one.reference
    if reference is None:
        return one
    table = await located(state, reference.table)
    if table is None:
        raise UndefinedTable(f'relation "{".".join(filter(None, reference.table))}" does not exist')
    own = await columns_of(state, one.table)
    for column in one.columns:
        if column not in own:
            raise UndefinedColumn(f'column "{column}" referenced in foreign key constraint does not exist')
    return replace(one, reference=await _with_columns(state, replace(reference, table=table), len(one.columns)))


async def _with_columns(state: SessionState, reference: Reference, count: int) -> Reference:
    name = reference.table[1]
    keys = await _unique_keys(state, reference.table)
    columns = reference.columns or next((key for key, primary in keys if primary), ())
    if not columns:
        raise ServerError(f'there is no primary key for referenced table "{name}"', sqlstate="42830")
    there = await columns_of(state, reference.table)
    for column in columns:
        if column not in there:
            raise UndefinedColumn(f'column "{column}" referenced in foreign key constraint does not exist')
    if len(columns) != count:
        raise ServerError(
            "number of referencing and referenced columns for foreign key disagree", sqlstate="42830"
        )  # fmt: skip
    if not any(sorted(key) == sorted(columns) for key, _ in keys):
        raise ServerError(
            f'there is no unique constraint matching given keys for referenced table "{name}"', sqlstate="42830"
        )
    return replace(reference, columns=columns)


async def _unique_keys(state: SessionState, table: TableName) -> list[tuple[tuple[str, ...], bool]]:
    """Columns of each unique key, and whether it is the primary one."""
    found = await rows(
        state,
        "SELECT constraint_column_names, constraint_type = 'PRIMARY KEY' FROM system.main.duckdb_constraints() "
        f"WHERE {_is(table)} AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')",
    )
    keys = [(tuple(map(str, columns)), bool(primary)) for columns, primary in found]  # type: ignore[call-overload]
    indexes = await rows(
        state, f"SELECT expressions FROM system.main.duckdb_indexes() WHERE {_is(table)} AND is_unique"
    )
    return keys + [
        (tuple(part.strip(" '\"") for part in str(expressions).strip("[]").split(",")), False)
        for (expressions,) in indexes
    ]


async def primary_key(state: SessionState, table: TableName) -> tuple[str, ...]:
    """() where there is none."""
    return next((columns for columns, primary in await _unique_keys(state, table) if primary), ())


async def columns_of(state: SessionState, table: TableName) -> list[str]:
    found = await rows(
        state, f"SELECT column_name FROM system.main.duckdb_columns() WHERE {_is(table)} ORDER BY column_index"
    )
    return [str(row[0]) for row in found]


async def located(state: SessionState, name: Sequence[str]) -> TableName | None:
    """The table that a name means: with a schema, or along the search path. None where there is none, and where a
    temporary table hides it."""
    qualified = len(name) > 1 and bool(name[-2])
    schemas = [name[-2]] if qualified else [*_path(state), "public", "main"]
    listed = ", ".join(map(quote_text, schemas))
    databases = "database_name = current_database()" + ("" if qualified else " OR database_name = 'temp'")
    found = await rows(
        state,
        f"SELECT schema_name, table_name, temporary FROM system.main.duckdb_tables() WHERE ({databases}) "
        f"AND lower(table_name) = lower({quote_text(name[-1])}) AND schema_name IN ({listed}) "
        f"ORDER BY temporary DESC, list_position([{listed}], schema_name) LIMIT 1",
    )
    return (str(found[0][0]), str(found[0][1])) if found and not found[0][2] else None


def _path(state: SessionState) -> list[str]:
    return [one for one in name_list(state.settings.get("search_path")) if one and not one.startswith(("$", "pg_"))]


def _is(table: TableName) -> str:
    return (
        f"database_name = current_database() AND schema_name = {quote_text(table[0])} AND table_name = "
        f"{quote_text(table[1])}"
    )


async def rows(state: SessionState, sql: str) -> list[tuple[object, ...]]:
    """A small result, whole."""
    return await values_of(await state.engine.execute(sql))


async def values_of(result: EngineResult) -> list[tuple[object, ...]]:
    batches: list[pa.RecordBatch] = []
    while result.rows is not None and (batch := await result.rows.take()) is not None:
        batches.append(batch)
    return [tuple(column[at].as_py() for column in one.columns) for one in batches for at in range(one.num_rows)]
