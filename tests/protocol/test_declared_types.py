"""varchar(n), char(n) and jsonb are told as declared, keep to their length, and last as long as their column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection

TEXT, BPCHAR, VARCHAR, JSON, JSONB = 25, 1042, 1043, 114, 3802
V10, C3 = (VARCHAR, 14), (BPCHAR, 7)
Told = list[tuple[int, int]]


def told(connection: Connection, query: str) -> Told:
    """(OID, typmod) of each column, described and run."""
    assert connection.pgconn.prepare(b"", query.encode()).status == psycopg.pq.ExecStatus.COMMAND_OK
    described = connection.pgconn.describe_prepared(b"")
    result = connection.pgconn.exec_(query.encode())
    found = [(result.ftype(at), result.fmod(at)) for at in range(result.nfields)]
    assert [(described.ftype(at), described.fmod(at)) for at in range(described.nfields)] == found
    return found


@pytest.fixture(scope="module")
def declared(embedded_server: SqlServerProcess) -> Iterator[Connection]:
    with embedded_server.connect() as connection:
        connection.execute(
            "CREATE TABLE declared (id int PRIMARY KEY, v varchar(10), c char(3), j jsonb, t text, "
            "w character varying (5) NOT NULL DEFAULT 'x')"
        )
        connection.execute("INSERT INTO declared VALUES (1, 'abc', 'a', '{\"a\": 1}', 'text', 'w')")
        connection.execute("CREATE VIEW declared_view AS SELECT v AS x, c, upper(v) AS u FROM declared")
        yield connection


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT v, c, j, t, w FROM declared", [V10, C3, (JSONB, -1), (TEXT, -1), (VARCHAR, 9)]),
        ("SELECT d.v AS other, upper(v), v || 'x' FROM public.declared AS d", [V10, (TEXT, -1), (TEXT, -1)]),
        ("SELECT q.* FROM (SELECT v, lower(c) AS c FROM declared) AS q", [V10, (TEXT, -1)]),
        ("WITH q AS (SELECT v FROM declared) SELECT v FROM q UNION ALL SELECT v FROM declared", [V10]),
        ("SELECT v FROM declared UNION SELECT w FROM declared", [(TEXT, -1)]),
        ("SELECT (SELECT v FROM declared), max(v), coalesce(v, 'x') FROM declared GROUP BY v", [V10, (TEXT, -1),
                                                                                              (TEXT, -1)]),
        ("SELECT * FROM declared_view", [V10, C3, (TEXT, -1)]),
        ("SELECT j, j -> 'a', j ->> 'a' FROM declared", [(JSONB, -1), (JSONB, -1), (TEXT, -1)]),
        ("SELECT 'x'::varchar(5), CAST('x' AS varchar(2)), 'x'::char(4), '{}'::jsonb, '{}'::json",
         [(VARCHAR, 9), (VARCHAR, 6), (BPCHAR, 8), (JSONB, -1), (JSON, -1)]),
    ],
)  # fmt: skip
def test_a_column_or_cast_is_told_as_declared(declared: Connection, query: str, expected: Told) -> None:
    assert told(declared, query) == expected


def test_returning_tells_the_declared_types(declared: Connection) -> None:
    result = declared.pgconn.exec_(b"UPDATE declared SET t = 'y' RETURNING v, c, t")
    assert [(result.ftype(at), result.fmod(at)) for at in range(3)] == [V10, C3, (TEXT, -1)]


def test_characters_find_their_row_again_and_casts_are_cut_and_padded(declared: Connection) -> None:
    query = "SELECT c, c || '|', 'abcdef'::char(3), 'a'::char(3), 'abcdef'::varchar(2) FROM declared WHERE c = %s"
    for binary in (False, True):
        assert declared.execute(query, ("a",), binary=binary).fetchone() == ("a", "a|", "abc", "a  ", "ab")


def test_jsonb_is_read_in_both_formats(declared: Connection) -> None:
    for binary in (False, True):
        query = "SELECT j, j ->> 'a' FROM declared WHERE j ->> 'a' = '1'"
        assert declared.execute(query, binary=binary).fetchone() == ({"a": 1}, "1")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("INSERT INTO declared (id, v) VALUES (2, '12345678901')", "value too long for type character varying(10)"),
        ("INSERT INTO declared (id, c) VALUES (2, 'abcd')", "value too long for type character(3)"),
        ("UPDATE declared SET w = 'abcdef'", "value too long for type character varying(5)"),
        ("INSERT INTO declared (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET v = '12345678901'",
         "value too long for type character varying(10)"),
    ],
)  # fmt: skip
def test_a_longer_value_is_refused(declared: Connection, statement: str, message: str) -> None:
    with pytest.raises(psycopg.errors.StringDataRightTruncation) as caught:
        declared.execute(statement)
    assert caught.value.diag.message_primary == message
    with (
        pytest.raises(psycopg.errors.StringDataRightTruncation),
        declared.cursor().copy("COPY declared (id, v) FROM STDIN") as copy,
    ):
        copy.write_row((3, "12345678901"))


def test_the_catalog_shows_them_and_no_check(declared: Connection) -> None:
    columns = (
        "SELECT column_name, data_type, character_maximum_length FROM information_schema.columns "
        "WHERE table_name = 'declared' AND column_name IN ('v', 'c', 'j') ORDER BY ordinal_position"
    )
    assert declared.execute(columns).fetchall() == [
        ("v", "character varying", 10), ("c", "character", 3), ("j", "jsonb", None),
    ]  # fmt: skip
    formatted = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = {} AND attname = '{}'"
    for relation, column, shown in (
        ("'declared'::regclass", "v", "character varying(10)"),
        ("'declared'::regclass", "c", "character(3)"),
        ("'declared_view'::regclass", "x", "character varying(10)"),
    ):
        assert declared.execute(formatted.format(relation, column)).fetchone() == (shown,)
    checks = "SELECT conname FROM pg_constraint WHERE conrelid = 'declared'::regclass AND contype = 'c'"
    assert declared.execute(checks).fetchall() == []


def test_the_length_follows_alter_table_and_rollback(embedded_server: SqlServerProcess) -> None:
    with embedded_server.connect() as connection:
        connection.execute("CREATE TABLE followed (v varchar(3), w int)")
        connection.execute("INSERT INTO followed VALUES ('abc', 5)")
        connection.execute("BEGIN")
        connection.execute("ALTER TABLE followed ALTER COLUMN v TYPE varchar(5)")
        assert told(connection, "SELECT v FROM followed") == [(VARCHAR, 9)]
        connection.execute("ROLLBACK")
        assert told(connection, "SELECT v FROM followed") == [(VARCHAR, 7)]
        with pytest.raises(psycopg.errors.StringDataRightTruncation):
            connection.execute("ALTER TABLE followed ALTER COLUMN v TYPE varchar(2)")
        connection.execute("ALTER TABLE followed ALTER COLUMN v TYPE varchar(2) USING v::varchar(2)")
        connection.execute("ALTER TABLE followed RENAME COLUMN v TO renamed")
        connection.execute("ALTER TABLE followed ADD COLUMN added varchar(4) DEFAULT 'x'")
        connection.execute("ALTER TABLE followed RENAME TO following")
        query = "SELECT renamed, added, w FROM following"
        assert told(connection, query) == [(VARCHAR, 6), (VARCHAR, 8), (23, -1)]
        assert connection.execute(query).fetchall() == [("ab", "x", 5)]
        for column in ("renamed", "added"):
            with pytest.raises(psycopg.errors.StringDataRightTruncation):
                connection.execute(f"UPDATE following SET {column} = 'abcde'")
        connection.execute("ALTER TABLE following ALTER COLUMN added TYPE text, DROP COLUMN renamed")
        connection.execute("UPDATE following SET added = 'as long as it likes'")
        assert told(connection, "SELECT * FROM following") == [(23, -1), (TEXT, -1)]


def test_the_length_outlives_the_server(tmp_path: Path) -> None:
    with SqlServerProcess(tmp_path) as server:
        server.rows("CREATE TABLE kept (v varchar(3)); INSERT INTO kept VALUES ('abc');")
    with SqlServerProcess(tmp_path) as server, server.connect() as connection:
        assert told(connection, "SELECT v FROM kept") == [(VARCHAR, 7)]
        with pytest.raises(psycopg.errors.StringDataRightTruncation):
            connection.execute("INSERT INTO kept VALUES ('abcd')")
