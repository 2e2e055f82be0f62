"""Every DuckDB type has its PostgreSQL type, and the engine reports it so."""

from __future__ import annotations

import pytest

from sqlserver.core import pgtypes as pg
from sqlserver.core.errors import InvalidTextRepresentation
from sqlserver.engines.array_text import parse_array_text
from sqlserver.engines.duckdb_session import DuckDBSession
from sqlserver.engines.duckdb_types import duckdb_type, pg_type


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("true", pg.BOOL), ("1::tinyint", pg.INT2), ("1::smallint", pg.INT2), ("1::int", pg.INT4),
        ("1::bigint", pg.INT8), ("1::utinyint", pg.INT2), ("1::usmallint", pg.INT4), ("1::uinteger", pg.INT8),
        ("1::ubigint", pg.NUMERIC), ("1::hugeint", pg.NUMERIC), ("1::real", pg.FLOAT4), ("1::double", pg.FLOAT8),
        ("'a'", pg.TEXT), ("'a'::varchar(5)", pg.TEXT), ("'a'::blob", pg.BYTEA), ("'1'::bit", pg.BIT),
        ("current_date", pg.DATE), ("TIME '10:00'", pg.TIME), ("'10:00:00+01'::timetz", pg.TIMETZ),
        ("now()::timestamp", pg.TIMESTAMP), ("now()::timestamp_s", pg.TIMESTAMP), ("now()::timestamp_ms", pg.TIMESTAMP),
        ("now()::timestamp_ns", pg.TIMESTAMP), ("now()", pg.TIMESTAMPTZ), ("INTERVAL 1 day", pg.INTERVAL),
        ("uuid()", pg.UUID), ("'{}'::json", pg.JSON), ("'a'::enum('a')", pg.TEXT), ("NULL", pg.TEXT),
        ("[1, 2]", pg.array_of(pg.INT4)), ("[[1.5::double]]", pg.array_of(pg.FLOAT8)), ("['a']", pg.array_of(pg.TEXT)),
        ("[1, 2]::int[2]", pg.array_of(pg.INT4)), ("{'a': 1}", pg.JSON), ("map {'a': 1}", pg.JSON),
        ("[{'a': 1}]", pg.JSON), ("['{}'::json]", pg.JSON),
    ],
)  # fmt: skip
async def test_type(session: DuckDBSession, expression: str, expected: pg.PgType) -> None:
    result = await session.execute(f"SELECT {expression} AS x")
    assert result.columns is not None
    assert result.columns[0].type == expected
    assert result.rows is not None
    batch = await result.rows.take()
    assert batch is not None
    assert batch.num_rows == 1


def test_numeric_carries_its_precision() -> None:
    assert pg_type("DECIMAL(10,2)") == (pg.NUMERIC, ((10 << 16) | 2) + 4)


@pytest.mark.parametrize(
    "kind", [kind for kind in pg.SCALARS if kind not in (pg.RECORD, pg.UNKNOWN)], ids=lambda k: k.name
)
def test_every_declared_type_has_a_duckdb_type_and_so_has_its_array(kind: pg.PgType) -> None:
    assert duckdb_type(kind.oid) is not None
    assert duckdb_type(kind.array_oid) == f"{duckdb_type(kind.oid)}[]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", []),
        ("{1,2}", ["1", "2"]),
        (' { "a,b" , NULL, "NULL" } ', ["a,b", None, "NULL"]),
        ('{"a\\"b\\\\"}', ['a"b\\']),
        ("{{1,2},{3,NULL}}", [["1", "2"], ["3", None]]),
        ("[0:1]={5,6}", ["5", "6"]),
    ],
)
def test_array_text(text: str, expected: list[object]) -> None:
    assert parse_array_text(text) == expected


@pytest.mark.parametrize("text", ["", "{", "{1", "{1,}", "{1}x", '{"a}', "1,2", "{1}{2}", "{{1},{2,3}}", "{1,{2}}"])
def test_what_is_no_array_is_refused(text: str) -> None:
    with pytest.raises(InvalidTextRepresentation):
        parse_array_text(text)
