"""A server that is told to stop says so: to the idle, to who runs a statement for too long, to who comes then."""

from __future__ import annotations

import select
import signal
import threading
from collections.abc import Callable

import psycopg
import pytest

from tests.processes import SqlServerProcess

LONG = "SELECT count(*) FROM range(10000000000) a(n) WHERE n % 7 = 8 AND sqrt(n) < 0"


def test_everybody_is_told_that_the_server_stops(start_server: Callable[..., SqlServerProcess]) -> None:
    server = start_server()
    idle, working = server.connect(), server.connect()
    told: list[str | None] = []

    def work() -> None:
        with pytest.raises(psycopg.Error) as caught:
            working.execute(LONG)
        told.append(caught.value.sqlstate)

    running = threading.Thread(target=work)
    running.start()
    with server.connect() as viewer:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"
        while viewer.execute(waiting).fetchone() != (1,):
            pass
    server.process.send_signal(signal.SIGTERM)
    select.select([idle.fileno()], [], [], 30)  # or the statement might come before the signal
    with pytest.raises(psycopg.Error) as caught:
        idle.execute("SELECT 1")
    assert caught.value.sqlstate == "57P01"
    with pytest.raises(psycopg.OperationalError, match="the database system is shutting down"):
        server.connect()
    running.join(30)
    assert told == ["57P01"]
    for connection in (idle, working):
        connection.close()
    assert server.stop() == 0
