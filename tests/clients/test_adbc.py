"""ADBC's PostgreSQL driver: results by COPY in binary format into Arrow, ingestion by COPY FROM STDIN."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests.clients import scenario
from tests.clients.installed import module
from tests.processes import EndpointProcess, SqlServerProcess

adbc = module("adbc_driver_postgresql.dbapi")
manager = module("adbc_driver_manager")
pytestmark = pytest.mark.slow


@pytest.fixture
def connection(server: SqlServerProcess) -> Iterator[Any]:
    with adbc.connect(server.url(), autocommit=True) as opened:
        yield opened


def fetched(connection: Any, sql: str, values: Any = None) -> pa.Table:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetch_arrow_table()


def run(connection: Any, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_it_connects_and_says_what_it_talks_to(connection: Any) -> None:
    info = connection.adbc_get_info()
    assert info["vendor_name"] == "PostgreSQL"
    assert info["vendor_version"].startswith("15")


def test_all_types_arrive_as_arrow_types(connection: Any) -> None:
    literals = ", ".join(f"'{typed.text.replace(chr(39), chr(39) * 2)}'" for typed in scenario.ROW)
    run(connection, scenario.create_types("typed"), f"INSERT INTO typed VALUES ({literals})",
        f"INSERT INTO typed VALUES ({', '.join(['NULL'] * len(scenario.ROW))})")  # fmt: skip
    table = fetched(connection, "SELECT * FROM typed ORDER BY i4")
    value, nothing = table.to_pylist()
    assert set(nothing.values()) == {None}
    read = {"n": "12345.6700", "iv": pa.MonthDayNano([0, 1, 7384500000000]), "u": scenario.VALUES[15].bytes}
    expected = {typed.column: typed.value for typed in scenario.ROW} | read
    assert {name: value[name] for name in value if name != "u"} == {n: v for n, v in expected.items() if n != "u"}
    assert {name: str(table.schema.field(name).type) for name in ("b", "i2", "i8", "f4", "d", "ts", "tz", "ia")} == {
        "b": "bool", "i2": "int16", "i8": "int64", "f4": "float", "d": "date32[day]", "ts": "timestamp[us]",
        "tz": "timestamp[us, tz=UTC]", "ia": "list<item: int32>",
    }  # fmt: skip


def test_parameters_are_bound_in_binary(connection: Any) -> None:
    table = fetched(connection, "SELECT $1 + 1 AS n, $2 || '!' AS t, $3 AS d", (41, "x", dt.date(2026, 1, 2)))
    assert table.to_pylist() == [{"n": 42, "t": "x!", "d": dt.date(2026, 1, 2)}]


def test_executemany_inserts_rows_and_nulls(connection: Any) -> None:
    run(connection, "CREATE TABLE many (n integer, t text, x double precision)")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO many VALUES ($1, $2, $3)", [(1, "a", 0.5), (2, None, None)])
    assert fetched(connection, "SELECT * FROM many ORDER BY n").to_pylist() == [
        {"n": 1, "t": "a", "x": 0.5}, {"n": 2, "t": None, "x": None},
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["create", "append", "replace", "create_append"])
def test_a_table_is_ingested(connection: Any, mode: str) -> None:
    given = pa.table(
        {
            "n": pa.array([1, None, 3], pa.int64()),
            "t": ["a", None, ""],
            "at": pa.array([dt.datetime(2026, 1, 2, 3, 4, 5, 6), None, None], pa.timestamp("us")),
            "b": [True, None, False],
            "x": [0.5, None, 1e300],
            "price": pa.array([Decimal("1.50"), None, Decimal("-2.25")], pa.decimal128(8, 2)),
        }
    )
    name = f"ingested_{mode}"
    with connection.cursor() as cursor:
        if mode in ("append", "replace"):
            cursor.adbc_ingest(name, given.slice(0, 0), mode="create")
        assert cursor.adbc_ingest(name, given, mode=mode) == 3
    back = fetched(connection, f"SELECT n, t, at, b, x, price::float8 AS price FROM {name}")
    expected = given.set_column(5, "price", [[None if v is None else float(v) for v in given["price"].to_pylist()]])
    assert back.to_pylist() == expected.to_pylist()


@pytest.mark.parametrize(("sql", "state"), scenario.ERRORS)
def test_errors_carry_their_sqlstate(connection: Any, sql: str, state: str) -> None:
    run(connection, scenario.CREATE_GUARDED)
    with pytest.raises(manager.Error) as caught:
        fetched(connection, sql)
    assert caught.value.sqlstate == state
    assert fetched(connection, "SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_transaction_is_all_or_nothing(server: SqlServerProcess, connection: Any) -> None:
    run(connection, "CREATE TABLE moved (n integer)")
    with adbc.connect(server.url()) as other:
        run(other, "INSERT INTO moved VALUES (1)")
        other.rollback()
        run(other, "INSERT INTO moved VALUES (2)")
        other.commit()
    assert fetched(connection, "SELECT n FROM moved").to_pylist() == [{"n": 2}]


def test_the_catalog_is_read_as_arrow(connection: Any) -> None:
    run(connection, "CREATE TABLE IF NOT EXISTS described (id integer PRIMARY KEY, t text)")
    objects = (
        connection.adbc_get_objects(db_schema_filter="public", table_name_filter="described").read_all().to_pylist()
    )
    tables = [
        table for catalog in objects if catalog["catalog_name"] == "default"
        for schema in catalog["catalog_db_schemas"] for table in schema["db_schema_tables"]
    ]  # fmt: skip
    assert [[column["column_name"] for column in table["table_columns"]] for table in tables] == [["id", "t"]]
    schema = connection.adbc_get_table_schema("described", db_schema_filter="public")
    assert [str(field.type) for field in schema] == ["int32", "string"]
    assert "table" in connection.adbc_get_table_types()


def test_a_large_result_streams(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(scenario.LARGE)
        total = sum(pa.compute.sum(batch["i"]).as_py() for batch in cursor.fetch_record_batch())
    assert total == scenario.LARGE_SUM


def test_cancel_from_another_thread(connection: Any) -> None:
    with connection.cursor() as cursor:
        timer = threading.Timer(0.5, cursor.adbc_cancel)
        timer.start()
        with pytest.raises(manager.Error) as caught:  # noqa: PT012 which of the two raises is the driver's affair
            cursor.execute(scenario.ENDLESS)
            cursor.fetchall()
        timer.join()
    assert caught.value.sqlstate == "57014"
    assert fetched(connection, "SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_means_and_mark(connection: Any, endpoint: EndpointProcess) -> None:
    run(connection, *scenario.PRODUCTS)
    assert [tuple(row.values()) for row in fetched(connection, scenario.MEANS).to_pylist()] == scenario.MEANS_ROWS
    run(connection, scenario.MARK)
    assert fetched(connection, scenario.MARKED).to_pylist() == [{"count": 1}]
    endpoint.reset()
    assert [tuple(row.values()) for row in fetched(connection, scenario.MEANS).to_pylist()] == scenario.MEANS_ROWS
    assert scenario.injected(endpoint) == [1, 1, 1]
