"""SET, SHOW and RESET as drivers use them; what is reported; limits on time."""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
import pytest

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection


def show(connection: Connection, name: str) -> str:
    row = connection.execute(f"SHOW {name}").fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize(
    ("statement", "name", "value"),
    [
        ("SET datestyle = 'German'", "DateStyle", "German, DMY"),
        ("SET datestyle TO sql, dmy", "DateStyle", "SQL, DMY"),
        ("SET datestyle = ISO", "DateStyle", "ISO, MDY"),
        ("SET TIME ZONE 'europe/berlin'", "TimeZone", "Europe/Berlin"),
        ("SET TIME ZONE 2", "TimeZone", "<+02>-02"), ("SET TIME ZONE -3.5", "TimeZone", None),
        ("SET timezone TO 'UTC+3'", "TimeZone", "<-03>+03"), ("SET TIME ZONE LOCAL", "TimeZone", "UTC"),
        ("SET search_path TO sales, \"Other\"", "search_path", 'sales, "Other"'),
        ("SET statement_timeout = 60000", "statement_timeout", "1min"),
        ("SET statement_timeout = '90s'", "statement_timeout", "90s"),
        ("SET work_mem = '64MB'", "work_mem", "64MB"), ("SET enable_seqscan TO off", "enable_seqscan", "off"),
        ("SET my.variable = 'x y'", "my.variable", "x y"), ("SET extra_float_digits = 3", "extra_float_digits", "3"),
        ("SET SESSION application_name = 'me'", "application_name", "me"),
        ("SET NAMES 'utf-8'", "client_encoding", "UTF8"),
        ("SET intervalstyle = iso_8601", "IntervalStyle", "iso_8601"), ("SET geqo = 1", "geqo", "on"),
        ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "default_transaction_read_only", "on"),
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "transaction_isolation", "serializable",
        ),
        ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "transaction_read_only", "on"),
    ],
)  # fmt: skip
def test_set_and_show(connection: Connection, statement: str, name: str, value: str | None) -> None:
    if value is None:
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            connection.execute(statement)
        return
    assert connection.execute(statement).statusmessage == "SET"
    assert show(connection, name) == value


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("SET nosuch = 1", "42704"), ("SHOW nosuch", "42704"), ("SHOW my.nothing", "42704"), ("SET geqo = 2", "22023"),
        ("SET timezone = 'Nowhere/Atall'", "22023"),
        ("SET client_encoding = 'LATIN1'", "22023"), ("SET ssl = on", "55P02"),
        ("SET server_version = '1'", "55P02"),
        ("SET datestyle = 'Martian'", "22023"), ("SET semantic.nosuch = 1", "42704"),
    ],
)  # fmt: skip
def test_refused(connection: Connection, statement: str, sqlstate: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(statement)
    assert caught.value.sqlstate == sqlstate


def test_show_all_names_every_setting(connection: Connection) -> None:
    names = {row[0] for row in connection.execute("SHOW ALL").fetchall()}
    assert {"DateStyle", "work_mem", "semantic.model", "max_connections", "server_version"} <= names


def test_settings_follow_the_transaction_and_are_reported(connection: Connection) -> None:
    connection.execute("SET application_name = 'before'")
    connection.execute("BEGIN; SET LOCAL TimeZone = 'Asia/Tokyo'; SET application_name = 'inside'")
    told = connection.info.parameter_status
    assert (told("TimeZone"), told("application_name")) == ("Asia/Tokyo", "inside")
    connection.execute("ROLLBACK")
    assert (told("TimeZone"), told("application_name")) == ("UTC", "before")
    connection.execute("BEGIN; SET LOCAL intervalstyle = 'iso_8601'; COMMIT")
    assert told("IntervalStyle") == "postgres"


def test_options_of_the_connection_are_what_reset_goes_back_to(embedded_server: SqlServerProcess) -> None:
    options = "-c TimeZone=Europe/Paris -c search_path=a,public -c statement_timeout=5s -c my.own=1"
    with embedded_server.connect(options=options) as opened:
        assert [show(opened, name) for name in ("timezone", "search_path", "statement_timeout", "my.own")] == [
            "Europe/Paris", "a, public", "5s", "1",
        ]  # fmt: skip
        opened.execute("SET timezone = 'UTC'; RESET timezone")
        assert show(opened, "timezone") == "Europe/Paris"
        opened.execute("SET search_path = b; RESET ALL")
        assert show(opened, "search_path") == "a, public"


def test_the_engine_knows_time_zone_and_search_path_and_forgets_with_a_rollback(connection: Connection) -> None:
    connection.execute("CREATE SCHEMA IF NOT EXISTS elsewhere")
    connection.execute("CREATE OR REPLACE TABLE elsewhere.found AS SELECT 1 AS a")
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT a FROM found")
    connection.execute("BEGIN; SET search_path = nowhere, elsewhere; SET TimeZone = '+05:30'")
    instant = "'2020-01-01 20:00:00+00'::timestamptz"
    query = f"SELECT a, {instant}::text, date_trunc('day', {instant}) FROM found"
    result = connection.pgconn.exec_(query.encode())
    assert [result.get_value(0, column) for column in range(3)] == [
        b"1", b"2020-01-02 01:30:00+05:30", b"2020-01-02 00:00:00+05:30",
    ]  # fmt: skip
    connection.execute("ROLLBACK")
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT a FROM found")
    assert connection.execute("SELECT '2020-01-01 00:00:00+00'::timestamptz::text").fetchone() == (
        "2020-01-01 00:00:00+00",
    )


def test_statement_timeout_holds_while_rows_stream(connection: Connection) -> None:
    connection.execute("SET statement_timeout = '300ms'")
    with pytest.raises(psycopg.errors.QueryCanceled, match="canceling statement due to statement timeout"):
        connection.execute("SELECT i, repeat('x', 1000) FROM range(100000000) AS r(i)").fetchall()


def test_a_suspended_portal_is_not_timed(connection: Connection) -> None:
    connection.execute("SET statement_timeout = '300ms'")
    with connection.transaction(), connection.cursor(name="slow") as cursor:
        cursor.execute("SELECT i FROM range(10000) AS r(i)")
        cursor.fetchmany(10)
        time.sleep(0.5)
        assert len(cursor.fetchall()) == 9990


def ended_with(connection: Connection) -> str | None:
    """The SQLSTATE with which the server ends an idle connection."""
    readable, _, _ = select.select([connection.fileno()], [], [], 10)
    assert readable
    with pytest.raises(psycopg.Error) as caught:
        connection.execute("SELECT 1")
    return caught.value.sqlstate


@pytest.mark.parametrize(
    ("steps", "sqlstate"),
    [
        (["SET idle_session_timeout = '100ms'"], "57P05"),
        (["SET idle_in_transaction_session_timeout = '100ms'", "BEGIN"], "25P03"),
    ],
)
def test_idle_clients_are_sent_away(embedded_server: SqlServerProcess, steps: list[str], sqlstate: str) -> None:
    opened: Connection = embedded_server.connect()
    try:
        for step in steps:
            opened.execute(step)
        assert ended_with(opened) == sqlstate
    finally:
        opened.close()


def test_a_busy_client_is_not_idle(connection: Connection) -> None:
    connection.execute("SET idle_session_timeout = '300ms'")
    rows: Any = connection.execute("SELECT count(*) FROM range(300000000) AS r(i) WHERE i % 7 = 3").fetchone()
    assert rows[0] > 0


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [
        ("work_mem", None, "4MB"), ("work_mem", "65536", "64MB"), ("work_mem", "'1.5MB'", "1536kB"),
        ("effective_cache_size", "'1GB'", "1GB"), ("temp_buffers", None, "8MB"), ("temp_file_limit", None, "-1"),
        ("deadlock_timeout", None, "1s"), ("vacuum_cost_delay", "2.5", "2500us"), ("vacuum_cost_delay", "'2ms'", "2ms"),
    ],
)  # fmt: skip
def test_measures_are_shown_in_their_largest_unit(
    connection: Connection, name: str, given: str | None, shown: str
) -> None:
    if given is not None:
        connection.execute(f"SET {name} = {given}")
    assert connection.execute(f"SHOW {name}").fetchone() == (shown,)


def test_pg_settings_tells_the_sessions_own(connection: Connection) -> None:
    connection.execute("SET application_name = 'mine'; SET TimeZone = 'Europe/Rome'")
    query = (
        "SELECT name, setting FROM pg_settings WHERE name IN ('application_name', 'TimeZone', 'work_mem') ORDER BY 1"
    )
    assert dict(connection.execute(query).fetchall()) == {
        "application_name": "mine", "TimeZone": "Europe/Rome", "work_mem": "4096",
    }  # fmt: skip
