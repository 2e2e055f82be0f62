"""What a violated constraint tells a driver: PostgreSQL's words and the names that programs decide by."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection

_SCHEMA = """
    CREATE SCHEMA shop;
    CREATE TABLE shop.places (country text, name text, UNIQUE (country, name));
    INSERT INTO shop.places VALUES ('it', 'a, b');
    CREATE TABLE makers (id int PRIMARY KEY);
    CREATE TABLE goods (id int PRIMARY KEY, maker int REFERENCES makers (id), label text NOT NULL,
        price int CHECK (price > 0), code text, CONSTRAINT known CHECK (code <> 'sold out'));
    CREATE TABLE twice (a int, b int, PRIMARY KEY (a, b));
    CREATE UNIQUE INDEX goods_by_code ON goods (code);
    INSERT INTO makers VALUES (1), (2);
    INSERT INTO goods VALUES (1, 1, 'cup', 5, 'x'), (2, NULL, 'pan', 7, 'y');
"""


@pytest.fixture(scope="module")
def shop(embedded_server: SqlServerProcess) -> Iterator[Connection]:
    with embedded_server.connect() as opened:
        for statement in _SCHEMA.split(";"):
            opened.execute(statement)
        yield opened


@pytest.mark.parametrize(
    ("statement", "message", "detail", "names"),
    [
        ("INSERT INTO goods VALUES (1, 1, 'cup', 5, 'z')",
         'duplicate key value violates unique constraint "goods_pkey"', "Key (id)=(1) already exists.",
         ("public", "goods", None, "goods_pkey")),
        ("UPDATE goods SET code = 'x' WHERE id = 2",
         'duplicate key value violates unique constraint "goods_by_code"', "Key (code)=(x) already exists.",
         ("public", "goods", None, "goods_by_code")),
        ("WITH new AS (SELECT 'it' AS c) INSERT INTO shop.places SELECT c, 'a, b' FROM new",
         'duplicate key value violates unique constraint "places_country_name_key"',
         "Key (country, name)=(it, a, b) already exists.", ("shop", "places", None, "places_country_name_key")),
        ("INSERT INTO \"goods\" (id) VALUES (9)", 'null value in column "label" of relation "goods" violates not-null'
         " constraint", None, ("public", "goods", "label", None)),
        ("INSERT INTO public.goods VALUES (9, NULL, 'x', -1, NULL)",
         'new row for relation "goods" violates check constraint "goods_price_check"', None,
         ("public", "goods", None, "goods_price_check")),
        ("INSERT INTO goods VALUES (9, NULL, 'x', 1, 'sold out')",
         'new row for relation "goods" violates check constraint "known"', None, ("public", "goods", None, "known")),
        ("INSERT INTO goods VALUES (9, 7, 'x', 1, 'w')",
         'insert or update on table "goods" violates foreign key constraint "goods_maker_fkey"',
         'Key (maker)=(7) is not present in table "makers".', ("public", "goods", None, "goods_maker_fkey")),
        ("DELETE FROM makers WHERE id = 1",
         'update or delete on table "makers" violates foreign key constraint "goods_maker_fkey" on table "goods"',
         'Key (id)=(1) is still referenced from table "goods".', ("public", "goods", None, "goods_maker_fkey")),
        ("INSERT INTO twice VALUES (1, 2), (1, 2)",
         'duplicate key value violates unique constraint "twice_pkey"', "Key (a, b)=(1, 2) already exists.",
         ("public", "twice", None, "twice_pkey")),
    ],
)  # fmt: skip
def test_names_the_constraint(
    shop: Connection, statement: str, message: str, detail: str | None, names: tuple[str | None, ...]
) -> None:
    with pytest.raises(psycopg.errors.IntegrityError) as raised:
        shop.execute(statement)
    told = raised.value.diag
    assert told.message_primary == message
    assert detail is None or told.message_detail == detail
    assert (told.schema_name, told.table_name, told.column_name, told.constraint_name) == names


def test_copy_and_parameters_name_it_too(shop: Connection) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation) as raised:
        shop.execute("INSERT INTO goods (id, label) VALUES (%s, %s)", (1, "a"))
    assert raised.value.diag.constraint_name == "goods_pkey"
    with pytest.raises(psycopg.errors.UniqueViolation) as raised, shop.cursor().copy("COPY goods FROM STDIN") as copy:
        copy.write("1\t1\tcup\t5\tq\n")
    assert raised.value.diag.constraint_name == "goods_pkey"
