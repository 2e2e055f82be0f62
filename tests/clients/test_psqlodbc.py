"""psqlODBC through unixODBC and pyodbc: the driver named by its path, no configuration of the system."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients import scenario
from tests.clients.installed import file, module
from tests.processes import EndpointProcess, SqlServerProcess

pyodbc = module("pyodbc")
DRIVER = file("/usr/lib", "**/psqlodbcw.so", "odbc-postgresql")
pytestmark = pytest.mark.slow
SERVER_SIDE = {"UseServerSidePrepare": "1"}
CURSORS = {"UseDeclareFetch": "1", "Fetch": "1000"}
COLUMNS = ("b", "i2", "i4", "i8", "n", "f4", "f8", "t", "v", "raw", "d", "ts", "u")


@pytest.fixture(scope="module")
def odbc_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty ODBCSYSINI: what the machine's own odbcinst.ini says does not count."""
    folder = tmp_path_factory.mktemp("odbc")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODBCSYSINI", str(folder))
        pyodbc.pooling = False
        yield folder


def connect(server: SqlServerProcess, **options: str) -> Any:
    words = {"Driver": str(DRIVER), "Server": server.host, "Port": str(server.port), "Database": "default",
             "Uid": "tester", "BoolsAsChar": "0"} | options  # fmt: skip
    return pyodbc.connect(";".join(f"{name}={value}" for name, value in words.items()), autocommit=True)


@pytest.fixture(params=[{}, SERVER_SIDE, CURSORS], ids=["default", "server_side_prepare", "declare_fetch"])
def connection(request: pytest.FixtureRequest, server: SqlServerProcess, odbc_home: Path) -> Iterator[Any]:
    opened = connect(server, **request.param)
    yield opened
    opened.close()


def test_it_connects_and_says_what_it_talks_to(connection: Any) -> None:
    assert connection.getinfo(pyodbc.SQL_DBMS_NAME) == "PostgreSQL"
    assert connection.getinfo(pyodbc.SQL_DBMS_VER).startswith("15.")
    assert connection.getinfo(pyodbc.SQL_DATABASE_NAME) == "default"


def test_typed_columns_and_nulls_come_back_as_sent(connection: Any) -> None:
    chosen = [typed for typed in scenario.ROW if typed.column in COLUMNS]
    connection.execute("DROP TABLE IF EXISTS typed")
    connection.execute(f"CREATE TABLE typed ({', '.join(f'{t.column} {t.type}' for t in chosen)})")
    insert = f"INSERT INTO typed VALUES ({', '.join(['?'] * len(chosen))})"
    sent = [str(t.value) if t.column == "u" else t.value for t in chosen]
    for row in (sent, [None] * len(chosen)):
        connection.execute(insert, row)
    value, nothing = connection.execute("SELECT * FROM typed ORDER BY i4").fetchall()
    assert [str(v).lower() if t.column == "u" else v for t, v in zip(chosen, value, strict=True)] == sent
    assert set(nothing) == {None}


def test_parameters_and_their_types(connection: Any) -> None:
    row = connection.execute("SELECT ?::int + 1, ?::text, ?::date", 41, "00123", dt.date(2026, 1, 2)).fetchone()
    assert tuple(row) == (42, "00123", dt.date(2026, 1, 2))


@pytest.mark.parametrize(("sql", "state"), scenario.ERRORS)
def test_errors_carry_their_sqlstate(connection: Any, sql: str, state: str) -> None:
    connection.execute(scenario.CREATE_GUARDED)
    with pytest.raises(pyodbc.Error) as caught:
        connection.execute(sql)
    assert caught.value.args[0] == state
    assert connection.execute("SELECT 1").fetchone()[0] == 1


def test_a_transaction_is_all_or_nothing(connection: Any) -> None:
    connection.execute("DROP TABLE IF EXISTS moved")
    connection.execute("CREATE TABLE moved (n integer)")
    connection.autocommit = False
    connection.execute("INSERT INTO moved VALUES (1)")
    connection.rollback()
    connection.execute("INSERT INTO moved VALUES (?)", 2)
    connection.commit()
    assert [tuple(row) for row in connection.execute("SELECT n FROM moved")] == [(2,)]
    connection.rollback()


def test_a_prepared_statement_runs_again(connection: Any) -> None:
    cursor = connection.cursor()
    for n in (1, 21):
        assert cursor.execute("SELECT ?::int * 2", n).fetchone()[0] == 2 * n
    connection.execute("DROP TABLE IF EXISTS many")
    connection.execute("CREATE TABLE many (n integer, t text)")
    cursor.executemany("INSERT INTO many VALUES (?, ?)", [(n, f"t{n}") for n in range(100)])
    assert connection.execute("SELECT count(*) FROM many").fetchone()[0] == 100


def test_the_catalog_functions_of_odbc(connection: Any) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS described (id integer PRIMARY KEY, t text, n numeric(8,2))")
    cursor = connection.cursor()
    assert ("described", "TABLE") in [(t.table_name, t.table_type) for t in cursor.tables(schema="public")]
    columns = [(c.column_name, c.type_name, c.column_size, c.nullable) for c in cursor.columns(table="described")]
    assert columns == [("id", "int4", 10, 0), ("t", "text", 8190, 1), ("n", "numeric", 8, 1)]
    assert [key.column_name for key in cursor.primaryKeys(table="described")] == ["id"]
    assert cursor.getTypeInfo(pyodbc.SQL_INTEGER).fetchone().type_name == "int4"


def test_a_varchar_column_is_listed_with_its_length(connection: Any) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS short (t varchar(20))")
    columns = [(c.type_name, c.column_size) for c in connection.cursor().columns(table="short")]
    assert columns == [("varchar", 20)]


def test_a_large_result_comes_whole(connection: Any) -> None:
    assert sum(row[0] for row in connection.execute(scenario.LARGE)) == scenario.LARGE_SUM


def test_cancel_from_another_thread(connection: Any) -> None:
    cursor = connection.cursor()
    timer = threading.Timer(0.5, cursor.cancel)
    timer.start()
    with pytest.raises(pyodbc.Error) as caught:
        cursor.execute(scenario.ENDLESS)
    timer.join()
    assert caught.value.args[0] in ("57014", "HY008")
    assert connection.execute("SELECT 1").fetchone()[0] == 1


def test_means_and_mark(server: SqlServerProcess, endpoint: EndpointProcess, connection: Any) -> None:
    server.rows(f"DROP TABLE IF EXISTS products; {'; '.join(scenario.PRODUCTS)};")
    assert [tuple(row) for row in connection.execute(scenario.MEANS)] == scenario.MEANS_ROWS
    asked = connection.execute("SELECT id FROM products WHERE description MEANS ? ORDER BY id", "eco-friendly")
    assert [row[0] for row in asked] == [1, 3]
    connection.execute(scenario.MARK)
    endpoint.reset()
    fresh = connection.execute(f"/*+ semantic.cache=refresh */ {scenario.MEANS}").fetchall()
    assert [tuple(row) for row in fresh] == scenario.MEANS_ROWS
    assert min(scenario.injected(endpoint)) >= 1
