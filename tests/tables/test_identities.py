"""Columns that number their rows: GENERATED ALWAYS takes no other value, the options of the sequence hold."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import errors

Connection = psycopg.Connection[Any]


@pytest.fixture
def table(connection: Connection) -> Connection:
    connection.execute("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5), n text)")
    return connection


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t (id, n) VALUES (1, 'a')",
        "INSERT INTO t VALUES (DEFAULT, 'a'), (2, 'b')",
        "INSERT INTO t (n, id) SELECT 'a', 1",
        "UPDATE t SET n = 'b', id = 3",
    ],
)
def test_values_of_ones_own_are_refused(table: Connection, statement: str) -> None:
    with pytest.raises(errors.GeneratedAlways):
        table.execute(statement)  # type: ignore[call-overload]


def test_the_column_counts_and_overriding_overrides(table: Connection) -> None:
    table.execute("INSERT INTO t (n) VALUES ('a')")
    table.execute("INSERT INTO t VALUES (DEFAULT, 'b')")
    table.execute("INSERT INTO t (id, n) OVERRIDING SYSTEM VALUE VALUES (1, 'c')")
    table.execute("UPDATE t SET n = 'd' WHERE id = 1")
    assert table.execute("SELECT id FROM t ORDER BY id").fetchall() == [(1,), (10,), (15,)]


def test_the_catalog_tells_of_it(table: Connection) -> None:
    told = table.execute(
        "SELECT is_identity, identity_generation, identity_start, identity_increment, column_default, is_nullable "
        "FROM information_schema.columns WHERE table_schema = 'own' AND column_name = 'id'"
    )
    assert told.fetchone() == ("YES", "ALWAYS", "10", "5", None, "NO")


@pytest.mark.parametrize(
    ("statement", "number"),
    [("SELECT nextval('s_id_seq')", 2), ("INSERT INTO s (n) VALUES ('b') RETURNING id", 2),
     ("INSERT INTO s (n) SELECT 'b'", 2), ("SELECT setval('s_id_seq', 40)", 40),
     ("INSERT INTO s (id, n) VALUES (50, 'b')", 1), ("INSERT INTO s VALUES (50, 'b')", 1),
     ("INSERT INTO s (id, n) VALUES (1, 'c') ON CONFLICT (id) DO UPDATE SET n = 'd'", 1),
     ("INSERT INTO s DEFAULT VALUES", 2)],
)  # fmt: skip
def test_the_last_number_is_not_an_old_one(connection: Connection, statement: str, number: int) -> None:
    connection.execute("CREATE TABLE s (id serial PRIMARY KEY, n text)")
    connection.execute("INSERT INTO s (n) VALUES ('a')")
    connection.execute(statement)  # type: ignore[call-overload]
    assert connection.execute("SELECT currval('s_id_seq'), lastval()").fetchall() == [(number, number)]
