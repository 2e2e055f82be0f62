"""Enums have OIDs of their own, told and taken in both formats, and the catalog knows them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import asyncpg
import psycopg
import pytest
from psycopg.types.enum import EnumInfo, register_enum

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection

LABELS = ["sad", "ok", 'it\'s "fine"']


class Mood(Enum):
    SAD = "sad"
    OK = "ok"
    FINE = 'it\'s "fine"'


@pytest.fixture(scope="module", autouse=True)
def moods(embedded_server: SqlServerProcess) -> Iterator[Connection]:
    with embedded_server.connect() as connection:
        connection.execute("""CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "fine"')""")
        connection.execute("CREATE TABLE moods (id integer, m mood, ms mood[])")
        connection.execute("INSERT INTO moods VALUES (1, 'sad', '{sad,ok}'), (2, 'ok', NULL), (3, NULL, '{}')")
        yield connection


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_psycopg_finds_the_enum_and_takes_it_both_ways(moods: Connection, binary: bool) -> None:
    info = EnumInfo.fetch(moods, "mood")
    assert info is not None
    assert list(info.labels) == LABELS
    register_enum(info, moods, Mood, mapping={one: one.value for one in Mood})
    rows = moods.execute("SELECT m, ms FROM moods ORDER BY id", binary=binary).fetchall()
    assert rows == [(Mood.SAD, [Mood.SAD, Mood.OK]), (Mood.OK, None), (None, [])]
    marks = "%b, %b" if binary else "%s, %s"
    found = moods.execute(f"SELECT {marks}", (Mood.FINE, [Mood.OK, None]), binary=binary)
    assert found.fetchone() == (Mood.FINE, [Mood.OK, None])
    assert moods.execute(f"SELECT id FROM moods WHERE m = {marks[:2]}", (Mood.OK,)).fetchall() == [(2,)]


async def test_asyncpg_introspects_the_enum(embedded_server: SqlServerProcess) -> None:
    connection = await asyncpg.connect(embedded_server.url())
    try:
        statement = await connection.prepare("SELECT m, ms FROM moods WHERE m = $1 OR m = ANY($2)")
        assert [kind.name for kind in statement.get_parameters()] == ["mood", "mood[]"]
        assert [one.type.name for one in statement.get_attributes()] == ["mood", "mood[]"]
        assert [tuple(row) for row in await statement.fetch("sad", [])] == [("sad", ["sad", "ok"])]
    finally:
        await connection.close()


def test_the_catalog_tells_the_same_oids(moods: Connection) -> None:
    cursor = moods.execute("SELECT m, ms, max(m) OVER (), ms[1] FROM moods")
    told = [column.type_code for column in cursor.description or ()]
    query = "SELECT oid, typarray, typtype FROM pg_type WHERE typname = 'mood'"
    oid, array_oid, kind = moods.execute(query).fetchone() or ()
    assert kind == "e"
    assert told == [oid, array_oid, oid, oid]
    attributes = "SELECT atttypid FROM pg_attribute WHERE attrelid = 'moods'::regclass AND attnum > 1 ORDER BY attnum"
    assert [row[0] for row in moods.execute(attributes).fetchall()] == [oid, array_oid]


@pytest.mark.parametrize(
    "statement",
    ["SELECT 'glad'::mood", "INSERT INTO moods VALUES (4, 'glad', NULL)", "UPDATE moods SET m = 'glad'",
     "SELECT $1::mood", "INSERT INTO moods VALUES (4, $1, NULL)", "SELECT '{sad,glad}'::mood[]"],
)  # fmt: skip
def test_a_label_that_is_none_is_refused_in_postgresqls_words(moods: Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InvalidTextRepresentation) as caught:
        psycopg.RawCursor(moods).execute(statement, ("glad",) if "$1" in statement else None)
    assert caught.value.diag.message_primary == 'invalid input value for enum mood: "glad"'


@pytest.mark.parametrize(
    ("condition", "ids"),
    [("m < 'ok'", [1]), ("m >= 'ok'", [2]), ("'sad' < m", [2]), ("m BETWEEN 'sad' AND 'ok'", [1, 2]), ("m > $1", [2])],
)
def test_labels_are_compared_in_their_own_order(moods: Connection, condition: str, ids: list[int]) -> None:
    query = f"SELECT id FROM moods WHERE {condition} ORDER BY id"
    found = psycopg.RawCursor(moods).execute(query, ("sad",) if "$1" in condition else None).fetchall()
    assert found == [(one,) for one in ids]


def test_alter_type_is_refused_with_what_to_do(moods: Connection) -> None:
    moods.execute("CREATE TYPE wider AS ENUM ('sad', 'ok', 'great')")
    with pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
        moods.execute("ALTER TYPE mood ADD VALUE 'great'")
    assert "TYPE other USING c::text::other" in (caught.value.diag.message_hint or "")
    moods.execute("CREATE TABLE widened AS SELECT m FROM moods")
    moods.execute("ALTER TABLE widened ALTER COLUMN m TYPE wider USING m::text::wider")
    moods.execute("INSERT INTO widened VALUES ('great')")
    assert moods.execute("SELECT max(m) FROM widened").fetchone() == ("great",)


def test_a_transaction_sees_its_own_enum_and_a_rollback_takes_it_back(embedded_server: SqlServerProcess) -> None:
    with embedded_server.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("CREATE TYPE size AS ENUM ('small', 'large')")
        cursor = connection.execute("SELECT 'small'::size")
        oid = (cursor.description or [])[0].type_code
        assert connection.execute("SELECT typname FROM pg_type WHERE oid = %s", (oid,)).fetchone() == ("size",)
        connection.execute("ROLLBACK")
        with pytest.raises(psycopg.errors.UndefinedObject):
            connection.execute("SELECT 'small'::size")
