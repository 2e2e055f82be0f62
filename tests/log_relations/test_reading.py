"""Statements on log relations give what they say, alone and beside DuckDB tables."""

from __future__ import annotations

import pytest
import pytest_asyncio

from sqlserver.core.errors import ServerError
from sqlserver.execute.log_relations import materialise, release
from sqlserver.plan.log_relations import plan_log_relations
from tests.log_session import LogSession

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def logged(shared_session: LogSession) -> LogSession:
    await _fill(shared_session)
    return shared_session


async def _fill(session: LogSession) -> None:
    await session.log("t-1", "bamboo cup", "true", tokens_in=10, timestamp=None)
    await session.log("t-2", "plastic cup", "false", tokens_in=20)
    await session.log("t-3", "Größe 'XL' \\ cup", "true", tokens_in=30, status="failed", cell_name="other")
    await session.run("INSERT INTO training_annotations (trace_id, trainable, confidence) VALUES ('t-1', true, 0.9)")
    await session.engine.execute(
        "CREATE TABLE public.products AS SELECT * FROM (VALUES (1, 'bamboo cup'), (2, 'tin cup')) v(id, description)"
    )


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT trace_id FROM unified_logs WHERE trace_id = 't-1'", [("t-1",)]),
        ('SELECT "trace_id" FROM public."unified_logs" WHERE public.unified_logs.trace_id IN (\'t-1\')', [("t-1",)]),
        ("SELECT unified_logs.output FROM unified_logs WHERE unified_logs.trace_id = 't-2'", [("false",)]),
        ("SELECT count(*) FROM unified_logs", [(3,)]),
        ("SELECT count(*) FROM unified_logs WHERE timestamp > now() - INTERVAL 1 DAY", [(3,)]),
        ("SELECT count(*) FROM unified_logs WHERE timestamp > '2100-01-01'", [(0,)]),
        ("SELECT count(*) FROM unified_logs WHERE tokens_in BETWEEN 10 AND 20 OR output = 'x'", [(2,)]),
        ("SELECT trace_id FROM unified_logs WHERE inputs_json LIKE '%plastic%'", [("t-2",)]),
        ("SELECT trace_id FROM unified_logs WHERE inputs_json LIKE '%\\%'", [("t-3",)]),
        ("SELECT trace_id FROM unified_logs WHERE inputs_json ILIKE '%BAMBOO_CUP%'", [("t-1",)]),
        ("SELECT trace_id FROM unified_logs WHERE inputs_json ILIKE '%größe ''xl%'", [("t-3",)]),
        ("SELECT trace_id FROM unified_logs WHERE inputs_json ILIKE '%gr%e ''XL%'", [("t-3",)]),
        ("SELECT trace_id FROM unified_logs ORDER BY tokens_in DESC LIMIT 1 OFFSET 1", [("t-2",)]),
        ("SELECT u.output AS o FROM unified_logs u WHERE u.status = 'ok' ORDER BY o LIMIT 1", [("false",)]),
        ("SELECT trace_id FROM training_examples_with_annotations WHERE trainable", [("t-1",)]),
        ("SELECT trace_id FROM training_examples_with_annotations WHERE NOT trainable", [("t-2",)]),
        ("SELECT trace_id FROM training_examples_with_annotations WHERE confidence >= 0.9", [("t-1",)]),
        ("SELECT COUNT(*) FROM training_annotations WHERE trainable = true", [(1,)]),
        ("SELECT trainable_count, total_count FROM training_stats_by_cascade", [(1, 2)]),
        ("SELECT trace_id FROM semantic_errors", [("t-3",)]),
        ("WITH unified_logs AS (SELECT 7 AS x) SELECT x FROM unified_logs", [(7,)]),
        ("WITH l AS (SELECT trace_id FROM unified_logs) SELECT count(*) FROM l", [(3,)]),
        ("WITH l AS (SELECT 1), unified_logs AS (SELECT 8 AS x) SELECT x FROM unified_logs", [(8,)]),
        ("SELECT 'unified_logs' AS unified_logs -- FROM unified_logs", [("unified_logs",)]),
        (
            "SELECT a.trace_id FROM unified_logs a JOIN unified_logs b USING (trace_id) WHERE b.output = 'false'",
            [("t-2",)],
        ),
        ("SELECT e.trace_id FROM (FROM training_examples_mv) e WHERE e.assistant_output = 'false'", [("t-2",)]),
        ("SELECT (e).trace_id FROM training_examples_mv e WHERE e.trace_id = 't-1'", [("t-1",)]),
        ("SELECT name FROM semantic_operators", []),
    ],
)  # fmt: skip
async def test_a_statement_gives_its_rows(logged: LogSession, sql: str, rows: list[tuple[object, ...]]) -> None:
    assert await logged.rows(sql) == rows


