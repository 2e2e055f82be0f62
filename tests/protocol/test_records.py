"""Row values are records, in both formats; a struct with named fields is JSON. Every text is PostgreSQL 15's."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection

RECORD, RECORDS, JSON = 2249, 2287, 114

TEXTS = {
    "ROW(1, 'x', NULL)": "(1,x,)",
    "ROW()": "()",
    "ROW('', 'a,b', 'q\"q', E'b\\\\s', '(p)', ' ', NULL)": r'("","a,b","q""q","b\\s","(p)"," ",)',
    "ROW(1.50::numeric(5,2), true, date '2020-01-02', 3.0::float8, ARRAY[1,2], 'x'::bytea)":
        r'(1.50,t,2020-01-02,3,"{1,2}","\\x78")',
    "ROW(1, ROW(2, 'a,b'), NULL)": '(1,"(2,""a,b"")",)',
    "(1, 'a b')": '(1,"a b")',
}  # fmt: skip


@pytest.mark.parametrize("expression", TEXTS)
def test_a_row_value_is_written_as_a_record(connection: Connection, expression: str) -> None:
    result = connection.pgconn.exec_(f"SELECT {expression}".encode())
    assert (result.ftype(0), result.get_value(0, 0)) == (RECORD, TEXTS[expression].encode())


def test_arrays_of_rows_and_many_rows(connection: Connection) -> None:
    result = connection.pgconn.exec_(b"SELECT ARRAY[ROW(1, 'a'), ROW(2, 'b c')]")
    assert (result.ftype(0), result.get_value(0, 0)) == (RECORDS, b'{"(1,a)","(2,\\"b c\\")"}')
    query = "SELECT ROW(i, CASE WHEN i % 2 = 0 THEN 'v' || i END) FROM generate_series(1, 3000) AS g(i)"
    rows = [row for (row,) in connection.execute(query, binary=True).fetchall()]
    assert rows == [(i, None if i % 2 else f"v{i}") for i in range(1, 3001)]


def test_a_binary_record_keeps_the_types_of_its_fields(connection: Connection) -> None:
    query = "SELECT ROW(1, 'x', NULL, 1.5::numeric, date '2020-01-02', ARRAY[1, 2], ROW(true)), NULL::int"
    row = connection.execute(query, binary=True).fetchone()
    assert row == ((1, "x", None, Decimal("1.5"), dt.date(2020, 1, 2), [1, 2], (True,)), None)


async def test_asyncpg_reads_records(embedded_server: SqlServerProcess) -> None:
    connection: Any = await asyncpg.connect(embedded_server.url())
    try:
        found = await connection.fetchval("SELECT ARRAY[ROW(1, 'x', NULL::int), ROW(2, 'y', 3)]")
        assert [tuple(one) for one in found] == [(1, "x", None), (2, "y", 3)]
    finally:
        await connection.close()


def test_a_struct_with_names_is_json(connection: Connection) -> None:
    result = connection.pgconn.exec_(b"SELECT {'a': 1, 'b': [1, 2]}")
    assert (result.ftype(0), result.get_value(0, 0)) == (JSON, b'{"a": 1, "b": [1, 2]}')
