"""A short first batch need not be the last: DuckDB's hash aggregates and joins give many short ones."""

import pytest

from sqlserver.engines.duckdb_database import DuckDBDatabase
from tests.engines.running import rows_of


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("SELECT DISTINCT 'd' || i FROM range(2) t(i)", 2),
        ("SELECT DISTINCT i % 1000 FROM range(100000) t(i)", 1000),
        ("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT i FROM range(5) t(i)", 7),
        ("SELECT a.i FROM range(3000) a(i) JOIN range(3000) b(i) USING (i) WHERE a.i % 7 = 0", 429),
    ],
)
async def test_no_row_is_lost(database: DuckDBDatabase, sql: str, count: int) -> None:
    session = database.session()
    for _ in range(3):
        assert len(await rows_of(await session.execute(sql))) == count
    await session.close()
