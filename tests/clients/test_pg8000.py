"""pg8000: the extended protocol in plain Python, everything in text."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients import scenario
from tests.clients.installed import module
from tests.processes import EndpointProcess, SqlServerProcess

pg8000 = module("pg8000.native")
dbapi = module("pg8000.dbapi")
pytestmark = pytest.mark.slow


@pytest.fixture
def connection(server: SqlServerProcess) -> Iterator[Any]:
    opened = pg8000.Connection("tester", host=server.host, port=server.port, database="default")
    yield opened
    opened.close()


def test_it_connects_and_says_where_it_is(connection: Any) -> None:
    assert connection.run("SELECT current_database(), current_user") == [["default", "tester"]]
    assert connection.parameter_statuses["server_encoding"] == "UTF8"


def test_all_types_and_nulls_come_back_as_sent(connection: Any) -> None:
    connection.run(scenario.create_types("typed"))
    marks = ", ".join(f":{typed.column}" for typed in scenario.ROW)
    for row in (scenario.VALUES, scenario.NULLS):
        named = {typed.column: value for typed, value in zip(scenario.ROW, row, strict=True)}
        connection.run(f"INSERT INTO typed VALUES ({marks})", **named)
    assert connection.run("SELECT * FROM typed ORDER BY i4") == [scenario.VALUES, scenario.NULLS]


def test_json_is_decoded_by_the_client(connection: Any) -> None:
    assert connection.run("SELECT CAST(:v AS jsonb)", v='{"a": [1, null]}') == [[{"a": [1, None]}]]


def test_parameters_are_typed_by_their_context(connection: Any) -> None:
    asked = "SELECT CAST(:n AS integer) + 1, CAST(:t AS text), CAST(:n AS integer) * 2"
    assert connection.run(asked, n=41, t="00123") == [[42, "00123", 82]]
    assert connection.run("SELECT 'x' WHERE 2 = ANY(:a)", a=[1, 2], types={"a": pg8000.INTEGER_ARRAY}) == [["x"]]
    assert [column["type_oid"] for column in connection.columns] == [25]


@pytest.mark.parametrize(("sql", "state"), scenario.ERRORS)
def test_errors_carry_their_sqlstate(connection: Any, sql: str, state: str) -> None:
    connection.run(scenario.CREATE_GUARDED)
    with pytest.raises(pg8000.DatabaseError) as caught:
        connection.run(sql)
    assert caught.value.args[0]["C"] == state
    assert connection.run("SELECT 1") == [[1]]


def test_a_transaction_is_all_or_nothing(connection: Any) -> None:
    connection.run("CREATE TABLE moved (n integer)")
    connection.run("START TRANSACTION")
    connection.run("INSERT INTO moved VALUES (1)")
    with pytest.raises(pg8000.DatabaseError):
        connection.run("SELECT broken")
    with pytest.raises(pg8000.InterfaceError, match="failed"):
        connection.run("COMMIT")
    connection.run("ROLLBACK")
    assert connection.run("SELECT count(*) FROM moved") == [[0]]


def test_the_dbapi_opens_transactions_by_itself(server: SqlServerProcess) -> None:
    connection = dbapi.connect("tester", host=server.host, port=server.port, database="default")
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE by_itself (n integer, t text)")
    cursor.executemany("INSERT INTO by_itself VALUES (%s, %s)", [(n, None) for n in range(5)])
    connection.commit()
    cursor.execute("DELETE FROM by_itself WHERE n > %s", (2,))
    assert cursor.rowcount == 2
    connection.rollback()
    cursor.execute("SELECT count(*), count(t) FROM by_itself")
    assert tuple(cursor.fetchone()) == (5, 0)
    assert [column[:2] for column in cursor.description] == [("count", 20), ("count", 20)]
    connection.close()


def test_prepared_statements_run_again_and_are_closed(connection: Any) -> None:
    prepared = connection.prepare("SELECT CAST(:n AS integer) * 2")
    assert [prepared.run(n=n) for n in (1, 21)] == [[[2]], [[42]]]
    prepared.close()


def test_a_large_result_comes_whole(connection: Any) -> None:
    assert sum(row[0] for row in connection.run(scenario.LARGE)) == scenario.LARGE_SUM


def test_copy_in_and_out(connection: Any) -> None:
    connection.run("CREATE TABLE copied (n integer, t text)")
    connection.run("COPY copied FROM STDIN WITH (FORMAT csv)", stream=io.BytesIO(b'1,"a,b"\n2,\n'))
    out = io.BytesIO()
    connection.run("COPY copied TO STDOUT", stream=out)
    assert out.getvalue() == b"1\ta,b\n2\t\\N\n"


def test_a_timeout_of_the_server_cancels(connection: Any) -> None:
    """pg8000 itself cannot cancel: it keeps no key that a second connection could use."""
    connection.run("SET statement_timeout = '300ms'")
    with pytest.raises(pg8000.DatabaseError) as caught:
        connection.run(scenario.ENDLESS)
    assert caught.value.args[0]["C"] == "57014"
    connection.run("RESET statement_timeout")
    assert connection.run("SELECT 1") == [[1]]


def test_connections_of_several_threads(server: SqlServerProcess) -> None:
    found: list[Any] = []

    def one(n: int) -> None:
        opened = pg8000.Connection("tester", host=server.host, port=server.port, database="default")
        found.append(opened.run("SELECT CAST(:n AS integer)", n=n)[0][0])
        opened.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(10))


def test_means_and_mark(connection: Any, endpoint: EndpointProcess) -> None:
    for statement in scenario.PRODUCTS:
        connection.run(statement)
    assert [tuple(row) for row in connection.run(scenario.MEANS)] == scenario.MEANS_ROWS
    asked = "SELECT id FROM products WHERE description MEANS :criterion ORDER BY id"
    assert connection.run(asked, criterion="eco-friendly") == [[1], [3]]
    connection.run(scenario.MARK)
    assert connection.run(scenario.MARKED) == [[1]]
    endpoint.reset()
    assert [tuple(row) for row in connection.run(scenario.MEANS)] == scenario.MEANS_ROWS
    assert scenario.injected(endpoint) == [1, 1, 1]
    assert any("Injected 1 training examples" in str(notice) for notice in connection.notices)
