"""SHOW TABLES [{FROM | IN} schema] [LIKE 'pattern']: DuckDB's tables and the log relations, one column ``name``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from sqlserver.catalog.semantic_operators import ALL_RELATIONS
from sqlserver.commands.command import Command, CommandContext, Words, readers, with_rows
from sqlserver.commands.statement_reader import StatementReader
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.pgtypes import TEXT
from sqlserver.core.result import Column, CommandTag, Result

_COLUMNS = (Column("name", TEXT),)
_USER_SCHEMA = "public"
_HINT = "SHOW TABLES [FROM schema] [LIKE 'pattern']"


@dataclass(frozen=True, slots=True)
class ShowTablesRequest:
    """``schema`` None: everything that a bare name finds."""

    schema: str | None
    pattern: str | None
    ignore_case: bool


def matches(words: Words) -> bool:
    return words[:2] == ("SHOW", "TABLES")


def parse(sql: str, parameters: Sequence[BoundParameter] | None = None) -> ShowTablesRequest:
    reader = StatementReader(sql, parameters)
    reader.expect("SHOW")
    reader.expect("TABLES")
    schema = reader.name("a schema") if reader.take("FROM") or reader.take("IN") else None
    ignore_case = reader.take("ILIKE")
    pattern = reader.string("the pattern") if ignore_case or reader.take("LIKE") else None
    reader.end(_HINT)
    return ShowTablesRequest(schema, pattern, ignore_case)


def columns(request: ShowTablesRequest) -> tuple[Column, ...] | None:
    return _COLUMNS


async def run(request: ShowTablesRequest, context: CommandContext) -> Result:
    schema = request.schema or _USER_SCHEMA
    relations = ", ".join(f"('{name}')" for name in ALL_RELATIONS) if schema == _USER_SCHEMA else ""
    tables = (
        "SELECT table_name AS name FROM system.main.duckdb_tables()"
        " WHERE database_name = current_database() AND schema_name = $1 AND NOT internal"
        " UNION SELECT view_name FROM system.main.duckdb_views()"
        " WHERE database_name = current_database() AND schema_name = $1 AND NOT internal"
    )
    listed = f"{tables} UNION SELECT name FROM (VALUES {relations}) AS log_relations (name)" if relations else tables
    sql = f"SELECT name FROM ({listed}) AS relations"
    bound = [BoundParameter(schema)]
    if request.pattern is not None:
        sql += f" WHERE name {'ILIKE' if request.ignore_case else 'LIKE'} $2"
        bound.append(BoundParameter(request.pattern))
    rows = await context.select(f"{sql} ORDER BY name", bound)
    return with_rows(CommandTag("SHOW"), _COLUMNS, pa.table([rows.column(0).cast(pa.string())], names=["name"]))


COMMAND = Command("SHOW TABLES", matches, parse, run, columns, needs=readers)
