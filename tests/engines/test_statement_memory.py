"""What is remembered of a statement is forgotten when a name may mean something else."""

from __future__ import annotations

import pytest

from sqlserver.core.client_session import BoundParameter
from sqlserver.engines.duckdb_database import DuckDBDatabase
from sqlserver.engines.duckdb_parser import DuckDBParser
from sqlserver.engines.duckdb_session import DuckDBSession
from sqlserver.engines.statement_memory import CatalogChanges, StatementMemory
from tests.engines.running import rows_of

ALL = "SELECT * FROM remembered"


async def names(session: DuckDBSession) -> list[str]:
    return [column.name for column in (await session.describe(ALL)).columns or ()]


async def test_a_change_in_another_session_is_seen(database: DuckDBDatabase) -> None:
    one, other = database.session(), database.session()
    await one.execute("CREATE OR REPLACE TABLE remembered (a int)")
    assert await names(one) == ["a"]
    await other.begin()
    await other.execute("ALTER TABLE remembered ADD COLUMN b text")
    assert await names(one) == ["a"]
    assert await names(other) == ["a", "b"]
    await other.commit()
    assert await names(one) == ["a", "b"]
    await one.close()
    await other.close()


async def test_a_change_taken_back_is_forgotten(database: DuckDBDatabase) -> None:
    session = database.session()
    await session.execute("CREATE OR REPLACE TABLE remembered (a int)")
    await session.begin()
    await session.execute("ALTER TABLE remembered ADD COLUMN b text")
    assert await names(session) == ["a", "b"]
    await session.rollback()
    assert await names(session) == ["a"]
    await session.close()


@pytest.mark.parametrize(("kind", "value", "shown"), [("int", "7", "7"), ("text", "007", "007")])
async def test_a_parameter_takes_the_type_of_the_column_as_it_is_now(
    database: DuckDBDatabase, kind: str, value: str, shown: str
) -> None:
    session = database.session()
    for now in ("date", kind):  # the first run remembers another type
        await session.execute(f"CREATE OR REPLACE TABLE remembered (a {now})")
        await session.execute(
            "INSERT INTO remembered VALUES ($1)", [BoundParameter("2026-01-01" if now == "date" else value)]
        )
    found = await rows_of(await session.execute("SELECT a::text FROM remembered WHERE a = $1", [BoundParameter(value)]))
    assert [tuple(row) if not isinstance(row, dict) else tuple(row.values()) for row in found] == [(shown,)]
    await session.close()


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        ("SELECT a, 'x' || b FROM t WHERE b IN ('y', 'it''s')", True),
        ('SELECT a, "b" FROM "t" JOIN "u" USING (a)', True),
        ("SELECT * FROM t, 'rows.csv'", False),
        ("SELECT * FROM 'it''s.parquet'", False),
        ('SELECT * FROM t JOIN "rows.json" USING (a)', False),
        ("SELECT * FROM read_csv('x')", False),
    ],
)
def test_a_text_that_may_read_files_is_asked_each_time(sql: str, kept: bool) -> None:
    (statement,) = DuckDBParser().parse(sql)
    assert (StatementMemory(CatalogChanges()).of(statement) is not None) == kept


async def test_what_is_declared_is_read_once_after_a_change(database: DuckDBDatabase) -> None:
    one = database.session()
    await one.execute("CREATE OR REPLACE TABLE remembered (a int)")
    assert await one.declared() is await one.declared()
    await one.close()
