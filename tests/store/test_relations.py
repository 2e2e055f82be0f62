"""What a user reads and writes: types, the documents' statements, errors, and what may not be reached."""

from __future__ import annotations

import asyncio

import pyarrow as pa
import pytest

from sqlserver.catalog.log_relations import LOG_RELATIONS, LogCatalog, source_of
from sqlserver.core.errors import ServerError
from sqlserver.store.clickhouse import ClickHouse
from sqlserver.store.log_rows import arrow_schema
from sqlserver.store.log_store import LogStore
from tests.store.calls import examples, log_call, mark


async def test_the_catalog_says_what_the_store_has(store: LogStore) -> None:
    for relation in LOG_RELATIONS.values():
        table = await store.clickhouse.query_arrow(
            "SELECT name, replaceRegexpOne(type, '^LowCardinality\\((.*)\\)$', '\\\\1') AS type FROM system.columns "
            "WHERE database = {database:String} AND table = {table:String} ORDER BY position",
            {"database": store.clickhouse.database, "table": source_of(relation)},
        )
        found = {row["name"]: row["type"] for row in table.to_pylist()}
        expected = LogCatalog().columns(relation.name)
        assert {name: found.get(name) for name in expected} == expected, relation.name


async def test_rows_have_the_declared_types(store: LogStore) -> None:
    trace = await log_call(store, example_ids=("e1", "e2"), cache_key="k")
    await store.annotate([mark(trace, trainable=True, tags=("a",), notes="n")])
    for relation in LOG_RELATIONS.values():
        table = await store.read_relation(relation.name)
        assert table.schema.equals(arrow_schema(relation)), relation.name
        some = list(reversed(relation.column_names))[:2]
        assert (await store.read_relation(relation.name, some, limit=0)).column_names == some


async def test_a_logged_call_reads_back_whole(store: LogStore) -> None:
    trace = await log_call(
        store, {"text": "half a pair \ud83c, a nul \0, ü"}, "yes 🎋", example_ids=("e1", "e2"), cache_key="k"
    )
    (row,) = (
        await store.read_relation("unified_logs", where="trace_id = {id:String}", parameters={"id": trace})
    ).to_pylist()
    assert (row["output"], row["example_ids"], row["status"], row["role"]) == (
        "yes 🎋",
        ["e1", "e2"],
        "ok",
        "assistant",
    )
    assert (row["tokens_in"], row["cost"], row["db_user"], row["attempt"]) == (7, 0.0001, "ann", 1)
    assert row["timestamp"].utcoffset().total_seconds() == 0
    assert set(row) == set(LOG_RELATIONS["unified_logs"].column_names)


async def test_the_documents_statements(store: LogStore) -> None:
    """As a ClickHouse client types them on a server store."""
    traces = [await log_call(store, {"text": text, "criterion": "eco"}) for text in ("bamboo", "plastic", "steel")]
    await store.flush()
    run = store.clickhouse.command
    await run(
        "INSERT INTO training_annotations (trace_id, trainable, verified, confidence) "
        f"VALUES ('{traces[0]}', true, true, 1.0)"
    )
    await run(
        f"INSERT INTO training_annotations (trace_id, trainable) VALUES ('{traces[1]}', true), ('{traces[0]}', true)"
    )
    await run(
        "INSERT INTO training_annotations (trace_id, trainable, confidence) "
        "SELECT trace_id, true, 0.9 FROM training_examples_mv WHERE cascade_id = 'semantic_matches' "
        "AND timestamp > now() - INTERVAL 1 DAY AND user_input LIKE '%steel%' LIMIT 10"
    )
    await store.look_for_changes()
    read = store.query_arrow
    assert (await read("SELECT COUNT(*) AS n FROM training_annotations WHERE trainable = true")).to_pylist() == [
        {"n": 3}
    ]
    selected = await read(
        "SELECT user_input, assistant_output, confidence, trainable, verified, timestamp "
        "FROM training_examples_with_annotations WHERE cascade_id = 'semantic_matches' "
        "AND cell_name = 'evaluate' AND trainable = true AND confidence >= 0.9 "
        "ORDER BY timestamp DESC LIMIT 10"
    )
    assert [row["confidence"] for row in selected.to_pylist()] == [0.9, 1.0, 1.0]
    stats = (await read("SELECT * FROM training_stats_by_cascade ORDER BY trainable_count DESC")).to_pylist()
    assert [(row["trainable_count"], row["verified_count"], row["total_count"]) for row in stats] == [(3, 1, 3)]
    assert stats[0]["avg_confidence"] == pytest.approx(2.9 / 3)
    messages = await read(
        "SELECT JSONExtractString(full_request_json, 'messages', -1, 'content') AS input, "
        "JSONExtractString(content_json, 'content') AS output FROM unified_logs WHERE role = 'assistant' LIMIT 1"
    )
    assert messages.to_pylist() == [{"input": "rendered", "output": "true"}]
    assert len(await examples(store)) == 3


