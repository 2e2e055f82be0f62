"""DROP and TRUNCATE of several objects in one statement."""

from __future__ import annotations

import psycopg
import pytest

from sqlserver.session.several_objects import one_by_one
from tests.processes import SqlServerProcess


@pytest.mark.parametrize(
    ("sql", "single"),
    [
        ("DROP TABLE a, b", ("DROP TABLE a", "DROP TABLE b")),
        ("drop view if exists s.a , \"b, c\" cascade;", ("drop view if exists s.a cascade",
                                                        "drop view if exists \"b, c\" cascade")),
        ("TRUNCATE a, b", ("TRUNCATE a", "TRUNCATE b")),
        ("TRUNCATE TABLE a,b", ("TRUNCATE TABLE a", "TRUNCATE TABLE b")),
        ("DROP TABLE a", ()),
        ("DROP TABLE a,", ()),
        ("DROP TABLE", ()),
        ("DROP FUNCTION f(int, int)", ()),
    ],
)  # fmt: skip
def test_one_statement_an_object(sql: str, single: tuple[str, ...]) -> None:
    assert one_by_one(sql) == single


@pytest.mark.parametrize("prepare", [False, True])
def test_all_go_or_none(server: SqlServerProcess, prepare: bool) -> None:
    with server.connect() as connection:
        connection.execute("CREATE TABLE first (n int)")
        connection.execute("CREATE TABLE second (n int)")
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("DROP TABLE first, nowhere", prepare=prepare)
        assert connection.execute("SELECT count(*) FROM first").fetchone() == (0,)
        assert connection.execute("DROP TABLE first, second", prepare=prepare).statusmessage == "DROP TABLE"


def test_a_pool_resets_a_connection_between_two_users(server: SqlServerProcess) -> None:
    with server.connect() as connection:
        assert connection.execute("CLOSE ALL; UNLISTEN *; RESET ALL").statusmessage == "CLOSE CURSOR ALL"


def test_rows_of_another_shape_than_described_are_refused(server: SqlServerProcess) -> None:
    with server.connect() as connection, server.connect() as other:
        connection.execute("CREATE TABLE widened (n int)")
        connection.pgconn.prepare(b"kept", b"SELECT * FROM widened")
        assert connection.pgconn.describe_prepared(b"kept").nfields == 1
        other.execute("ALTER TABLE widened ADD COLUMN t text")
        result = connection.pgconn.exec_prepared(b"kept", [])
    assert result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"0A000"
    assert result.error_field(psycopg.pq.DiagnosticField.SOURCE_FUNCTION) == b"RevalidateCachedQuery"
