"""MARK, UNMARK, UNDO MARK and CORRECT: what they count, what they change, what they say."""

from __future__ import annotations

import pytest

from sqlserver.core.errors import ServerError
from tests.log_session import LogSession, taken


@pytest.fixture
async def logged(session: LogSession) -> LogSession:
    for trace_id, text, output in (("t-1", "bamboo cup", "true"), ("t-2", "plastic cup", "false")):
        await session.log(trace_id, text, output)
    return session


ANNOTATED = "SELECT trace_id, trainable, verified, confidence FROM training_examples_with_annotations ORDER BY 1"


async def test_a_mark_counts_traces_whose_state_changed(logged: LogSession) -> None:
    mark = "MARK TRAINABLE WHERE user_input ILIKE '%BAMBOO%' CONFIDENCE 0.9 NOTES 'good' TAGS ('a', 'b');"
    assert await logged.tag(mark) == "MARK 1"
    assert await logged.rows(ANNOTATED) == [("t-1", True, False, 0.9), ("t-2", False, False, None)]
    assert await logged.tag(mark) == "MARK 0"
    assert logged.said() == ["1 trace was marked so already"]
    assert await logged.rows("SELECT notes, tags FROM training_annotations") == [("good", ["a", "b"])]


async def test_a_mark_tells_how_many_cached_answers_it_retires(logged: LogSession) -> None:
    await logged.run("MARK TRAINABLE TRACE 't-1'")
    assert logged.said() == ["retires 2 cached answers of semantic_matches.evaluate"]
    await logged.run("MARK TRAINABLE TRACE 't-1' NOTES 'no example changes'")
    assert logged.said() == []


@pytest.mark.parametrize(
    ("command", "tag"),
    [
        ("MARK TRAINABLE ALL", "MARK 2"),
        ("MARK NOT TRAINABLE, NOT VERIFIED ALL", "MARK 2"),
        ("MARK VERIFIED, TRAINABLE TRACE 't-1', 't-2', 't-1'", "MARK 2"),
        ("MARK TRAINABLE WHERE confidence IS NULL CONFIDENCE 0.5", "MARK 2"),
        ("MARK TRAINABLE WHERE NOT trainable AND notes IS NULL NOTES 'x'", "MARK 2"),
        ("MARK TRAINABLE WHERE tags = [] TAGS ('x') SPLIT test", "MARK 2"),
        ("MARK TRAINABLE WHERE true ORDER BY timestamp DESC LIMIT 1", "MARK 1"),
        ("mark trainable where (user_input LIKE '%cup%') -- all\n limit 1", "MARK 1"),
        ("MARK TRAINABLE WHERE user_input LIKE '%--%' OR assistant_output = 'true' -- one", "MARK 1"),
        ("MARK TRAINABLE WHERE assistant_output IN (SELECT CAST(x AS VARCHAR) FROM (VALUES (true)) v(x))", "MARK 1"),
        ("MARK TRAINABLE WHERE trace_id = 'none'", "MARK 0"),
        ("UNMARK TRAINABLE ALL", "UNMARK 0"),
    ],
)  # fmt: skip
async def test_conditions_and_clauses_are_told_apart(logged: LogSession, command: str, tag: str) -> None:
    assert await logged.tag(command) == tag


async def test_parameters_are_numbered_for_the_predicate_alone(logged: LogSession) -> None:
    command = "MARK TRAINABLE WHERE user_input LIKE $2 AND assistant_output = $3 AS $4 CONFIDENCE $1"
    assert await logged.tag(command, "0.25", "%bamboo%", "true", "yes") == "MARK 1"
    assert await logged.rows("SELECT confidence, corrected_output FROM training_annotations") == [(0.25, "yes")]


async def test_last_means_the_traces_of_the_previous_statement_with_an_operator(logged: LogSession) -> None:
    with pytest.raises(ServerError) as raised:
        await logged.run("MARK TRAINABLE LAST")
    assert raised.value.sqlstate == "55000"
    logged.last_semantic_caller_id = "sql-1"
    await logged.store.clickhouse.command(
        "INSERT INTO statement_traces (caller_id, session_id, trace_id) VALUES ('sql-1', 's-1', 't-2')"
    )
    assert await logged.tag("MARK VERIFIED LAST") == "MARK 1"
    assert await logged.rows("SELECT trace_id FROM training_annotations WHERE verified") == [("t-2",)]


