"""A schema may be called as its database."""

from __future__ import annotations

import psycopg
import pytest

from tests.processes import SqlServerProcess


@pytest.mark.parametrize("in_block", [False, True])
def test_its_tables_are_found(embedded_server: SqlServerProcess, in_block: bool) -> None:
    name = f"books{in_block}".lower()
    with embedded_server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with psycopg.connect(embedded_server.url(name), autocommit=not in_block) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        connection.execute(f"CREATE TABLE {name}.loans (id int PRIMARY KEY, title text)")
        connection.execute(f"INSERT INTO {name}.loans VALUES (%s, %s)", (1, "a"))
        connection.execute(f"INSERT INTO {name}.loans (id) VALUES (2)")
        query = f"SELECT {name}.loans.id, l.title FROM {name}.loans, {name}.loans AS l WHERE l.id = %s ORDER BY 1"
        assert connection.execute(query, (1,)).fetchall() == [(1, "a"), (2, "a")]
        assert connection.execute(f"SELECT count(*) FROM {name}.{name}.loans").fetchone() == (2,)
        connection.execute(f"UPDATE {name}.loans SET title = 'b'")
        connection.execute(f"DROP TABLE {name}.loans CASCADE")
