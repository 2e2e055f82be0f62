"""currval and lastval tell a session what its own rows were numbered, whatever others insert meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection


@pytest.fixture
def table(connection: Connection) -> Iterator[Connection]:
    connection.execute("CREATE TABLE goods (id serial PRIMARY KEY, label text, other bigserial)")
    yield connection
    connection.execute("DROP TABLE goods")


def test_each_session_sees_its_own(table: Connection, embedded_server: SqlServerProcess) -> None:
    with embedded_server.connect() as other:
        with pytest.raises(psycopg.Error, match="lastval is not yet defined in this session") as raised:
            other.execute("SELECT lastval()")
        assert raised.value.sqlstate == "55000"
        table.execute("INSERT INTO goods (label) VALUES ('a'), ('b')")
        other.execute("INSERT INTO public.goods (label) VALUES (%s)", ("c",))
        for own, number in ((table, 2), (other, 3)):
            assert own.execute("SELECT currval('goods_id_seq')").fetchall() == [(number,)]
            assert own.execute("SELECT currval('public.goods_id_seq'::regclass)").fetchall() == [(number,)]
            assert own.execute("SELECT pg_catalog.currval(%s)", ("goods_id_seq",)).fetchall() == [(number,)]
            assert own.execute("SELECT currval(pg_get_serial_sequence('goods', 'id'))").fetchall() == [(number,)]
            assert own.execute("SELECT lastval() + 0, currval('goods_other_seq')").fetchall() == [(number, number)]


def test_the_rows_are_counted_and_the_columns_named_as_before(table: Connection) -> None:
    assert table.execute("INSERT INTO goods (label) VALUES ('a'), ('b') -- two").statusmessage == "INSERT 0 2"
    assert table.execute("INSERT INTO goods (label) VALUES ('x') RETURNING label").fetchall() == [("x",)]
    assert table.execute("INSERT INTO goods (id, label) VALUES (2, 'x') ON CONFLICT DO NOTHING").rowcount == 0
    cursor = table.execute("SELECT LASTVAL(), currval('goods_id_seq')")
    assert [column.name for column in cursor.description or ()] == ["lastval", "currval"]
    table.execute("INSERT INTO goods (label) VALUES (%s)", ("c",), prepare=True)


def test_a_changed_table_is_looked_at_again(table: Connection) -> None:
    table.execute("INSERT INTO goods (label) VALUES ('a')")
    table.execute("ALTER TABLE goods DROP COLUMN other")
    table.execute("INSERT INTO goods (label) VALUES ('b')")
    assert table.execute("SELECT lastval()").fetchall() == [(2,)]


@pytest.mark.parametrize("length", range(990, 1003))
def test_a_long_insert_whose_target_stands_in_its_head(table: Connection, length: int) -> None:
    texts = f"('{'x' * (length - 40)}'), ('it''s'), ('{'y' * 400}')"
    assert table.execute(f"INSERT INTO goods (label) VALUES {texts}").rowcount == 3  # type: ignore[arg-type]
    assert table.execute("SELECT currval('goods_id_seq')").fetchall() == [(3,)]
