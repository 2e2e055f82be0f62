"""One call a distinct text, none for what is known, and again after a mark. Calls are counted, not timed."""

from __future__ import annotations

import psycopg

from tests.processes import EndpointProcess, SqlServerProcess

ROWS, DISTINCT = 10_000, 1_000
ASK = "SELECT count(*) FILTER (WHERE text MEANS 'eco-friendly') FROM many"


def test_calls_are_one_a_distinct_text_then_none_then_one_again_after_a_mark(
    server: SqlServerProcess, endpoint: EndpointProcess
) -> None:
    endpoint.reset()
    with server.connect() as connection:
        connection.execute(
            "CREATE TABLE many AS SELECT i AS id, CASE WHEN i % 4 = 0 THEN 'bamboo' ELSE 'plastic' END "
            f"|| ' thing number ' || (i % {DISTINCT}) AS text FROM range({ROWS}) r(i)"
        )
        assert connection.execute(ASK).fetchone() == (ROWS // 4,)
        assert endpoint.count() == DISTINCT
        assert connection.execute(ASK).fetchone() == (ROWS // 4,)
        assert endpoint.count() == DISTINCT

        connection.execute("MARK TRAINABLE WHERE cascade_id = 'semantic_matches' LIMIT 3")
        endpoint.reset()
        assert connection.execute(ASK).fetchone() == (ROWS // 4,)
    assert endpoint.count() == DISTINCT
    assert {system.count("<example>") for system in endpoint.system_messages()} == {3}
    assert {system.count("<examples>") for system in endpoint.system_messages()} == {1}


def test_null_is_null_and_calls_no_model(server: SqlServerProcess, endpoint: EndpointProcess) -> None:
    endpoint.reset()
    with server.connect() as connection:
        assert connection.execute("SELECT NULL::VARCHAR MEANS 'eco-friendly'").fetchone() == (None,)
    assert endpoint.count() == 0


def test_cheap_predicates_come_before_calls(server: SqlServerProcess, endpoint: EndpointProcess) -> None:
    with server.connect() as connection:
        connection.execute("CREATE TABLE few AS SELECT i AS id, 'cheap ' || i AS text FROM range(100) r(i)")
        endpoint.reset()
        connection.execute("SELECT id FROM few WHERE text MEANS 'eco-friendly' AND id < 7").fetchall()
    assert endpoint.count() == 7


def test_the_same_call_in_two_sessions_at_once_is_made_once(
    server: SqlServerProcess, endpoint: EndpointProcess
) -> None:
    endpoint.reset()
    endpoint.behave(latency=1.0)
    ask = "SELECT 'a text that two sessions ask about' MEANS 'eco-friendly'"
    with server.connect() as first, server.connect() as second:
        first.pgconn.send_query(ask.encode())
        second.pgconn.send_query(ask.encode())
        for connection in (first, second):
            result = connection.pgconn.get_result()
            assert result is not None
            assert result.status == psycopg.pq.ExecStatus.TUPLES_OK
            while connection.pgconn.get_result() is not None:
                pass
    endpoint.behave()
    assert endpoint.count() == 1


def test_a_session_sees_its_own_uncommitted_rows_in_the_input_query(server: SqlServerProcess) -> None:
    with server.connect() as connection:
        connection.execute("CREATE TABLE pending (text VARCHAR)")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO pending VALUES ('uncommitted bamboo mug')")
        assert connection.execute("SELECT text MEANS 'eco-friendly' FROM pending").fetchone() == (True,)
        connection.execute("ROLLBACK")
        assert connection.execute("SELECT count(*) FROM pending").fetchone() == (0,)
