"""The statements of the user's documents run as they are typed there."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.log_session import LogSession, taken

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def logged(shared_session: LogSession) -> LogSession:
    await shared_session.log("t-1", "Eco-friendly bamboo toothbrush", "true")
    await shared_session.log("t-2", "Plastic water bottle", "false")
    await shared_session.run(
        """
INSERT INTO training_annotations (trace_id, trainable, verified, confidence)
VALUES
  ('t-1', true, true, 1.0),
  ('trace-uuid-2', true, true, 1.0),
  ('trace-uuid-3', true, false, 0.9);
"""
    )
    return shared_session


async def test_the_execution_log_is_checked(logged: LogSession) -> None:
    rows = await logged.rows(
        """
SELECT trace_id, session_id, cascade_id, cell_name,
       JSONExtractString(full_request_json, '$.messages[-1].content') as input,
       JSONExtractString(content_json, '$.content') as output
FROM unified_logs
WHERE cascade_id = 'semantic_matches'
  AND role = 'assistant'
ORDER BY timestamp DESC
LIMIT 5
"""
    )
    assert [(row[0], row[5]) for row in rows] == [("t-2", "false"), ("t-1", "true")]
    assert rows[1][4] == "text: Eco-friendly bamboo toothbrush\ncriterion: eco-friendly"


async def test_training_examples_are_viewed(logged: LogSession) -> None:
    rows = await logged.rows(
        """
-- See all training examples for semantic_matches
SELECT
    user_input,
    assistant_output,
    confidence,
    trainable,
    verified,
    timestamp
FROM training_examples_with_annotations
WHERE cascade_id = 'semantic_matches'
  AND cell_name = 'evaluate'
  AND trainable = true
ORDER BY timestamp DESC
LIMIT 10;
"""
    )
    assert [row[1:5] for row in rows] == [("true", 1.0, True, True)]


async def test_statistics_are_viewed(logged: LogSession) -> None:
    rows = await logged.rows(
        """
-- Get stats for all cascades
SELECT * FROM training_stats_by_cascade
ORDER BY trainable_count DESC;
"""
    )
    assert rows == [("semantic_matches", "evaluate", 1, 1, 1.0, 2)]


async def test_historical_calls_are_found(logged: LogSession) -> None:
    rows = await logged.rows(
        """
SELECT trace_id, cascade_id, cell_name, timestamp
FROM training_examples_mv
WHERE cascade_id = 'semantic_matches'
  AND user_input LIKE '%bamboo%'
ORDER BY timestamp DESC
LIMIT 5;
"""
    )
    assert [row[:3] for row in rows] == [("t-1", "semantic_matches", "evaluate")]


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        (
            "SELECT COUNT(*) FROM training_examples_mv\nWHERE cascade_id = 'semantic_matches'\n"
            "  AND cell_name = 'evaluate';",
            2,
        ),
        ("SELECT COUNT(*) FROM training_annotations WHERE trainable = true;", 3),
        (
            "SELECT COUNT(*) FROM training_examples_with_annotations\n"
            "WHERE cascade_id = 'semantic_matches' AND trainable = true;",
            1,
        ),
    ],
)
async def test_troubleshooting_counts_are_true(logged: LogSession, sql: str, count: int) -> None:
    assert await logged.rows(sql) == [(count,)]


async def test_the_combined_view_shows_every_column(logged: LogSession) -> None:
    table = await logged.select("SELECT * FROM training_examples_with_annotations LIMIT 5")
    assert table.num_rows == 2
    assert {"trainable", "verified", "confidence", "notes", "tags"} <= set(table.column_names)


async def test_the_newest_trace_is_marked(logged: LogSession) -> None:
    ((trace,),) = await logged.rows(
        """
SELECT trace_id FROM unified_logs
WHERE cascade_id = 'semantic_matches'
ORDER BY timestamp DESC LIMIT 1
"""
    )
    sql = f"\nINSERT INTO training_annotations (trace_id, trainable)\nVALUES ('{trace}', true);\n"
    assert await logged.tag(sql) == "INSERT 0 1"
    await logged.run("UNMARK TRAINABLE TRACE 't-2'")


async def test_the_training_tables_are_listed(logged: LogSession) -> None:
    listed = (await taken(await logged.run("SHOW TABLES LIKE '%training%'"))).to_pylist()
    assert {
        "training_annotations",
        "training_examples_mv",
        "training_examples_with_annotations",
        "training_stats_by_cascade",
    } <= {row["name"] for row in listed}
