"""Columns are called what PostgreSQL 15 calls them, whether described or executed, in both protocols."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.processes import SqlServerProcess

Connection = psycopg.Connection[Any]

LABELS = {
    "1": "?column?", "'x'": "?column?", "null": "?column?", "true": "?column?", "-1": "?column?", "a + 1": "?column?",
    "a AS B": "b", 'a AS "B"': "B", "A": "a", "t.a": "a", 't."Q x"': "Q x", "'x' AS \"count(*)\"": "count(*)",
    "count(*)": "count", "count(DISTINCT a)": "count", "count(*) FILTER (WHERE a > 1)": "count", "sum(a)": "sum",
    "sum(a)::int": "sum", "count(*) + 1": "?column?", "row_number() OVER (ORDER BY a)": "row_number",
    "a::text": "a", "1::int": "int4", "cast(1 AS bigint)": "int8", "'1'::numeric(10,2)": "numeric", "1::bool": "bool",
    "'a'::varchar(3)": "varchar", "cast(a + 1 AS int)": "int4", "date '2020-01-01'": "date",
    "interval '1 day'": "interval",
    "timestamptz '2020-01-01'": "timestamptz", "null::int": "int4", "(a + 1)::text": "text", "(a)": "a",
    "CASE WHEN a = 1 THEN 2 END": "case", "CASE WHEN a = 1 THEN 2 ELSE a END": "a", "coalesce(a, 1)": "coalesce",
    "coalesce(a, 1)::text": "coalesce", "nullif(a, 1)": "nullif", "greatest(a, 1)": "greatest",
    "array[1, 2]": "array", "ARRAY(SELECT 1)": "array", "EXISTS(SELECT 1)": "exists", "row(1, 2)": "row",
    "(SELECT max(a) FROM t)": "max", "(SELECT 1 AS foo)": "foo", "(SELECT a + 1 FROM t)": "?column?",
    "a IN (1, 2)": "?column?", "a IS NULL": "?column?", "b LIKE 'x'": "?column?", "b ~ 'x'": "?column?",
    "lower(b)": "lower", "trim(b)": "btrim", "substring(b from 1 for 2)": "substring", "position('a' in b)": "position",
    "extract(year FROM now())": "extract", "date_part('year', now())": "date_part", "current_date": "current_date",
    "now() AT TIME ZONE 'UTC'": "timezone", "l[1]": "l", "unnest(l)": "unnest",
}  # fmt: skip


@pytest.fixture(scope="module")
def connection(embedded_server: SqlServerProcess) -> Iterator[Connection]:
    with embedded_server.connect() as opened:
        opened.execute('CREATE TABLE t (a INT, b VARCHAR, "Q x" INT, l INT[])')
        opened.execute('CREATE TABLE odd ("2020" INT, "temp(C)" INT, "Price (EUR)" INT)')
        yield opened


@pytest.mark.parametrize(("expression", "label"), LABELS.items(), ids=LABELS)
def test_label(connection: Connection, expression: str, label: str) -> None:
    grouped = " GROUP BY a, b, l" if "sum(" in expression or "count(" in expression else ""
    statement = f"SELECT {expression} FROM t{grouped}"
    executed = connection.execute(statement)
    assert executed.description is not None
    assert executed.description[0].name == label
    described = connection.pgconn.prepare(b"", statement.encode())
    assert described.status == psycopg.pq.ExecStatus.COMMAND_OK
    assert connection.pgconn.describe_prepared(b"").fname(0) == label.encode()


@pytest.mark.parametrize("statement", ["SELECT * FROM odd", "FROM odd", 'SELECT o.* FROM odd o WHERE "2020" <> 2020'])
def test_names_of_stored_columns_are_never_read_as_expressions(connection: Connection, statement: str) -> None:
    described = connection.execute(statement).description
    assert described is not None
    assert [column.name for column in described] == ["2020", "temp(C)", "Price (EUR)"]


def test_a_star_beside_expressions(connection: Connection) -> None:
    described = connection.execute("SELECT *, count(*) OVER (), a + 1 FROM t").description
    assert described is not None
    assert [column.name for column in described] == ["a", "b", "Q x", "l", "count", "?column?"]


def test_a_parameter(connection: Connection) -> None:
    described = connection.execute("SELECT %s::int, %s + a, %s FROM t", (1, 2, "x")).description
    assert described is not None
    assert [column.name for column in described] == ["int4", "?column?", "?column?"]
