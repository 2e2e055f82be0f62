"""A session's marks obey its transaction: its own at once, everybody's at COMMIT, nobody's after ROLLBACK."""

from __future__ import annotations

import pytest

from sqlserver.commands.transaction_marks import TransactionMarks
from sqlserver.core.errors import ServerError
from tests.log_session import LogSession

ANNOTATIONS = "SELECT trace_id, trainable, notes FROM training_annotations ORDER BY trace_id"
EXAMPLES = "SELECT trace_id FROM training_examples_with_annotations WHERE trainable ORDER BY trace_id"
STATISTICS = "SELECT trainable_count, verified_count, avg_confidence, total_count FROM training_stats_by_cascade"


@pytest.fixture
async def logged(session: LogSession) -> LogSession:
    for trace_id, text, output in (("t-1", "bamboo cup", "true"), ("t-2", "plastic cup", "false")):
        await session.log(trace_id, text, output)
    await session.run("MARK TRAINABLE TRACE 't-2' CONFIDENCE 0.5 NOTES 'before'")
    return session


def other(session: LogSession) -> LogSession:
    return LogSession(session.store, session.engine, TransactionMarks(session.store), session.users, "bob")


async def test_marks_are_visible_to_their_session_before_anybody_else(logged: LogSession) -> None:
    logged.marks.begin()
    assert await logged.tag("MARK TRAINABLE WHERE trace_id = 't-1' CONFIDENCE 1.0") == "MARK 1"
    assert await logged.tag("MARK TRAINABLE WHERE trace_id = 't-1' CONFIDENCE 1.0") == "MARK 0"
    assert await logged.rows(ANNOTATIONS) == [("t-1", True, None), ("t-2", True, "before")]
    assert await logged.rows(EXAMPLES) == [("t-1",), ("t-2",)]
    assert await logged.rows(STATISTICS) == [(2, 0, 0.75, 2)]
    assert await other(logged).rows(EXAMPLES) == [("t-2",)]
    await logged.marks.commit()
    assert await other(logged).rows(EXAMPLES) == [("t-1",), ("t-2",)]
    assert await logged.rows(STATISTICS) == [(2, 0, 0.75, 2)]


async def test_rollback_drops_them(logged: LogSession) -> None:
    logged.marks.begin()
    await logged.run("INSERT INTO training_annotations (trace_id, trainable) VALUES ('t-1', true)")
    await logged.run("UNMARK ALL WHERE trace_id = 't-2'")
    assert await logged.rows(ANNOTATIONS) == [("t-1", True, None)]
    logged.marks.rollback()
    assert await logged.rows(ANNOTATIONS) == [("t-2", True, "before")]


async def test_a_block_sees_its_marks_in_every_condition(logged: LogSession) -> None:
    logged.marks.begin()
    await logged.run("MARK TRAINABLE ALL NOTES 'seen'")
    assert await logged.tag("MARK VERIFIED WHERE notes = 'seen' AND trainable LIMIT 1") == "MARK 1"
    assert await logged.tag("UPDATE training_annotations SET notes = 'again' WHERE notes = 'seen'") == "UPDATE 2"
    assert await logged.rows("SELECT count(*) FROM training_annotations WHERE notes = 'again'") == [(2,)]
    await logged.marks.commit()
    assert await logged.rows("SELECT count(*) FROM training_annotations WHERE notes = 'again'") == [(2,)]


async def test_undo_in_a_block_takes_back_the_blocks_last_batch(logged: LogSession) -> None:
    logged.marks.begin()
    await logged.run("MARK TRAINABLE TRACE 't-1'")
    await logged.run("MARK VERIFIED TRACE 't-1', 't-2'")
    assert await logged.tag("UNDO MARK") == "UNDO 2"
    assert await logged.rows("SELECT trace_id FROM training_annotations WHERE verified") == []
    assert await logged.rows(EXAMPLES) == [("t-1",), ("t-2",)]
    assert await logged.tag("UNDO MARK") == "UNDO 1"
    with pytest.raises(ServerError) as raised:
        await logged.run("UNDO MARK")
    assert raised.value.sqlstate == "25001"
    await logged.marks.commit()
    assert await logged.rows(ANNOTATIONS) == [("t-2", True, "before")]
