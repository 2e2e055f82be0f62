"""Rows that nobody has taken yet when the session runs something else: kept, however many they are."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sqlserver.engines import duckdb_stream
from sqlserver.engines.duckdb_session import DuckDBSession
from tests.engines.running import rows_of

QUERY = (
    "SELECT i, 'row ' || i AS t, CASE WHEN i % 2 = 0 THEN 'even'::ENUM('even', 'odd') END AS e, [i, NULL] AS l, "
    "i::decimal(20,2) AS d, uuid() IS NOT NULL AS u FROM range(100000) r(i)"
)


@pytest.mark.parametrize("kept", [0, 100_000, 10**9], ids=["in a file", "in both", "in memory"])
async def test_all_rows_come_in_order(session: DuckDBSession, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    monkeypatch.setattr(duckdb_stream, "KEPT_BYTES", kept)
    straight = await rows_of(await session.execute(QUERY))
    suspended = await session.execute(QUERY)
    assert suspended.rows is not None
    first = await suspended.rows.take(10)
    assert first is not None
    assert await rows_of(await session.execute("SELECT 42")) == [(42,)]
    assert [tuple(row.values()) for row in first.to_pylist()] + await rows_of(suspended) == straight


async def test_what_is_set_aside_needs_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_stream, "KEPT_BYTES", 1_000_000)
    schema = pa.schema({"i": pa.int64()})
    made = (pa.record_batch([pc.add(pa.scalar(at), pa.array(range(10_000)))], schema) for at in range(500))

    async def hop(work: Callable[[], None]) -> None:
        work()

    before = pa.total_allocated_bytes()
    stream = duckdb_stream.BatchStream(pa.RecordBatchReader.from_batches(schema, made), hop)
    stream.set_aside()
    assert pa.total_allocated_bytes() - before < 4_000_000  # of 40 MB
    assert sum([batch.num_rows async for batch in stream]) == 5_000_000
