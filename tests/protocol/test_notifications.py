"""LISTEN and NOTIFY: told when the sender's transaction commits, to those of the same database who listen then."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection


@pytest.fixture
def other(embedded_server: SqlServerProcess) -> Iterator[Connection]:
    with embedded_server.connect() as opened:
        yield opened


def told(connection: Connection, *, wait: float = 5, count: int = 1) -> list[tuple[str, str]]:
    return [(one.channel, one.payload) for one in connection.notifies(timeout=wait, stop_after=count)]


def nothing(connection: Connection) -> bool:
    """What was sent before a query's answer has come with it."""
    connection.execute("SELECT 1")
    return told(connection, wait=0) == []


@pytest.mark.parametrize(
    ("send", "payload"),
    [
        ("NOTIFY news", ""), ("NOTIFY news, 'it''s here'", "it's here"), ("SELECT pg_notify('news', 'a' || 'b')", "ab"),
        ("SELECT pg_notify('news', x) FROM (VALUES ('row')) v(x)", "row"), ('NOTIFY "news", \'ü\'', "ü"),
    ],
)  # fmt: skip
def test_a_waiting_client_is_told(connection: Connection, other: Connection, send: str, payload: str) -> None:
    connection.execute("LISTEN news")
    other.execute(send)
    assert told(connection) == [("news", payload)]


def test_parameters(connection: Connection, other: Connection) -> None:
    connection.execute("LISTEN news")
    other.execute("SELECT pg_notify(%s, %s)", ("news", "x"))
    (notification,) = connection.notifies(timeout=5, stop_after=1)
    assert (notification.payload, notification.pid) == ("x", other.info.backend_pid)


def test_a_session_tells_itself(connection: Connection) -> None:
    connection.execute("LISTEN own; NOTIFY own, 'me'")
    assert told(connection) == [("own", "me")]


def test_it_waits_for_the_commit_and_is_told_once(connection: Connection, other: Connection) -> None:
    connection.execute("LISTEN news")
    with other.transaction():
        for payload in ("1", "2", "1"):
            other.execute(f"NOTIFY news, '{payload}'")
        assert nothing(connection)
    assert told(connection, count=2) == [("news", "1"), ("news", "2")]


def test_a_rollback_takes_it_back(connection: Connection, other: Connection) -> None:
    connection.execute("LISTEN news")
    with other.transaction(force_rollback=True):
        other.execute("NOTIFY news")
        other.execute("LISTEN never")
    connection.execute("NOTIFY never")
    assert nothing(connection)
    assert nothing(other)


def test_a_client_in_a_transaction_is_told_after_it(connection: Connection, other: Connection) -> None:
    connection.execute("LISTEN news")
    with connection.transaction():
        connection.execute("SELECT 1")
        other.execute("NOTIFY news")
        assert nothing(connection)
    assert told(connection) == [("news", "")]


@pytest.mark.parametrize("leave", ["UNLISTEN news", "UNLISTEN *", "DISCARD ALL"])
def test_who_does_not_listen_is_not_told(connection: Connection, other: Connection, leave: str) -> None:
    connection.execute("LISTEN news; LISTEN more")
    assert connection.execute("SELECT pg_listening_channels()").fetchall() == [("news",), ("more",)]
    connection.execute(leave)
    other.execute("NOTIFY news")
    assert nothing(connection)


def test_channels_are_a_databases_own(connection: Connection, embedded_server: SqlServerProcess) -> None:
    connection.execute("LISTEN news")
    with psycopg.connect(embedded_server.url("memory"), autocommit=True) as elsewhere:
        elsewhere.execute("NOTIFY news")
    assert nothing(connection)


@pytest.mark.parametrize(
    ("statement", "state"),
    [
        ("LISTEN", "42601"), ("NOTIFY x y", "42601"), ("NOTIFY x, 5", "42601"), ("UNLISTEN a b", "42601"),
        ("SELECT pg_notify('', 'x')", "22023"), (f"NOTIFY {'x' * 64}", "22023"),
        (f"NOTIFY x, '{'p' * 8000}'", "22023"),
    ],
)  # fmt: skip
def test_what_postgresql_refuses_is_refused(connection: Connection, statement: str, state: str) -> None:
    with pytest.raises(psycopg.Error) as raised:
        connection.execute(statement)
    assert raised.value.sqlstate == state
