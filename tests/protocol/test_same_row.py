"""Sessions that change the same row wait for each other where a transaction begins with the change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection

ADD = "UPDATE counters SET n = n + 1 WHERE id = 1"


@pytest.fixture
def counters(connection: Connection) -> Iterator[Connection]:
    connection.execute("CREATE TABLE counters (id int PRIMARY KEY, n int)")
    connection.execute("INSERT INTO counters VALUES (1, 0)")
    yield connection
    connection.execute("DROP TABLE counters")


def plainly(connection: Connection) -> None:
    connection.execute(ADD)


def with_parameters(connection: Connection) -> None:
    connection.execute("UPDATE counters SET n = n + %s WHERE id = %s RETURNING n", (1, 1))


def in_a_block(connection: Connection) -> None:
    with connection.transaction():
        connection.execute(ADD)
        connection.execute("SELECT n FROM counters")


@pytest.mark.parametrize("add", [plainly, with_parameters, in_a_block])
def test_every_change_counts(
    counters: Connection, embedded_server: SqlServerProcess, add: Callable[[Connection], None]
) -> None:
    def work() -> None:
        with embedded_server.connect() as own:
            for _ in range(10):
                add(own)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()
    assert counters.execute("SELECT n FROM counters").fetchall() == [(40,)]


def test_a_change_waits_for_an_open_transaction(counters: Connection, embedded_server: SqlServerProcess) -> None:
    with embedded_server.connect() as other:
        other.execute("BEGIN")
        other.execute(ADD)
        timer = threading.Timer(0.3, lambda: other.execute("COMMIT"))
        timer.start()
        counters.execute(ADD)
        timer.join()
    assert counters.execute("SELECT n FROM counters").fetchall() == [(2,)]


@pytest.mark.parametrize(
    ("setting", "state"), [("lock_timeout = '100ms'", "55P03"), ("statement_timeout = '100ms'", "57014")]
)
def test_it_waits_no_longer_than_it_is_told(
    counters: Connection, embedded_server: SqlServerProcess, setting: str, state: str
) -> None:
    with embedded_server.connect() as other:
        other.execute("BEGIN")
        other.execute(ADD)
        counters.execute(f"SET {setting}")
        with pytest.raises(psycopg.Error) as raised:
            counters.execute(ADD)
    assert raised.value.sqlstate == state


def test_a_transaction_that_has_read_before_is_told_at_once(
    counters: Connection, embedded_server: SqlServerProcess
) -> None:
    with embedded_server.connect() as other, other.transaction():
        other.execute("SELECT n FROM counters")
        counters.execute(ADD)
        with pytest.raises(psycopg.errors.SerializationFailure):
            other.execute(ADD)
        raise psycopg.Rollback
