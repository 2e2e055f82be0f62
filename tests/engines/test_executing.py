"""What statements give: rows, counts, tags, transactions, temporary tables, cancel."""

from __future__ import annotations

import asyncio

import pyarrow as pa
import pytest

from sqlserver.core.errors import FailedTransaction, QueryCanceled, SerializationFailure, ServerError
from sqlserver.engines.duckdb_session import DuckDBSession
from sqlserver.engines.engine import StatementKind
from tests.engines.running import rows_of, run

FOREVER = "SELECT count(*) FROM range(10000000) a(i), range(10000000) b(j) WHERE hash(i + j) % 7 = 3"


@pytest.mark.parametrize(
    ("sql", "tag", "affected"),
    [
        ("INSERT INTO t VALUES (3, 'c'), (4, 'd')", "INSERT 0", 2),
        ("UPDATE t SET b = 'x'", "UPDATE", 2),
        ("DELETE FROM t WHERE a = 1", "DELETE", 1),
        ("CREATE TABLE u AS FROM range(7)", "SELECT", 7),
        ("CREATE TABLE u (a int)", "CREATE TABLE", None),
        ("COPY t TO 't.csv'", "COPY", 2),
        ("SET TimeZone = 'Europe/Vienna'", "SET", None),
    ],
)
async def test_tags_and_counts_are_true(session: DuckDBSession, sql: str, tag: str, affected: int | None) -> None:
    await run(session, "CREATE TABLE t (a int, b text)")
    await run(session, "INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    result = await session.execute(sql)
    assert (result.tag, result.affected, result.rows) == (tag, affected, None)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("WITH x AS (SELECT 1) SELECT * FROM x", [(1,)]),
        ("VALUES (1, 'a'), (2, NULL)", [(1, "a"), (2, None)]),
        ("SHOW TABLES", [("t",)]),
        ("INSERT INTO t VALUES (5, 'e') RETURNING a, b", [(5, "e")]),
        ("DELETE FROM t RETURNING a", [(1,)]),
        ("SELECT a FROM public.t", [(1,)]),
        ("SELECT current_schema()", [("public",)]),
        ("SELECT a FROM t WHERE false", []),
        ("PIVOT t ON a USING count(*) GROUP BY b", [("a", 1)]),
        ("SELECT json_extract_string('{\"a\": 1}', '$.a')", [("1",)]),
        ("SELECT (TIMESTAMPTZ '2020-01-01 00:00:00+00')::text", [("2020-01-01 00:00:00+00",)]),
    ],
)
async def test_rows(session: DuckDBSession, sql: str, expected: list[tuple[object, ...]]) -> None:
    await run(session, "CREATE TABLE t (a int, b text)")
    await run(session, "INSERT INTO t VALUES (1, 'a')")
    await run(session, "SET TimeZone = 'UTC'")
    assert await run(session, sql) == expected


async def test_a_writing_cte_is_done_when_its_rows_are_left_unread(session: DuckDBSession) -> None:
    await run(session, "CREATE TABLE t AS FROM range(10000) t(a)")
    result = await session.execute("INSERT INTO t SELECT a FROM t RETURNING a")
    assert result.rows is not None
    await result.rows.close()
    assert await run(session, "SELECT count(*) FROM t") == [(20000,)]


async def test_an_open_result_goes_on_after_another_statement(session: DuckDBSession) -> None:
    result = await session.execute("FROM range(100000)")
    assert result.rows is not None
    first = await result.rows.take(10)
    assert first is not None
    assert await run(session, "SELECT 42") == [(42,)]
    rest = await rows_of(result)
    assert (first.num_rows, len(rest), rest[-1]) == (10, 99990, (99999,))


async def test_an_error_in_the_middle_of_a_stream_is_told(session: DuckDBSession) -> None:
    result = await session.execute(
        "SELECT CASE WHEN i = 3000000 THEN error('boom') ELSE i END FROM range(4000000) t(i)"
    )
    with pytest.raises(ServerError, match="boom"):
        await rows_of(result)
    assert await run(session, "SELECT 1") == [(1,)]


async def test_a_macro_exists_once_it_is_made(session: DuckDBSession) -> None:
    assert session.function_exists("LOWER")
    assert not session.function_exists("plus_one")
    await run(session, "CREATE MACRO plus_one(a) AS a + 1")
    assert session.function_exists("plus_one")
    assert await run(session, "SELECT plus_one(1)") == [(2,)]


async def test_settings_hold_for_one_session(session: DuckDBSession, other: DuckDBSession) -> None:
    await run(session, "SET TimeZone = 'Europe/Vienna'")
    assert await run(session, "SELECT current_setting('TimeZone')") == [("Europe/Vienna",)]
    assert await run(other, "SELECT current_setting('TimeZone')") != [("Europe/Vienna",)]


