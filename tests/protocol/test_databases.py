"""Tools make and drop databases from a database called ``postgres``, with options of PostgreSQL's."""

from __future__ import annotations

import psycopg
import pytest

from tests.processes import SqlServerProcess, run
from tests.protocol.conftest import Connection

OPTIONS = (
    "", "WITH ENCODING 'UTF8'", "ENCODING = 'unicode' TEMPLATE template0", "OWNER = me LC_COLLATE='C' LC_CTYPE 'C'",
    "WITH CONNECTION LIMIT = -1 TABLESPACE pg_default", "STRATEGY file_copy IS_TEMPLATE false ENCODING DEFAULT",
)  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("drop", ["", "WITH (FORCE)", "(force)"])
def test_options_that_any_database_has_are_read(embedded_server: SqlServerProcess, options: str, drop: str) -> None:
    with psycopg.connect(embedded_server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "Made" {options}')
        assert connection.execute("SELECT count(*) FROM pg_database WHERE datname = 'Made'").fetchone() == (1,)
        connection.execute(f'DROP DATABASE "Made" {drop}')


@pytest.mark.parametrize(
    ("statement", "state"),
    [
        ("CREATE DATABASE d ENCODING 'LATIN1'", "0A000"), ("CREATE DATABASE d TEMPLATE another", "0A000"),
        ("CREATE DATABASE d COLOUR red", "42601"), ("CREATE DATABASE d OWNER", "42601"), ("CREATE DATABASE", "42601"),
        ("DROP DATABASE d CASCADE", "42601"), ("DROP DATABASE postgres", "42501"), ("DROP DATABASE nosuch", "3D000"),
    ],
)  # fmt: skip
def test_others_are_refused(connection: Connection, statement: str, state: str) -> None:
    with pytest.raises(psycopg.Error) as raised:
        connection.execute(statement)
    assert raised.value.sqlstate == state


def test_createdb_and_dropdb_work(embedded_server: SqlServerProcess, psql: str) -> None:
    at = ("-h", embedded_server.host, "-p", str(embedded_server.port), "-U", "me")
    for command in (["createdb", *at, "-E", "UTF8", "-T", "template0", "mine"], ["dropdb", *at, "-f", "mine"]):
        done = run(command, environment=embedded_server.environment)
        assert (done.code, done.err) == (0, "")