async def test_one_statement_of_a_foreign_client_is_one_batch(store: LogStore) -> None:
    await store.clickhouse.command(
        "INSERT INTO training_annotations (trace_id, trainable) VALUES ('a', true), ('b', true)"
    )
    await store.clickhouse.command("INSERT INTO training_annotations (trace_id, trainable) VALUES ('c', true)")
    table = await store.read_relation(
        "training_annotation_history", ["trace_id", "batch_id", "db_user"], order_by="trace_id"
    )
    batches = table.column("batch_id").to_pylist()
    assert batches[0] == batches[1] != batches[2]
    assert await store.undo_last_batch(table.column("db_user")[0].as_py()) == (batches[2], 1)


async def test_insert_tells_what_is_wrong(store: LogStore) -> None:
    for name, rows, sqlstate in (
        ("training_examples_mv", {"trace_id": ["a"]}, "42809"),
        ("training_annotations", {"trace_id": ["a"], "nonsense": [1]}, "42703"),
        ("training_annotations", {"trace_id": ["a"], "confidence": ["high"]}, "22P02"),
        ("training_annotations", {"trainable": [True]}, "22023"),
        ("nonsense", {"trace_id": ["a"]}, "42P01"),
    ):
        with pytest.raises(ServerError) as failure:
            await store.insert_relation(name, pa.table(rows))
        assert failure.value.sqlstate == sqlstate, name


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("SELECT nonsense FROM unified_logs", "42703"),
        ("SELECT 1 FROM nonsense", "42P01"),
        ("SELECT 1 FROM system.tables", "42P01"),
        ("SELECT 1 FROM schema_migrations", "42P01"),
        ("SELECT nonsense(1)", "42883"),
        ("SELEC 1", "42601"),
        ("SELECT 1 +", "42601"),
        ("SELECT 1; SELECT 2", "42601"),
        ("DROP TABLE unified_logs", "42601"),
        ("INSERT INTO unified_logs (trace_id) VALUES ('a')", "42601"),
        ("SELECT toInt32('x')", "22P02"),
        ("SELECT intDiv(1, 0)", "22012"),
        ("SELECT sum(role) FROM unified_logs", "42804"),
        ("SELECT * FROM file('/etc/passwd', 'LineAsString')", "42501"),
        ("SELECT 1 FROM unified_logs WHERE trace_id IN (SELECT * FROM url('http://127.0.0.1:1/'))", "42501"),
        ("SELECT file('/etc/passwd')", "42501"),
        ("SELECT FiLe('/etc/passwd')", "42501"),
        ("SELECT 1 FROM unified_logs SETTINGS readonly = 0", "42501"),
        ("SELECT 1 FROM unified_logs FORMAT CSV", "42501"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", "42601"),
    ],
)
async def test_a_query_has_a_sqlstate_and_cannot_leave_the_log(store: LogStore, sql: str, sqlstate: str) -> None:
    with pytest.raises(ServerError) as failure:
        await store.query_arrow(sql)
    assert failure.value.sqlstate == sqlstate
    shown = f"{failure.value.message} {failure.value.detail}"
    assert "DB::Exception" not in shown
    assert str(store.clickhouse.target.path) not in shown


@pytest.mark.parametrize(
    "sql", ["CREATE TABLE x (a Int8) ENGINE = Memory", "SELECT * FROM file('/etc/passwd', 'LineAsString')"]
)
async def test_reader_clients_are_read_only_by_themselves(store: LogStore, sql: str) -> None:
    with pytest.raises(ServerError) as failure:
        await store.clickhouse.query_arrow(sql, readonly=True)
    assert failure.value.sqlstate == "25006"


async def test_a_name_of_a_common_table_stays_the_statements_own(store: LogStore) -> None:
    table = await store.query_arrow(
        "WITH training_annotations AS (SELECT 1 AS x) SELECT x, training_annotations.x AS y FROM training_annotations"
    )
    assert table.to_pylist() == [{"x": 1, "y": 1}]


async def test_cancelling_the_task_kills_the_query(clickhouse: ClickHouse) -> None:
    endless = "SELECT count() FROM system.numbers WHERE sin(number) > 2"
    await clickhouse.control(f"CREATE DATABASE {clickhouse.database}")
    task = asyncio.create_task(clickhouse.query_arrow(endless, readonly=True))
    await until_running(clickhouse, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_running(clickhouse, 0)


async def until_running(clickhouse: ClickHouse, queries: int) -> None:
    running = "SELECT count() FROM system.processes WHERE query LIKE '%sin(number)%' AND query NOT LIKE '%processes%'"
    async with asyncio.timeout(30):
        while (await clickhouse.control(running)) != [(queries,)]:  # noqa: ASYNC110 -- another thread's state
            await asyncio.sleep(0.01)
