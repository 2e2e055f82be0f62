"""Sequences as PostgreSQL's tools look at them: as relations, by ``regclass``, with options that say nothing here."""

from __future__ import annotations

import psycopg
import pytest

from tests.protocol.conftest import Connection


@pytest.fixture
def sequence(connection: Connection) -> Connection:
    connection.execute("CREATE OR REPLACE SEQUENCE seq START WITH 10 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1")
    return connection


@pytest.mark.parametrize(
    "query",
    [
        "SELECT last_value, is_called FROM seq", "SELECT last_value, is_called FROM public.seq",
        'SELECT s.last_value, s.is_called FROM "seq" AS s',
        "SELECT seq.last_value, is_called FROM seq WHERE log_cnt = 0",
        "SELECT last_value, is_called FROM seq WHERE last_value > %s",
    ],
)  # fmt: skip
def test_is_read_as_a_relation(sequence: Connection, query: str) -> None:
    values = [1] if "%s" in query else []
    assert sequence.execute(query, values).fetchall() == [(10, False)]
    sequence.execute("SELECT nextval('seq'), nextval('seq')")
    assert sequence.execute(query, values).fetchall() == [(11, True)]


def test_a_table_with_such_columns_is_the_users(connection: Connection) -> None:
    connection.execute("CREATE OR REPLACE TABLE readings AS SELECT 5 AS last_value, true AS is_called")
    assert connection.execute("SELECT last_value, is_called FROM readings").fetchall() == [(5, True)]
    assert connection.execute("SELECT last_value(i) OVER () FROM (VALUES (1)) v(i)").fetchall() == [(1,)]


def test_regclass_in_a_definition(connection: Connection) -> None:
    connection.execute("CREATE OR REPLACE SEQUENCE numbers AS integer CACHE 20 OWNED BY NONE")
    connection.execute(
        "CREATE OR REPLACE TABLE numbered (id int DEFAULT nextval('numbers'::regclass), t text);"
        "INSERT INTO numbered (t) VALUES ('a'), ('b')"
    )
    connection.execute("SELECT setval('public.numbers'::pg_catalog.regclass, 7, true)")
    connection.execute("INSERT INTO numbered (t) VALUES ('c')")
    assert connection.execute("SELECT id FROM numbered ORDER BY t").fetchall() == [(1,), (2,), (8,)]


@pytest.mark.parametrize(
    "statement", ["ALTER SCHEMA public OWNER TO me", "ALTER VIEW v OWNER TO CURRENT_USER", "ALTER TYPE t OWNER TO a"]
)
def test_owners_are_given_to_nobody(connection: Connection, statement: str) -> None:
    assert connection.execute(statement).statusmessage == " ".join(statement.split()[:2])


def test_a_column_called_owner_is_renamed(connection: Connection) -> None:
    connection.execute("CREATE OR REPLACE TABLE cars (owner text); CREATE OR REPLACE VIEW v AS SELECT owner FROM cars")
    connection.execute("ALTER VIEW v RENAME TO owner")
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM v")
