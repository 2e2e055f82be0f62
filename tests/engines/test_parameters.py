"""Bind values behave as in PostgreSQL: the unknown literal takes its type from its place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sqlserver.core import pgtypes as pg
from sqlserver.core.errors import ServerError
from sqlserver.engines.duckdb_session import DuckDBSession
from tests.engines.running import run


@pytest.fixture
async def products(session: DuckDBSession) -> DuckDBSession:
    await run(session, "CREATE TABLE p (id int, code text, price decimal(10, 2), sold date, tags text[], open boolean)")
    await run(session, "INSERT INTO p VALUES (1, '00123', 1.50, DATE '2020-01-02', ['a', 'b'], true), (2, '123', 2.50, NULL, NULL, false)")  # fmt: skip # noqa: E501
    return session


@pytest.mark.parametrize(
    ("sql", "values", "expected"),
    [
        ("SELECT id FROM p WHERE id = $1", ("1",), [(1,)]),
        ("SELECT id FROM p WHERE code = $1", ("00123",), [(1,)]),
        ("SELECT id FROM p WHERE id IN ($1, $2) ORDER BY id", ("2", "1"), [(1,), (2,)]),
        ("SELECT id FROM p WHERE id = ANY($1) ORDER BY id", ("{1,2}",), [(1,), (2,)]),
        ("SELECT id FROM p WHERE price > $1", ("1.501",), [(2,)]),
        ("SELECT id FROM p WHERE sold > $1", ("2020-01-01",), [(1,)]),
        ("SELECT id FROM p WHERE open = $1", ("off",), [(2,)]),
        ("SELECT id FROM p ORDER BY id LIMIT $1 OFFSET $2", ("1", "1"), [(2,)]),
        ("SELECT $1 + 1", ("5",), [(6,)]),
        ("SELECT $1 + 1, $2", ("5", "00123"), [(6, "00123")]),
        ("SELECT $2, $1, $2", ("a", "b"), [("b", "a", "b")]),
        ("SELECT $1 || 'x'", ("00123",), [("00123x",)]),
        ("SELECT $1::text[]", ('{"a,b",NULL,c}',), [(["a,b", None, "c"],)]),
        ("SELECT $1, $2 IS NULL", (None, None), [(None, True)]),
        ("INSERT INTO p (id, code, price) VALUES ($1, $2, $3) RETURNING id, code, price", ("3", "00", "1.25"),
         [(3, "00", Decimal("1.25"))]),
        ("UPDATE p SET code = $1 WHERE id = $2 RETURNING code", (None, "1"), [(None,)]),
    ],
)  # fmt: skip
async def test_unknown_text_takes_the_type_of_its_place(
    products: DuckDBSession, sql: str, values: tuple[object, ...], expected: list[tuple[object, ...]]
) -> None:
    assert await run(products, sql, *values) == expected


@pytest.mark.parametrize(
    ("value", "declared", "expected"),
    [
        ("5", pg.INT4, 5),
        ("t", pg.BOOL, True),
        ("1.10", pg.NUMERIC, Decimal("1.10")),
        ("\\x4142", pg.BYTEA, b"AB"),
        ("{1,NULL}", pg.array_of(pg.INT4), [1, None]),
        ("00123", pg.TEXT, "00123"),
        (7, pg.INT8, 7),
        ([1, 2], pg.array_of(pg.INT8), [1, 2]),
    ],
)
async def test_a_declared_type_is_kept(
    session: DuckDBSession, value: object, declared: pg.PgType, expected: object
) -> None:
    assert await run(session, "SELECT $1", value, oids=(declared.oid,)) == [(expected,)]


@pytest.mark.parametrize(
    ("sql", "value", "sqlstate", "message"),
    [
        ("SELECT id FROM p WHERE id = $1", "zz", "22P02", 'invalid input syntax for type integer: "zz"'),
        ("SELECT id FROM p WHERE id = $1", "5.5", "22P02", 'invalid input syntax for type integer: "5.5"'),
        (
            "SELECT id FROM p WHERE id = $1",
            "99999999999",
            "22003",
            'value "99999999999" is out of range for type integer',
        ),
        ("SELECT id FROM p WHERE open = $1", "o", "22P02", 'invalid input syntax for type boolean: "o"'),
        ("SELECT id FROM p WHERE tags = $1", "{a", "22P02", 'malformed array literal: "{a"'),
        ("SELECT id FROM p WHERE sold = $1", "x", "22007", 'invalid input syntax for type date: "x"'),
        ("SELECT $1, $2", "x", "08P01", "bind message supplies 1 parameters, but the statement requires 2"),
    ],
)
async def test_text_its_type_cannot_read_is_refused(
    products: DuckDBSession, sql: str, value: str, sqlstate: str, message: str
) -> None:
    with pytest.raises(ServerError) as caught:
        await run(products, sql, value)
    assert (caught.value.sqlstate, caught.value.message) == (sqlstate, message)


async def test_a_null_keeps_its_declared_type(session: DuckDBSession) -> None:
    description = await session.describe("SELECT $1", (pg.INT4.oid,))
    from sqlserver.core.client_session import BoundParameter

    result = await session.execute("SELECT $1", (BoundParameter(None, pg.INT4.oid),))
    assert result.columns == description.columns
    assert description.columns is not None
    assert description.columns[0].type == pg.INT4


async def test_a_thousand_parameters(session: DuckDBSession) -> None:
    numbers = range(1, 1001)
    sql = "SELECT " + ", ".join(f"${number}" for number in numbers)
    assert await run(session, sql, *map(str, numbers)) == [tuple(map(str, numbers))]


@pytest.mark.parametrize(
    ("sql", "parameters", "columns"),
    [
        ("SELECT $1 + 1, id FROM p WHERE code = $2", (pg.INT4, pg.TEXT), (pg.INT4, pg.INT4)),
        ("SELECT id FROM p WHERE id = $1 LIMIT $2", (pg.INT4, pg.INT8), (pg.INT4,)),
        ("INSERT INTO p (id, price) VALUES ($1, $2) RETURNING price", (pg.INT4, pg.NUMERIC), (pg.NUMERIC,)),
        ("INSERT INTO p (id) VALUES ($1)", (pg.INT4,), None),
        ("CREATE TABLE q (a int)", (), None),
        ("SHOW TABLES", (), (pg.TEXT,)),
        ("BEGIN", (), None),
    ],
)
async def test_describe_tells_types_and_runs_nothing(
    products: DuckDBSession, sql: str, parameters: tuple[pg.PgType, ...], columns: tuple[pg.PgType, ...] | None
) -> None:
    found = await products.describe(sql)
    assert found.parameter_types == parameters
    assert (None if found.columns is None else tuple(column.type for column in found.columns)) == columns
    assert await run(products, "SELECT count(*) FROM p") == [(2,)]
    assert await run(products, "SHOW TABLES") == [("p",)]


async def test_describe_sees_temporary_tables_and_the_columns_of_a_pivot(products: DuckDBSession) -> None:
    await run(products, "CREATE TEMP TABLE own (a decimal(7, 3))")
    found = await products.describe("SELECT a FROM own")
    assert found.columns is not None
    assert (found.columns[0].type, found.columns[0].typmod) == (pg.NUMERIC, ((7 << 16) | 3) + 4)
    pivot = await products.describe("PIVOT p ON id USING count(*) GROUP BY code")
    assert pivot.columns is not None
    assert [column.name for column in pivot.columns] == ["code", "1", "2"]
