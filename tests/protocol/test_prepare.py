"""PREPARE, EXECUTE, DEALLOCATE and the lifetimes of prepared statements."""

from __future__ import annotations

import psycopg
import pytest

from tests.protocol.conftest import Connection


def one(connection: Connection, statement: str) -> object:
    row = connection.execute(statement).fetchone()
    return None if row is None else row[0]


@pytest.mark.parametrize(
    ("prepare", "execute", "expected"),
    [
        ("PREPARE p AS SELECT 1", "EXECUTE p", 1),
        ("PREPARE p (int) AS SELECT $1 + 1", "EXECUTE p(41)", 42),
        ("PREPARE p (text, text) AS SELECT $2 || $1", "EXECUTE p('a', 'b')", "ba"),
        ("PREPARE p (int, double precision) AS SELECT $1 * $2", "EXECUTE p(2 * 3, 0.5)", 3.0),
        ("PREPARE p (text) AS SELECT $1", "EXECUTE p('00123')", "00123"),
        ("PREPARE p (int[]) AS SELECT $1", "EXECUTE p('{1,2}')", [1, 2]),
        ("PREPARE p AS SELECT $1::int", "EXECUTE p('7')", 7),
        ("PREPARE p (int) AS SELECT $1", "EXECUTE p(NULL)", None),
        ('PREPARE "P q" AS SELECT 5', 'EXECUTE "P q"', 5),
        ("PREPARE P AS SELECT 6", "EXECUTE p", 6),
    ],
)
def test_prepare_and_execute(connection: Connection, prepare: str, execute: str, expected: object) -> None:
    assert connection.execute(prepare).statusmessage == "PREPARE"
    assert one(connection, execute) == expected


def test_columns_and_tags_are_those_of_the_statement(connection: Connection) -> None:
    connection.execute("PREPARE p (int) AS SELECT $1 AS n, 'x' AS t FROM range(3)")
    cursor = connection.execute("EXECUTE p(1)")
    assert cursor.description is not None
    assert ([column.name for column in cursor.description], cursor.statusmessage) == (["n", "t"], "SELECT 3")


def test_sql_and_the_protocol_share_names(connection: Connection) -> None:
    connection.pgconn.prepare(b"by_protocol", b"SELECT $1::int + 1")
    assert one(connection, "EXECUTE by_protocol(1)") == 2
    connection.execute("PREPARE by_sql (int) AS SELECT $1 + 10")
    result = connection.pgconn.exec_prepared(b"by_sql", [b"5"])
    assert result.get_value(0, 0) == b"15"
    assert connection.execute("DEALLOCATE by_protocol").statusmessage == "DEALLOCATE"
    assert connection.execute("DEALLOCATE PREPARE ALL").statusmessage == "DEALLOCATE ALL"
    result = connection.pgconn.exec_prepared(b"by_sql", [b"5"])
    assert result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"26000"


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("EXECUTE nothing", "26000"), ("DEALLOCATE nothing", "26000"), ("PREPARE p AS SELECT * FROM nowhere", "42P01"),
        ("PREPARE p AS SELECT 1; PREPARE p AS SELECT 1", "42P05"), ("PREPARE p (int) AS SELECT $1; EXECUTE p", "42601"),
        ("PREPARE p (nosuch) AS SELECT $1", "42704"), ("PREPARE p AS", "42601"), ("PREPARE p SELECT 1", "42601"),
        ("PREPARE p (int) AS SELECT $1; EXECUTE p('x')", "22P02"),
    ],
)  # fmt: skip
def test_errors(connection: Connection, statement: str, sqlstate: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(statement)
    assert caught.value.sqlstate == sqlstate


def test_a_failed_parse_leaves_no_statement(connection: Connection) -> None:
    connection.pgconn.prepare(b"", b"SELECT 1")
    assert connection.pgconn.prepare(b"", b"SELEC 1").error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"42601"
    failed = connection.pgconn.exec_prepared(b"", None)
    assert failed.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"26000"


def test_a_simple_query_ends_the_unnamed_statement(connection: Connection) -> None:
    connection.pgconn.prepare(b"", b"SELECT 1")
    connection.pgconn.exec_(b"SELECT 2")
    failed = connection.pgconn.exec_prepared(b"", None)
    assert failed.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"26000"


def test_discard_all_forgets_everything(connection: Connection) -> None:
    connection.execute("PREPARE p AS SELECT 1")
    connection.execute("DECLARE c CURSOR WITH HOLD FOR SELECT 1")
    connection.execute("CREATE TEMP TABLE kept_for_this_session (a INT)")
    connection.execute("SET application_name = 'changed'")
    assert connection.execute("DISCARD ALL").statusmessage == "DISCARD ALL"
    for gone, sqlstate in (("EXECUTE p", "26000"), ("FETCH c", "34000"), ("TABLE kept_for_this_session", "42P01")):
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(gone)
        assert caught.value.sqlstate == sqlstate
    assert connection.info.parameter_status("application_name") != "changed"
    with pytest.raises(psycopg.errors.ActiveSqlTransaction):
        connection.execute("BEGIN; DISCARD ALL")


def test_psycopg_prepares_and_drops_its_own(connection: Connection) -> None:
    connection.prepare_threshold, connection.prepared_max = 0, 2
    for number in range(6):
        assert connection.execute(f"SELECT %s::int + {number}", (1,)).fetchone() == (1 + number,)
