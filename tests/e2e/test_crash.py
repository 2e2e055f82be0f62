"""``kill -9`` in the middle of a query: nothing acknowledged is lost, and the log tells what was under way."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from tests.processes import EndpointProcess, SqlServerProcess


def wait_for_requests(endpoint: EndpointProcess, count: int) -> None:
    """Returns when the endpoint holds ``count`` requests; the test's own timeout ends a wait in vain."""
    while endpoint.count() < count:
        time.sleep(0.05)


def test_what_was_answered_survives_and_what_was_in_flight_becomes_unknown(
    start_server: Callable[..., SqlServerProcess], endpoint: EndpointProcess, tmp_path: Path
) -> None:
    endpoint.reset()
    data = tmp_path / "data"
    server = start_server(data_dir=data, settings=endpoint.settings())
    connection = server.connect()
    connection.execute("CREATE TABLE kept (text VARCHAR)")
    connection.execute("INSERT INTO kept VALUES ('bamboo cup'), ('plastic cup')")
    answered = connection.execute("SELECT text, text MEANS 'eco-friendly' FROM kept ORDER BY text").fetchall()
    assert answered == [("bamboo cup", True), ("plastic cup", False)]
    assert connection.execute("MARK TRAINABLE WHERE user_input LIKE '%bamboo cup%'").statusmessage == "MARK 1"

    endpoint.behave(hang=True)
    connection.pgconn.send_query(b"SELECT i, 'item ' || i MEANS 'expensive' FROM range(3) r(i)")
    wait_for_requests(endpoint, 5)
    server.stop(signal.SIGKILL)
    connection.close()
    endpoint.behave()

    again = start_server(data_dir=data, settings=endpoint.settings())
    with again.connect() as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (2,)
        statuses = connection.execute(
            "SELECT status, count(*) FROM unified_logs WHERE cascade_id = 'semantic_matches' "
            "GROUP BY status ORDER BY status"
        ).fetchall()
        assert statuses == [("ok", 2), ("unknown", 3)]
        marked = connection.execute("SELECT user_input FROM training_examples_with_annotations WHERE trainable")
        assert ["bamboo cup" in row[0] for row in marked.fetchall()] == [True]


def test_a_client_that_leaves_abruptly_leaves_a_server_that_goes_on(
    server: SqlServerProcess, endpoint: EndpointProcess
) -> None:
    endpoint.behave(latency=5.0)
    before = endpoint.count()
    connection = psycopg.connect(server.url(), autocommit=True)
    connection.pgconn.send_query(b"SELECT 'a text for a client that leaves' MEANS 'expensive'")
    wait_for_requests(endpoint, before + 1)
    connection.close()
    endpoint.behave()
    with server.connect() as other:
        assert other.execute("SELECT 1").fetchone() == (1,)