async def test_a_failed_transaction_refuses_statements_and_commit_rolls_back(session: DuckDBSession) -> None:
    await run(session, "CREATE TABLE t (a int)")
    await session.begin()
    await run(session, "INSERT INTO t VALUES (1)")
    with pytest.raises(ServerError):
        await session.describe("SELECT nope FROM t")
    assert session.transaction_failed
    for attempt in (session.execute("SELECT 1"), session.describe("SELECT 1")):
        with pytest.raises(FailedTransaction):
            await attempt
    assert (await session.execute("COMMIT")).tag == "ROLLBACK"
    assert not session.in_transaction
    assert await run(session, "SELECT count(*) FROM t") == [(0,)]


async def test_a_write_conflict_is_a_serialization_failure(session: DuckDBSession, other: DuckDBSession) -> None:
    await run(session, "CREATE TABLE t AS SELECT 1 AS a")
    await session.begin()
    await other.begin()
    await run(session, "UPDATE t SET a = 2")
    with pytest.raises(SerializationFailure, match="could not serialize access due to concurrent update"):
        await run(other, "UPDATE t SET a = 3")
    await other.rollback()
    await session.commit()
    assert await run(other, "FROM t") == [(2,)]


async def test_one_snapshot_with_the_sessions_own_rows(session: DuckDBSession, other: DuckDBSession) -> None:
    await run(session, "CREATE TABLE t AS SELECT 1 AS a")
    await session.begin()
    assert await run(session, "SELECT count(*) FROM t") == [(1,)]
    await run(other, "INSERT INTO t VALUES (2)")
    await run(session, "INSERT INTO t VALUES (3)")
    assert await run(session, "FROM t ORDER BY a") == [(1,), (3,)]
    await session.rollback()


async def test_a_loaded_table_is_seen_by_its_session_alone(session: DuckDBSession, other: DuckDBSession) -> None:
    await session.load_table("answers", pa.table({"a": [1, 2]}))
    assert await run(session, "SELECT sum(a) FROM answers") == [(3,)]
    with pytest.raises(ServerError, match='relation "answers" does not exist'):
        await run(other, "FROM answers")
    await session.load_table("answers", pa.table({"a": [5]}))
    assert await run(session, "FROM answers") == [(5,)]
    await session.drop_table("answers")
    with pytest.raises(ServerError):
        await run(session, "FROM answers")


async def test_a_loaded_table_goes_with_the_transaction_and_can_be_loaded_again(session: DuckDBSession) -> None:
    await session.begin()
    await session.load_table("answers", pa.table({"a": [1]}))
    assert (await session.describe("FROM answers")).columns is not None
    with pytest.raises(ServerError):
        await run(session, "SELECT 'x'::int")
    await session.drop_table("answers")
    await session.rollback()
    with pytest.raises(ServerError):
        await run(session, "FROM answers")
    await session.load_table("answers", pa.table({"a": [2]}))
    assert await run(session, "FROM answers") == [(2,)]


async def _running(session: DuckDBSession, sql: str) -> asyncio.Task[object]:
    task: asyncio.Task[object] = asyncio.create_task(session.execute(sql))  # type: ignore[arg-type]
    await asyncio.sleep(0.05)
    return task


async def test_interrupt_stops_the_running_call_and_the_session_goes_on(session: DuckDBSession) -> None:
    task = await _running(session, FOREVER)
    session.interrupt()
    with pytest.raises(QueryCanceled):
        await task
    assert await run(session, "SELECT 1") == [(1,)]


async def test_an_interrupt_before_the_engine_has_started_is_not_lost(session: DuckDBSession) -> None:
    task = asyncio.create_task(session.execute(FOREVER))
    await asyncio.sleep(0)
    session.interrupt()
    with pytest.raises(QueryCanceled):
        await task


async def test_interrupt_stops_the_rows_to_come(session: DuckDBSession) -> None:
    result = await session.execute("FROM range(100000000)")
    session.interrupt()
    with pytest.raises(QueryCanceled):
        await rows_of(result)


async def test_interrupt_when_nothing_runs_leaves_the_next_statement_alone(session: DuckDBSession) -> None:
    session.interrupt()
    assert await run(session, "SELECT 1") == [(1,)]


async def test_a_cancelled_task_leaves_no_query_behind(session: DuckDBSession) -> None:
    task = await _running(session, FOREVER)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await run(session, "SELECT 1") == [(1,)]


async def test_close_while_running_rolls_back(session: DuckDBSession, other: DuckDBSession) -> None:
    await run(session, "CREATE TABLE t (a int)")
    await session.begin()
    await run(session, "INSERT INTO t VALUES (1)")
    task = await _running(session, FOREVER)
    await session.close()
    with pytest.raises(QueryCanceled):
        await task
    assert await run(other, "SELECT count(*) FROM t") == [(0,)]


async def test_kind_of_a_pivot_is_select(session: DuckDBSession) -> None:
    await run(session, "CREATE TABLE t AS SELECT 1 AS a")
    assert (await session.execute("PIVOT t ON a USING count(*)")).kind is StatementKind.SELECT
