"""The main job in psql: ask, look at the log, mark, ask again. Points 1 to 5 of what a user must be able to do.

The tests of a class run in order on one server, as a user's session does.
"""

from __future__ import annotations

import re

import pytest

from tests.e2e.products import CREATE, MEANS
from tests.processes import EndpointProcess, SqlServerProcess

pytestmark = pytest.mark.usefixtures("psql")

LAST_CALLS = """
SELECT trace_id, user_input, assistant_output FROM training_examples_mv
WHERE cascade_id = 'semantic_matches' ORDER BY timestamp DESC LIMIT 5;
"""


class TestWithAnEndpoint:
    def test_means_answers_from_the_endpoint(self, server: SqlServerProcess, endpoint: EndpointProcess) -> None:
        done = server.psql(CREATE + MEANS)
        assert done.code == 0, done.err
        assert [row[2] for row in done.rows] == ["t", "t", "f", "t", "f"]
        assert "No training examples available yet for evaluate" in done.err
        assert endpoint.count() == 5

    def test_the_calls_just_made_are_in_the_log_at_once(self, server: SqlServerProcess) -> None:
        with server.connect() as connection:
            rows = connection.execute(LAST_CALLS).fetchall()
        assert len({trace for trace, _, _ in rows}) == 5
        assert [output for _, text, output in rows if "bamboo" in text] == ["true"]
        assert server.psql(LAST_CALLS).code == 0

    def test_mark_says_how_many_and_says_nothing_new_the_second_time(self, server: SqlServerProcess) -> None:
        mark = "MARK TRAINABLE WHERE cascade_id = 'semantic_matches' AND user_input ILIKE '%bamboo%';"
        connection = server.connect()
        with connection:
            assert connection.execute(mark).statusmessage == "MARK 1"
            assert connection.execute(mark).statusmessage == "MARK 0"

    def test_a_plain_insert_marks_as_well(self, server: SqlServerProcess) -> None:
        (trace,) = server.rows(
            "SELECT trace_id FROM training_examples_mv "
            "WHERE cascade_id = 'semantic_matches' AND user_input LIKE '%fork%';"
        )[0]
        done = server.psql(
            "INSERT INTO training_annotations (trace_id, trainable, verified, confidence) "
            f"VALUES ('{trace}', true, true, 1.0);"
        )
        assert done.code == 0, done.err

    def test_the_next_query_injects_the_marked_answers_once_escaped_in_the_system_message(
        self, server: SqlServerProcess, endpoint: EndpointProcess
    ) -> None:
        endpoint.reset()
        done = server.psql(MEANS)
        assert done.err.count("Injected 2 training examples (recent strategy)") == 1
        assert endpoint.count() == 5
        for system in endpoint.system_messages():
            assert system.count("<examples>") == system.count("</examples>") == 1
            assert system.count("<example>") == 2
            assert re.search(r"<input>[^<]*bamboo toothbrush[^<]*</input>\s*<output>true</output>", system)
        assert not any("<examples>" in body["messages"][-1]["content"] for body in endpoint.requests())

    def test_the_views_tell_the_truth(self, server: SqlServerProcess) -> None:
        stats = server.rows(
            "SELECT cell_name, trainable_count, verified_count, total_count FROM training_stats_by_cascade "
            "WHERE cascade_id = 'semantic_matches';"
        )
        assert stats == [["evaluate", "2", "1", "10"]]
        marked = server.rows(
            "SELECT assistant_output, verified FROM training_examples_with_annotations "
            "WHERE trainable AND cascade_id = 'semantic_matches' ORDER BY assistant_output;"
        )
        assert marked == [["false", "t"], ["true", "f"]]

    def test_the_log_joins_with_a_table_of_the_user(self, server: SqlServerProcess) -> None:
        joined = server.rows(
            "SELECT p.id, e.assistant_output FROM products p "
            "JOIN training_examples_mv e ON e.user_input LIKE '%' || p.description || '%' ORDER BY p.id;"
        )
        assert {(row[0], row[1]) for row in joined} == {
            ("1", "true"), ("2", "true"), ("3", "false"), ("4", "true"), ("5", "false"),
        }  # fmt: skip


class TestOnAFreshMachine:
    def test_means_answers_with_no_endpoint_and_says_so(self, embedded_server: SqlServerProcess) -> None:
        done = embedded_server.psql(CREATE + MEANS)
        assert done.code == 0, done.err
        assert len(done.rows) == 5
        assert {row[2] for row in done.rows} == {"t", "f"}
        assert "embedded" in done.err

    def test_marks_move_later_answers_in_the_marked_direction(self, embedded_server: SqlServerProcess) -> None:
        """Bottles are corrected to belong to the garage, the rest not: a bottle nobody marked then scores higher."""
        ask = "SELECT ('Steel drinking bottle with lid' ABOUT 'things for the garage')::DOUBLE;"
        before = float(embedded_server.rows(ask)[0][0])
        done = embedded_server.psql(
            "CREATE TABLE things (name VARCHAR);"
            "INSERT INTO things VALUES ('Plastic water bottle'), ('Glass bottle for milk'), "
            "('Winter tyre'), ('Engine oil');"
            "SELECT name ABOUT 'things for the garage' FROM things;"
        )
        assert done.code == 0, done.err
        with embedded_server.connect() as connection:
            told = connection.execute(
                "SELECT e.trace_id, t.name FROM training_examples_mv e JOIN things t "
                "ON e.user_input LIKE '%' || t.name || '%' WHERE e.user_input LIKE '%garage%'"
            ).fetchall()
            assert len(told) == 4
            for trace, name in told:
                connection.execute(f"CORRECT TRACE '{trace}' TO '{'1.0' if 'bottle' in name else '0.0'}'")
        assert float(embedded_server.rows(ask)[0][0]) > before