async def test_a_dry_run_shows_changes_and_writes_nothing(logged: LogSession) -> None:
    result = await logged.run("MARK TRAINABLE WHERE trace_id = 't-1' CONFIDENCE 0.5 DRY RUN")
    assert result.tag.render(2) == "MARK 1"
    assert (await taken(result)).to_pylist() == [
        {"trace_id": "t-1", "field": "trainable", "old_value": None, "new_value": "true"},
        {"trace_id": "t-1", "field": "confidence", "old_value": None, "new_value": "0.5"},
    ]
    shown = await taken(await logged.run("MARK TRAINABLE ALL LIMIT 1 DRY RUN RETURNING trainable, confidence"))
    assert shown.to_pylist() == [{"trainable": True, "confidence": 1.0}]
    assert await logged.rows("SELECT count(*) FROM training_annotations") == [(0,)]


async def test_returning_gives_the_marked_rows(logged: LogSession) -> None:
    result = await logged.run("MARK TRAINABLE WHERE trace_id = 't-1' AS 'maybe' RETURNING trace_id, corrected_output")
    assert (await taken(result)).to_pylist() == [{"trace_id": "t-1", "corrected_output": "maybe"}]
    nothing = await logged.run("MARK TRAINABLE WHERE trace_id = 't-1' RETURNING *")
    assert (await taken(nothing)).num_rows == 0


async def test_unmark_takes_back_what_was_said(logged: LogSession) -> None:
    await logged.run("MARK TRAINABLE, VERIFIED ALL NOTES 'x'")
    assert await logged.tag("UNMARK TRAINABLE WHERE trace_id = 't-1'") == "UNMARK 1"
    assert await logged.rows(ANNOTATED) == [("t-1", False, True, None), ("t-2", True, True, 1.0)]
    assert await logged.tag("UNMARK ALL TRACE 't-1'") == "UNMARK 1"
    assert await logged.rows("SELECT trace_id FROM training_annotations") == [("t-2",)]


async def test_undo_takes_back_the_users_last_batch_that_changed_anything(logged: LogSession) -> None:
    await logged.run("MARK TRAINABLE ALL CONFIDENCE 0.5")
    await logged.run("MARK TRAINABLE ALL CONFIDENCE 0.5")
    logged.db_user = "bob"
    assert await logged.tag("UNDO MARK") == "UNDO 0"
    assert logged.said() == ["there is no batch of yours left to take back"]
    logged.db_user = "ada"
    assert await logged.tag("UNDO MARK") == "UNDO 2"
    assert await logged.rows("SELECT count(*) FROM training_annotations") == [(0,)]


async def test_undo_of_a_batch_by_its_id_leaves_the_others(logged: LogSession) -> None:
    await logged.run("MARK TRAINABLE TRACE 't-1'")
    await logged.run("MARK TRAINABLE TRACE 't-2'")
    ((first,),) = await logged.rows("SELECT DISTINCT batch_id FROM training_annotation_history WHERE trace_id = 't-1'")
    assert await logged.tag(f"UNDO MARK BATCH '{first}'") == "UNDO 1"
    assert await logged.rows("SELECT trace_id FROM training_annotations") == [("t-2",)]
    assert await logged.tag(f"UNDO MARK BATCH '{first}'") == "UNDO 0"
    assert logged.said()[-1] == "the batch was taken back already"


@pytest.mark.parametrize(
    ("condition", "sqlstate"),
    [("false", "42704"), ("undoes != ''", "55000")],
    ids=["a batch that is not there", "a batch that is an undo"],
)
async def test_only_a_batch_of_marks_can_be_undone(logged: LogSession, condition: str, sqlstate: str) -> None:
    await logged.run("MARK TRAINABLE TRACE 't-1'")
    await logged.run("UNDO MARK")
    found = await logged.rows(f"SELECT DISTINCT batch_id FROM training_annotation_history WHERE {condition}")
    batch_id = found[0][0] if found else "not-there"
    with pytest.raises(ServerError) as raised:
        await logged.run(f"UNDO MARK BATCH '{batch_id}'")
    assert raised.value.sqlstate == sqlstate