async def test_log_relations_join_duckdb_tables(logged: LogSession) -> None:
    sql = """SELECT p.id, e.assistant_output FROM products p
             LEFT JOIN training_examples_mv e ON e.user_input LIKE '%' || p.description || '%' ORDER BY p.id"""
    assert await logged.rows(sql) == [(1, "true"), (2, None)]


async def test_a_condition_on_the_outer_side_is_not_taken_from_the_join(logged: LogSession) -> None:
    sql = """SELECT p.id FROM products p
             LEFT JOIN training_examples_mv e ON e.user_input LIKE '%' || p.description || '%'
             WHERE e.trace_id IS NULL"""
    assert await logged.rows(sql) == [(2,)]


async def test_parameters_reach_the_store_and_the_statement(logged: LogSession) -> None:
    sql = "SELECT output FROM unified_logs WHERE trace_id = $1 AND tokens_in < $2"
    assert await logged.rows(sql, "t-1", 15) == [("true",)]


async def test_a_copy_of_a_log_relation_can_be_kept(logged: LogSession) -> None:
    plan = plan_log_relations("CREATE TABLE public.kept AS SELECT * FROM unified_logs WHERE trace_id = 't-1'")
    assert plan is not None
    await materialise(plan, logged.store, logged.engine, {})
    await logged.engine.execute(plan.sql)
    await release(plan, logged.engine)
    assert await logged.rows("SELECT trace_id FROM public.kept") == [("t-1",)]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("JSONExtractString(full_request_json, '$.messages[-1].content')", "text: bamboo cup\ncriterion: eco-friendly"),
        ("JSONExtractString(full_request_json, 'messages', -1, 'role')", "user"),
        ("JSONExtractString(full_request_json, 'messages', 1, 'role')", "user"),
        ("JSONExtractString(content_json, '$.content')", "true"),
        ("JSONExtractString(content_json, 'nothing')", ""),
        ("JSONExtractString('no json', 'a')", ""),
        ("JSONExtractInt('{\"a\": 3}', 'a')", 3),
        ("JSONHas(content_json, 'role')", True),
        ("JSONLength(full_request_json, 'messages')", 1),
        ("toDate(timestamp) = current_date", True),
        ("toStartOfHour(timestamp) <= timestamp", True),
    ],
)
async def test_clickhouse_functions_mean_in_duckdb_what_they_mean_there(
    logged: LogSession, expression: str, value: object
) -> None:
    sql = f"SELECT {expression} FROM unified_logs, public.products WHERE trace_id = 't-1' AND id = 1"
    assert await logged.rows(sql) == [(value,)]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT countIf(status = 'ok'), sumIf(tokens_in, output = 'true') FROM unified_logs", [(2, 40)]),
        ("SELECT uniq(cell_name) FROM unified_logs", [(2,)]),
        ("SELECT cell_name, avgIf(tokens_in, status = 'ok') FROM unified_logs GROUP BY 1 ORDER BY 1 LIMIT 1",
         [("evaluate", 15.0)]),
        ("SELECT arrayJoin([1, 2]) FROM unified_logs WHERE trace_id = 't-1'", [(1,), (2,)]),
    ],
)  # fmt: skip
async def test_clickhouse_aggregates_work(logged: LogSession, sql: str, rows: list[tuple[object, ...]]) -> None:
    assert await logged.rows(sql) == rows


async def test_a_function_only_clickhouse_has_takes_the_statement_there(logged: LogSession) -> None:
    sql = """SELECT arrayStringConcat(groupArray(trace_id), ','),
                    any(JSONExtractString(full_request_json, '$.messages[-1].role'))
             FROM (SELECT * FROM public.unified_logs ORDER BY trace_id)"""
    assert await logged.rows(sql) == [("t-1,t-2,t-3", "user")]
    annotated = "SELECT extractAll(trace_id, '[a-z]') FROM training_annotations WHERE trainable"
    assert await logged.rows(annotated) == [(["t"],)]


@pytest.mark.parametrize(
    "sql", ["SELECT fileX('x') FROM unified_logs", "SELECT hostName(), tokens('a') FROM unified_logs"]
)
async def test_functions_that_reach_out_do_not_go_to_the_store(logged: LogSession, sql: str) -> None:
    with pytest.raises(ServerError) as raised:
        await logged.rows(sql)
    assert raised.value.sqlstate == "42883"


async def test_nothing_stays_behind_in_duckdb(logged: LogSession) -> None:
    await logged.rows("SELECT * FROM unified_logs, training_examples_mv")
    left = await logged.rows("SELECT view_name FROM duckdb_views() WHERE view_name LIKE '%log_relation%'")
    assert left == []
