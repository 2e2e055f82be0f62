"""INSERT and UPDATE of annotations, imports into the log, SHOW TABLES: plain SQL on the road of MARK."""

from __future__ import annotations

import pytest

from sqlserver.core.errors import ServerError
from tests.log_session import LogSession, taken

CURRENT = "SELECT trace_id, trainable, verified, confidence, notes, tags FROM training_annotations ORDER BY 1"


@pytest.fixture
async def logged(session: LogSession) -> LogSession:
    for trace_id, text, output in (("t-1", "bamboo cup", "true"), ("t-2", "plastic cup", "false")):
        await session.log(trace_id, text, output)
    return session


async def test_what_an_insert_does_not_say_is_kept(logged: LogSession) -> None:
    first = "INSERT INTO training_annotations (trace_id, trainable, notes, tags) VALUES ('t-1', true, 'x', ARRAY['a'])"
    assert await logged.tag(first) == "INSERT 0 1"
    second = """insert into public.training_annotations (trace_id, verified, confidence, notes)
                values ('t-1', 't', 0.5, DEFAULT)"""
    assert await logged.tag(second) == "INSERT 0 1"
    assert await logged.rows(CURRENT) == [("t-1", True, True, 0.5, "x", ["a"])]


async def test_an_insert_can_take_rows_of_a_query(logged: LogSession) -> None:
    sql = """INSERT INTO training_annotations (trace_id, trainable, confidence)
             SELECT trace_id, true, 1.0 FROM training_examples_mv
             WHERE cascade_id = 'semantic_matches' AND timestamp > now() - INTERVAL 1 DAY LIMIT 10;"""
    assert await logged.tag(sql) == "INSERT 0 2"
    assert [row[:2] for row in await logged.rows(CURRENT)] == [("t-1", True), ("t-2", True)]


@pytest.mark.parametrize("true", [True, "true", "t"])
async def test_parameters_may_be_text(logged: LogSession, true: object) -> None:
    sql = "INSERT INTO training_annotations (trace_id, trainable, confidence, tags) VALUES ($1, $2, $3, $4)"
    assert await logged.tag(sql, "t-1", true, "0.5", "{a,b}") == "INSERT 0 1"
    assert await logged.rows(CURRENT) == [("t-1", True, False, 0.5, None, ["a", "b"])]


async def test_without_a_column_list_values_go_by_position(logged: LogSession) -> None:
    assert await logged.tag("INSERT INTO training_annotations VALUES ('t-1', true, false)") == "INSERT 0 1"
    assert [row[:3] for row in await logged.rows(CURRENT)] == [("t-1", True, False)]


async def test_unknown_traces_are_counted_in_a_notice(logged: LogSession) -> None:
    sql = "INSERT INTO training_annotations (trace_id, trainable) VALUES ('t-1', true), ('u-1', true), ('u-2', true)"
    assert await logged.tag(sql) == "INSERT 0 3"
    assert logged.said()[0].startswith("2 trace ids are not in unified_logs")