async def test_a_correction_is_trainable_verified_and_said(logged: LogSession) -> None:
    assert await logged.tag("CORRECT TRACE 't-2' TO 'it''s true' NOTES 'seen'") == "CORRECT 1"
    sql = "SELECT trainable, verified, corrected_output, notes FROM training_annotations"
    assert await logged.rows(sql) == [(True, True, "it's true", "seen")]
    assert await logged.tag("CORRECT TRACE 't-2' TO 'it''s true'") == "CORRECT 0"
    with pytest.raises(ServerError) as raised:
        await logged.run("CORRECT TRACE 'none' TO 'x'")
    assert (raised.value.sqlstate, raised.value.position) == ("42704", 15)


async def test_an_unknown_trace_is_annotated_and_told(logged: LogSession) -> None:
    assert await logged.tag("MARK TRAINABLE TRACE 't-9'") == "MARK 1"
    assert logged.said() == ["1 trace id is not in unified_logs: the annotation waits for the call to be logged"]
    await logged.log("t-9", "late", "true")
    assert ("t-9", True, False, 1.0) in await logged.rows(ANNOTATED)


@pytest.mark.parametrize(
    ("command", "sqlstate", "position"),
    [
        ("MARK TRAINABLE", "42601", 15),
        ("MARK TRAINABLE;", "42601", 15),
        ("MARK", "42601", 5),
        ("MARK good WHERE true", "42601", 6),
        ("MARK TRAINABLE WHERE", "42601", 21),
        ("MARK TRAINABLE WHERE CONFIDENCE 0.9", "42601", None),
        ("MARK TRAINABLE, TRAINABLE ALL", "42601", 17),
        ("MARK TRAINABLE WHERE (trace_id = 'a' LIMIT 1", "42601", 22),
        ("MARK TRAINABLE WHERE 'a' = 'b", "42601", None),
        ("MARK TRAINABLE TRACE t", "42601", 22),
        ("MARK TRAINABLE ALL CONFIDENCE 2", "22023", 31),
        ("MARK TRAINABLE ALL CONFIDENCE -1", "22023", 31),
        ("MARK TRAINABLE ALL CONFIDENCE 'x'", "42601", 31),
        ("MARK TRAINABLE ALL NOTES 'a' NOTES 'b'", "42601", 30),
        ("MARK TRAINABLE ALL LIMIT 1.5", "22023", 26),
        ("MARK TRAINABLE ALL EVERYWHERE", "42601", 20),
        ("MARK TRAINABLE ALL RETURNING trace", "42703", None),
        ("MARK TRAINABLE WHERE no_such_column = 1", "42703", 22),
        ("MARK TRAINABLE FOR (SELECT 1)", "42601", 16),
        ("UNMARK WHERE true", "42601", 8),
        ("UNMARK TRAINABLE", "42601", 17),
        ("UNDO", "42601", 5),
        ("UNDO MARK BATCH", "42601", 16),
        ("UNDO MARK BATCH 'a' 'b'", "42601", 21),
        ("CORRECT TRACE TO 'true'", "42601", 15),
        ("CORRECT TRACE 'a'", "42601", 18),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_faults_say_where_and_what_to_do(
    shared_session: LogSession, command: str, sqlstate: str, position: int | None
) -> None:
    with pytest.raises(ServerError) as raised:
        await shared_session.run(command)
    assert raised.value.sqlstate == sqlstate
    if position is not None:
        assert raised.value.position == position
    assert await shared_session.rows("SELECT count(*) FROM training_annotations") == [(0,)]


async def test_a_mark_without_a_condition_says_so(logged: LogSession) -> None:
    with pytest.raises(ServerError) as raised:
        await logged.run("MARK TRAINABLE")
    assert "MARK needs a condition" in raised.value.message
    assert "ALL" in (raised.value.hint or "")
