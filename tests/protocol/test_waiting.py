"""pg_sleep waits, and is stopped as anything is; advisory locks take their parameters."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from tests.protocol.conftest import Connection


@pytest.mark.parametrize(("query", "values"), [("SELECT pg_sleep(0.3)", ()), ("SELECT pg_sleep(%s), 1", (0.3,))])
def test_it_waits(connection: Connection, query: str, values: tuple[float, ...]) -> None:
    began = time.monotonic()
    row = connection.execute(query, values).fetchone()
    assert time.monotonic() - began >= 0.3
    assert row is not None
    assert row[0] == ""


def test_a_cancel_ends_it(connection: Connection) -> None:
    timer = threading.Timer(0.2, connection.cancel)
    timer.start()
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute("SELECT pg_sleep(600)")
    timer.join()


def test_the_statements_time_ends_it(connection: Connection) -> None:
    connection.execute("SET statement_timeout = 100")
    with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
        connection.execute("SELECT pg_sleep(600)")


@pytest.mark.parametrize("function", ["pg_advisory_lock", "pg_try_advisory_lock", "pg_advisory_xact_lock"])
def test_advisory_locks_take_parameters(connection: Connection, function: str) -> None:
    result = connection.pgconn.exec_params(f"SELECT {function}($1)".encode(), [b"12345"])
    assert result.get_value(0, 0) in (b"", b"t")
    connection.pgconn.prepare(b"", f"SELECT {function}($1)".encode())
    described = connection.pgconn.describe_prepared(b"")
    assert [described.param_type(0)] == [20]