async def test_a_trace_named_twice_gets_both_rows(logged: LogSession) -> None:
    sql = "INSERT INTO training_annotations (trace_id, trainable, notes) VALUES ('t-1', true, 'a'), ('t-1', NULL, 'b')"
    assert await logged.tag(sql) == "INSERT 0 2"
    assert await logged.rows(CURRENT) == [("t-1", True, False, 1.0, "b", [])]


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("INSERT INTO training_annotations (trace_id, trainabel) VALUES ('t', true)", "42703"),
        ("INSERT INTO training_annotations (trace_id, trainable) VALUES ('t', 'maybe')", "22P02"),
        ("INSERT INTO training_annotations (trace_id, confidence) VALUES ('t', 1.5)", "22023"),
        ("INSERT INTO training_annotations (trace_id, split) VALUES ('t', 'dev')", "22023"),
        ("INSERT INTO training_annotations (trainable) VALUES (true)", "23502"),
        ("INSERT INTO training_annotations (trace_id, trainable) VALUES ('t')", "42601"),
        ("INSERT INTO training_annotations (trace_id, trace_id) VALUES ('t', 't')", "42701"),
        ("INSERT INTO training_annotations (trace_id, annotated_at) VALUES ('t', now())", "428C9"),
        ("INSERT INTO training_annotations (trace_id) VALUES ('t') ON CONFLICT DO NOTHING", "0A000"),
        ("INSERT INTO training_annotations (trace_id) VALUES ('t') RETURNING trace_id", "0A000"),
        ("INSERT INTO training_examples_mv (trace_id) VALUES ('t')", "42809"),
        ("INSERT INTO training_annotations DEFAULT VALUES", "42601"),
        ("UPDATE training_annotations SET trainabel = true", "42703"),
        ("UPDATE training_annotations SET trace_id = 'x'", "428C9"),
        ("UPDATE training_annotations SET trainable = true WHERE", "42601"),
        ("UPDATE training_annotations SET trainable = true RETURNING *", "0A000"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_faults_have_postgresqls_codes(shared_session: LogSession, sql: str, sqlstate: str) -> None:
    with pytest.raises(ServerError) as raised:
        await shared_session.run(sql)
    assert raised.value.sqlstate == sqlstate
    assert await shared_session.rows(CURRENT) == []


@pytest.mark.parametrize(
    ("sql", "tag", "after"),
    [
        ('UPDATE ONLY public."training_annotations" SET notes = NULL', "UPDATE 1", (True, 0.5, None)),
        ("UPDATE training_annotations SET trainable = false WHERE trace_id = 't-1'", "UPDATE 1", (False, 0.5, "x")),
        ("UPDATE training_annotations a SET notes = a.notes || ', y', confidence = 1", "UPDATE 1", (True, 1.0, "x, y")),
        ("UPDATE training_annotations SET notes = NULL", "UPDATE 1", (True, 0.5, None)),
        ("UPDATE training_annotations SET confidence = DEFAULT", "UPDATE 1", (True, 1.0, "x")),
        ("UPDATE training_annotations SET notes = 'z' WHERE notes IS DISTINCT FROM 'x'", "UPDATE 0", (True, 0.5, "x")),
        ("UPDATE training_annotations AS a SET notes = e.assistant_output FROM training_examples_mv e"
         " WHERE e.trace_id = a.trace_id", "UPDATE 1", (True, 0.5, "true")),
    ],
)  # fmt: skip
async def test_an_update_says_only_what_it_sets(
    logged: LogSession, sql: str, tag: str, after: tuple[object, ...]
) -> None:
    await logged.run("MARK TRAINABLE TRACE 't-1' CONFIDENCE 0.5 NOTES 'x'")
    assert await logged.tag(sql) == tag
    assert await logged.rows("SELECT trainable, confidence, notes FROM training_annotations") == [after]


async def test_imported_calls_are_examples_at_once(logged: LogSession) -> None:
    sql = """INSERT INTO unified_logs (trace_id, cascade_id, cell_name, role, full_request_json, full_response_json)
             VALUES ('old-1', 'semantic_matches', 'evaluate', 'assistant',
                     '{"messages": [{"role": "user", "content": "tin cup"}]}',
                     '{"choices": [{"message": {"content": "false"}}]}')"""
    assert await logged.tag(sql) == "INSERT 0 1"
    rows = await logged.rows("SELECT user_input, assistant_output FROM training_examples_mv WHERE trace_id = 'old-1'")
    assert rows == [("tin cup", "false")]


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        (
            "SHOW TABLES LIKE '%training%'",
            ["my_training", "training_annotation_history", "training_annotations", "training_examples_mv",
             "training_examples_with_annotations", "training_stats_by_cascade"],
        ),
        ("show tables like 'MY%';", []),
        ("SHOW TABLES ILIKE 'MY%'", ["my_training"]),
        ("SHOW TABLES FROM other", ["elsewhere"]),
        ("SHOW TABLES FROM public LIKE 'uni%'", ["unified_logs"]),
    ],
)  # fmt: skip
async def test_show_tables_lists_both_engines_relations(logged: LogSession, sql: str, names: list[str]) -> None:
    await logged.engine.execute("CREATE TABLE public.my_training (a INT)")
    await logged.engine.execute("CREATE SCHEMA other")
    await logged.engine.execute("CREATE TABLE other.elsewhere (a INT)")
    result = await logged.run(sql)
    listed = (await taken(result)).to_pylist()
    assert [row["name"] for row in listed] == names
