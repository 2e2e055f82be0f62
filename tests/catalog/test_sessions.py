"""What one session sees of the catalog: its own transaction, its temporary objects, its settings, its names."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.types.enum import EnumInfo

from tests.processes import SqlServerProcess

NAMED = "SELECT relname FROM pg_catalog.pg_class WHERE relname = %s"


def names(connection: psycopg.Connection, name: str) -> list[tuple[str]]:
    return connection.execute(NAMED, [name]).fetchall()


def test_what_a_transaction_made_is_seen_by_itself_alone_until_it_commits(catalog_server: SqlServerProcess) -> None:
    with psycopg.connect(catalog_server.url()) as one, psycopg.connect(catalog_server.url(), autocommit=True) as other:
        assert names(one, "fresh") == []
        one.execute("CREATE TABLE fresh (a INTEGER PRIMARY KEY, b VARCHAR)")
        assert names(one, "fresh") == [("fresh",)]
        assert one.execute("SELECT count(*) FROM pg_attribute WHERE attrelid = 'fresh'::regclass").fetchone() == (2,)
        assert names(other, "fresh") == []
        one.commit()
        assert names(other, "fresh") == [("fresh",)]
        one.execute("DROP TABLE fresh")
        one.rollback()
        assert names(one, "fresh") == [("fresh",)]
        one.execute("DROP TABLE fresh")
        one.commit()
        assert names(one, "fresh") == names(other, "fresh") == []


def test_a_changed_table_is_seen_changed(catalog_server: SqlServerProcess) -> None:
    columns = (
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'changing' ORDER BY ordinal_position"
    )
    with catalog_server.connect() as connection:
        connection.execute("CREATE TABLE changing (a INTEGER)")
        assert connection.execute(columns).fetchall() == [("a",)]
        connection.execute("ALTER TABLE changing ADD COLUMN b VARCHAR")
        assert connection.execute(columns).fetchall() == [("a",), ("b",)]
        connection.execute("DROP TABLE changing")
        assert connection.execute(columns).fetchall() == []


def test_a_temporary_table_is_visible_in_its_session(catalog_server: SqlServerProcess) -> None:
    visible = "SELECT relpersistence, pg_table_is_visible(oid) FROM pg_class WHERE relname = 'own'"
    with catalog_server.connect() as one, catalog_server.connect() as other:
        one.execute("CREATE TEMP TABLE own (a INTEGER)")
        assert one.execute(visible).fetchall() == [("t", True)]
        assert other.execute(visible).fetchall() == []


def test_oids_are_the_same_after_a_restart(tmp_path: Path) -> None:
    oid = "SELECT 'kept'::regclass::oid"
    with SqlServerProcess(tmp_path) as server:
        server.rows("CREATE TABLE kept (a INTEGER)")
        before = server.rows(oid)
    with SqlServerProcess(tmp_path) as server:
        server.rows("CREATE TABLE earlier_in_the_alphabet (a INTEGER)")
        assert server.rows(oid) == before


def test_a_users_relation_of_a_catalogs_name_is_the_users(catalog_server: SqlServerProcess) -> None:
    with catalog_server.connect() as connection:
        connection.execute("CREATE TABLE public.tables (a INTEGER)")
        connection.execute("INSERT INTO tables VALUES (7)")
        assert connection.execute("SELECT a, current_database() FROM tables").fetchall() == [(7, "default")]
        connection.execute("CREATE TABLE public.pg_own (a INTEGER)")
        assert connection.execute("SELECT count(*) FROM pg_own").fetchone() == (0,)
        connection.execute("DROP TABLE pg_own")
        connection.execute("DROP TABLE tables")


def test_a_name_that_is_not_there_is_told_as_postgresql_tells_it(catalog_server: SqlServerProcess) -> None:
    with catalog_server.connect() as connection:
        with pytest.raises(psycopg.errors.UndefinedTable, match='relation "nowhere" does not exist'):
            connection.execute("SELECT 'nowhere'::regclass")
        assert connection.execute("SELECT to_regclass('nowhere')").fetchone() == (None,)
        with pytest.raises(psycopg.errors.UndefinedObject, match="unrecognized configuration parameter"):
            connection.execute("SELECT current_setting('no.such')")


def test_the_session_is_told(catalog_server: SqlServerProcess) -> None:
    with catalog_server.connect(application_name="teller") as connection:
        told = "SELECT pg_backend_pid(), current_user, current_schema(), current_setting('application_name')"
        assert connection.execute(told).fetchone() == (connection.info.backend_pid, "tester", "public", "teller")
        connection.execute("SELECT set_config('search_path', 'shop, public', false)")
        assert connection.execute("SELECT current_schemas(false)").fetchone() == (["shop", "public"],)
        assert connection.execute("SELECT 'orders'::regclass::text").fetchone() == ("orders",)
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (0,)


def test_a_driver_loads_an_enum(catalog_server: SqlServerProcess) -> None:
    with catalog_server.connect() as connection:
        info = EnumInfo.fetch(connection, "mood")
    assert info is not None
    assert list(info.labels) == ["sad", "ok", "happy"]


@pytest.mark.parametrize(
    ("sql", "row"),
    [
        ("SELECT 'items'::regclass, 'int4'::regtype, 23::regtype::text", ("items", "integer", "integer")),
        ("SELECT format_type(1700, 655366), format_type(1043, 14)", ("numeric(10,2)", "character varying(10)")),
        ("SELECT indkey[0], indkey FROM pg_index WHERE indexrelid = 'items_pkey'::regclass", (1, "1")),
        ("SELECT 'items' LIKE E'item\\\\_%' FROM pg_class LIMIT 1", (False,)),
        ("SELECT pg_get_serial_sequence('items', 'id')", ("public.item_ids",)),
        ("SELECT quote_ident('a'), quote_ident('A b')", ("a", '"A b"')),
        ("SELECT obj_description('items'::regclass, 'pg_class')", ("what is sold",)),
        ("SELECT relname FROM pg_class WHERE relname = ANY ('{items,nothing}'::name[])", ("items",)),
        ("SELECT typname FROM pg_type WHERE typinput = 'boolin'::regproc", ("bool",)),
        (
            "SELECT format('%I.%s %1$L %%', 'A b', relname) FROM pg_class WHERE relname = 'items'",
            ("\"A b\".items 'A b' %",),
        ),
        ("SELECT has_table_privilege('items', 'SELECT')", (True,)),
        ("SELECT relname OPERATOR(pg_catalog.~) '^(items)$' COLLATE pg_catalog.default FROM pg_class"
         " WHERE relname = 'items'", (True,)),
        ("SELECT count(*) FROM items JOIN pg_class ON relname = 'items'", (2,)),
    ],
)  # fmt: skip
def test_it_answers_as_postgresql(catalog_server: SqlServerProcess, sql: str, row: tuple[object, ...]) -> None:
    with catalog_server.connect() as connection:
        assert connection.execute(sql).fetchone() == row
