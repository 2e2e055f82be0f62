"""The sessions in pg_stat_activity, and who may cancel or end them."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import Any

import psycopg
import pytest

from tests.access.guarded import GuardedServer, sqlstate

LONG = "SELECT count(*) FROM range(10000000000) a(n) WHERE n % 7 = 8 AND sqrt(n) < 0"
ACTIVITY = (
    "SELECT usename, application_name, host(client_addr), state, query, xact_start IS NOT NULL, datname, wait_event "
    "FROM pg_stat_activity WHERE pid = %s"
).replace("host(client_addr)", "client_addr::text")
HIDDEN = ("<insufficient privilege>", False, "default", None)


def shown(viewer: psycopg.Connection[Any], other: psycopg.Connection[Any] | int) -> Any:
    pid = other if isinstance(other, int) else other.info.backend_pid
    return viewer.execute(ACTIVITY.encode(), [pid]).fetchone()


class Running:
    """A long statement on another thread; ``outcome`` waits for its SQLSTATE."""

    def __init__(self, connection: psycopg.Connection[Any], viewer: psycopg.Connection[Any]) -> None:
        self._state: list[str | None] = []
        self._thread = threading.Thread(target=lambda: self._state.append(sqlstate(connection, LONG)))
        self._thread.start()
        while shown(viewer, connection)[3] != "active":
            pass

    def outcome(self) -> str | None:
        self._thread.join(30)
        return self._state[0]


def test_a_session_sees_itself_at_work(guarded: GuardedServer) -> None:
    with guarded.connect("rae", application_name="report") as reader:
        assert shown(reader, reader)[:4] == ("rae", "report", "127.0.0.1", "active")
        assert reader.execute("SELECT pg_backend_pid()").fetchone() == (reader.info.backend_pid,)


def test_others_are_told_in_full_to_administrators_alone(guarded: GuardedServer) -> None:
    with guarded.connect("rae", application_name="one") as one, guarded.connect("ana") as ana:
        one.execute("SELECT 41 + 1").fetchall()
        with guarded.connect("adi") as admin, guarded.connect("rae") as same:
            idle = ("rae", "one", "127.0.0.1", "idle", "SELECT 41 + 1", False, "default", "ClientRead")
            assert shown(admin, one) == shown(same, one) == idle
            assert shown(ana, one) == ("rae", "one", None, None, *HIDDEN)
            one.execute("BEGIN")
            assert shown(admin, one)[3:6] == ("idle in transaction", "BEGIN", True)
            assert sqlstate(one, "SELECT 1/0") == "22012" or sqlstate(one, "SELECT nowhere") == "42703"
            assert shown(admin, one)[3] == "idle in transaction (aborted)"
            one.execute("ROLLBACK")
            assert shown(admin, one)[3:6] == ("idle", "ROLLBACK", False)
            pid = one.info.backend_pid
            one.close()
            while shown(admin, pid) is not None:
                pass


def test_a_statement_is_cancelled_and_its_session_goes_on(guarded: GuardedServer) -> None:
    with guarded.connect("rae") as reader, guarded.connect("rae") as same:
        running = Running(reader, same)
        sent = same.execute("SELECT pg_cancel_backend(%s) AS sent", [reader.info.backend_pid])
        assert sent.fetchone() == (True,)
        assert running.outcome() == "57014"
        assert reader.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("busy", [True, False])
def test_a_session_is_ended_with_its_reason(guarded: GuardedServer, busy: bool) -> None:
    with guarded.connect("adi") as admin, guarded.connect("rae", application_name="victim") as reader:
        pid = reader.info.backend_pid
        running = Running(reader, admin) if busy else None
        ended = admin.execute(
            "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'"
        )
        assert ended.fetchall() == [(pid, True)]
        assert (running.outcome() if running else sqlstate(reader, "SELECT 1")) == "57P01"
        while shown(admin, pid) is not None:
            pass


def test_a_session_whose_client_does_not_read_is_ended(guarded: GuardedServer) -> None:
    reader = guarded.connect("rae")
    with guarded.connect("adi") as admin, closing(reader):
        pid = reader.info.backend_pid
        reader.pgconn.send_query(b"SELECT repeat('x', 1000000) FROM range(100)")
        while shown(admin, pid)[3:5] == ("idle", ""):
            pass
        time.sleep(0.5)  # for the server to fill what it and the kernel hold
        admin.execute("SELECT pg_terminate_backend(%s)", [pid])
        for _ in range(500):
            if shown(admin, pid) is None:
                break
            time.sleep(0.02)
        assert shown(admin, pid) is None


@pytest.mark.parametrize(
    ("sender", "owner", "message"),
    [("rae", "ana", "must be a member of the role whose process is being terminated"),
     ("ana", "adi", "must be a superuser to terminate superuser process")],
)  # fmt: skip
def test_anothers_session_is_an_administrators_matter(
    guarded: GuardedServer, sender: str, owner: str, message: str
) -> None:
    with guarded.connect(owner) as other, guarded.connect(sender) as connection:
        for function in ("pg_terminate_backend", "pg_cancel_backend"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege) as caught:
                connection.execute(f"SELECT {function}(%s)".encode(), [other.info.backend_pid])
            if function == "pg_terminate_backend":
                assert caught.value.diag.message_primary is not None
                assert caught.value.diag.message_primary.startswith(message)
        assert other.execute("SELECT 1").fetchone() == (1,)


def test_odd_calls(guarded: GuardedServer) -> None:
    with guarded.connect("adi") as admin:
        told: list[str | None] = []
        admin.add_notice_handler(lambda notice: told.append(notice.message_primary))
        assert admin.execute("SELECT pg_terminate_backend(1), pg_cancel_backend(NULL)").fetchone() == (False, None)
        assert told == ["PID 1 is not a PostgreSQL server process"]
        assert sqlstate(admin, "SELECT 1 WHERE pg_terminate_backend(1)") == "0A000"
        assert sqlstate(admin, "SELECT *, pg_terminate_backend(pid) FROM pg_stat_activity WHERE false") == "0A000"
