"""psycopg2: the simple protocol, values spliced into the text by the client."""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients import scenario
from tests.clients.installed import module
from tests.processes import EndpointProcess, SqlServerProcess

psycopg2 = module("psycopg2")
extras = module("psycopg2.extras")
pytestmark = pytest.mark.slow


@pytest.fixture
def connection(server: SqlServerProcess) -> Iterator[Any]:
    opened = psycopg2.connect(server.url())
    opened.autocommit = True
    yield opened
    opened.close()


def rows(connection: Any, sql: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def test_it_connects_and_says_where_it_is(connection: Any) -> None:
    assert 150000 <= connection.server_version < 160000
    assert connection.encoding == "UTF8"
    assert connection.info.dbname == "default"


def test_all_types_and_nulls_come_back_as_sent(connection: Any) -> None:
    extras.register_uuid(conn_or_curs=connection)
    with connection.cursor() as cursor:
        cursor.execute(scenario.create_types("typed"))
        for row in (scenario.VALUES, scenario.NULLS):
            cursor.execute(f"INSERT INTO typed VALUES ({', '.join(['%s'] * len(row))})", row)
    found = rows(connection, "SELECT * FROM typed ORDER BY i4")
    raw = [t.column for t in scenario.ROW].index("raw")
    read = [[bytes(v) if n == raw and v is not None else v for n, v in enumerate(row)] for row in found]
    assert read == [scenario.VALUES, scenario.NULLS]


def test_json_is_decoded_by_the_client(connection: Any) -> None:
    value = {"a": [1, None, "ü"]}
    assert rows(connection, "SELECT %s::jsonb, %s::json", (extras.Json(value), extras.Json(value))) == [(value, value)]


def test_parameters_by_name_tuples_and_backslashes(connection: Any) -> None:
    named = {"who": "O'Brien \\ 100%", "ids": (1, 2)}
    assert rows(connection, "SELECT %(who)s, 2 IN %(ids)s, '100%%'", named) == [("O'Brien \\ 100%", True, "100%")]


def test_the_description_names_types_and_sizes(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 AS one, 1.50::numeric(6,2) AS n, 'x'::text AS t")
        described = [(c.name, c.type_code, c.precision, c.scale) for c in cursor.description]
        assert (cursor.rowcount, cursor.statusmessage) == (1, "SELECT 1")
    assert described == [("one", 23, None, None), ("n", 1700, 6, 2), ("t", 25, None, None)]


@pytest.mark.parametrize(("sql", "state"), scenario.ERRORS)
def test_errors_are_the_exception_of_their_sqlstate(connection: Any, sql: str, state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(scenario.CREATE_GUARDED)
        with pytest.raises(module("psycopg2.errors").lookup(state)):
            cursor.execute(sql)
    assert rows(connection, "SELECT 1") == [(1,)]


def test_a_transaction_is_all_or_nothing(server: SqlServerProcess, connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE moved (n integer)")
    other = psycopg2.connect(server.url())
    with pytest.raises(psycopg2.errors.UndefinedColumn), other, other.cursor() as cursor:  # noqa: PT012 the block is tested
        cursor.execute("INSERT INTO moved VALUES (1)")
        cursor.execute("SELECT broken")
    assert other.status == psycopg2.extensions.STATUS_READY
    with other, other.cursor() as cursor:
        cursor.execute("INSERT INTO moved VALUES (2)")
    other.close()
    assert rows(connection, "SELECT n FROM moved") == [(2,)]


def test_session_characteristics_are_set(server: SqlServerProcess) -> None:
    opened = psycopg2.connect(server.url())
    opened.set_session(isolation_level="REPEATABLE READ", readonly=True)
    assert rows(opened, "SHOW transaction_isolation") == [("repeatable read",)]
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction), opened.cursor() as cursor:
        cursor.execute("CREATE TABLE not_here (n integer)")
    opened.close()


def test_prepared_statements_of_sql(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PREPARE doubled (integer) AS SELECT $1 * 2")
        for n in (1, 21):
            cursor.execute("EXECUTE doubled (%s)", (n,))
            assert cursor.fetchone() == (2 * n,)
        cursor.execute("DEALLOCATE doubled")


def test_execute_values_loads_pages_and_returns(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE many (n integer, t text)")
        given = [(n, f"t{n}") for n in range(500)]
        back = extras.execute_values(cursor, "INSERT INTO many VALUES %s RETURNING n", given, fetch=True)
        assert [row[0] for row in back] == list(range(500))
        extras.execute_batch(cursor, "UPDATE many SET t = %s WHERE n = %s", [(None, n) for n in range(10)])
    assert rows(connection, "SELECT count(*), count(t) FROM many") == [(500, 490)]


def test_a_named_cursor_streams_a_large_result(server: SqlServerProcess) -> None:
    opened = psycopg2.connect(server.url())
    with opened, opened.cursor(name="streamed", scrollable=True) as cursor:
        cursor.itersize = 5000
        cursor.execute(scenario.LARGE)
        assert sum(row[0] for row in cursor) == scenario.LARGE_SUM
        cursor.scroll(0, mode="absolute")
        assert cursor.fetchone() == (1, "row 1")
    with opened, opened.cursor() as cursor:
        cursor.execute(scenario.LARGE)
        assert cursor.rowcount == scenario.LARGE_ROWS
    opened.close()


def test_copy_in_and_out(connection: Any) -> None:
    table = f"copied_{uuid.uuid4().hex}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (n integer, t text)")
        cursor.copy_expert(f"COPY {table} FROM STDIN WITH (FORMAT csv, HEADER)", io.StringIO('n,t\n1,"a,b"\n2,\n'))
        assert cursor.rowcount == 2
        out = io.StringIO()
        cursor.copy_to(out, table)
        assert out.getvalue() == "1\ta,b\n2\t\\N\n"
        cursor.copy_from(io.StringIO(out.getvalue()), table)
    assert rows(connection, f"SELECT count(*) FROM {table}") == [(4,)]


def test_cancel_from_another_thread(connection: Any) -> None:
    timer = threading.Timer(0.5, connection.cancel)
    timer.start()
    with pytest.raises(psycopg2.errors.QueryCanceled):
        rows(connection, scenario.ENDLESS)
    timer.join()
    assert rows(connection, "SELECT 1") == [(1,)]


def test_means_and_mark(connection: Any, endpoint: EndpointProcess) -> None:
    with connection.cursor() as cursor:
        for statement in scenario.PRODUCTS:
            cursor.execute(statement)
        assert rows(connection, scenario.MEANS) == scenario.MEANS_ROWS
        asked = rows(connection, "SELECT id FROM products WHERE description MEANS %s ORDER BY id", ("eco-friendly",))
        assert asked == [(1,), (3,)]
        cursor.execute(scenario.MARK)
        assert cursor.statusmessage == "MARK 1"
    endpoint.reset()
    assert rows(connection, scenario.MEANS) == scenario.MEANS_ROWS
    assert scenario.injected(endpoint) == [1, 1, 1]
    assert any("Injected 1 training examples" in notice for notice in connection.notices)
