"""pg_dump and psql or pg_restore: what a database holds goes into another one and comes out the same.

What the server brings, its log relations and operators, belongs to an extension and is not dumped.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.clients.installed import program
from tests.processes import Output, SqlServerProcess, run

pytestmark = pytest.mark.slow
pg_dump = program("pg_dump", "postgresql-client")
pg_restore = program("pg_restore", "postgresql-client")

SCHEMA = """
    CREATE SCHEMA shop;
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE TABLE shop.customers (id integer PRIMARY KEY, name text NOT NULL, born date, note text DEFAULT 'none');
    CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(10, 2) CHECK (total >= 0), tags text[], raw bytea);
    CREATE VIEW big AS SELECT id, total FROM orders WHERE total > 100;
    CREATE INDEX orders_by_total ON orders (total);
    CREATE SEQUENCE counter START 10 INCREMENT 5;
    COMMENT ON TABLE orders IS 'what was ordered';
    INSERT INTO shop.customers VALUES (1, 'O''Hara', '1999-12-31', NULL), (2, E'two\\nlines\\t', NULL, 'x');
    INSERT INTO orders VALUES (1, 12.50, ARRAY['a', 'b, c', NULL], '\\x00ff'), (2, 120, NULL, NULL);
    SELECT nextval('counter'), nextval('counter');
"""


@pytest.fixture(scope="module")
def shop(server: SqlServerProcess) -> SqlServerProcess:
    server.rows("CREATE DATABASE sales;")
    done = server.psql(SCHEMA, database="sales")
    assert done.code == 0, done.err
    return server


def dumped(server: SqlServerProcess, database: str, *options: str) -> str:
    """The dump as SQL, without the token that differs each time."""
    done = ended(server, pg_dump, *options, server.url(database))
    return re.sub(r"^\\(?:un)?restrict .*$", "", done.out, flags=re.MULTILINE)


def ended(server: SqlServerProcess, *command: str) -> Output:
    done = run(list(command), environment=server.environment)
    assert (done.code, done.err) == (0, "")
    return done


def test_a_dump_holds_what_the_user_made(shop: SqlServerProcess) -> None:
    dump = dumped(shop, "sales")
    for made in (
        "SCHEMA shop",
        "TYPE public.mood",
        "TABLE shop.customers",
        "VIEW public.big",
        "SEQUENCE public.counter",
    ):
        assert f"CREATE {made}" in dump
    assert dump.index("CREATE TABLE public.orders") < dump.index("CREATE VIEW public.big")
    assert "unified_logs" not in dump
    assert "semantic_matches" not in dump


def test_it_goes_into_another_database_by_psql(shop: SqlServerProcess) -> None:
    dump = dumped(shop, "sales")
    shop.rows("CREATE DATABASE by_psql;")
    done = shop.psql(dump, database="by_psql")
    assert (done.code, done.err) == (0, "")
    assert dumped(shop, "by_psql") == dump
    assert shop.psql("SELECT nextval('counter')", database="by_psql").out == "20\n"


def test_it_goes_into_another_database_by_pg_restore(shop: SqlServerProcess, tmp_path: Path) -> None:
    archive = str(tmp_path / "shop.dump")
    ended(shop, pg_dump, "-Fc", "-f", archive, shop.url("sales"))
    shop.rows("CREATE DATABASE by_restore;")
    ended(shop, pg_restore, "-d", shop.url("by_restore"), archive)
    assert dumped(shop, "by_restore") == dumped(shop, "sales")


@pytest.mark.parametrize("options", [("--inserts",), ("--data-only",), ("--schema-only",), ("-t", "orders")])
def test_its_options_work(shop: SqlServerProcess, options: tuple[str, ...]) -> None:
    assert "public.orders" in dumped(shop, "sales", *options)
