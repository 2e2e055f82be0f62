"""psycopg 3: both formats, pipeline, server cursors, COPY, prepared statements."""

from __future__ import annotations

import threading
import uuid
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row, namedtuple_row
from psycopg.types.json import Jsonb

from tests.clients import scenario
from tests.processes import EndpointProcess, SqlServerProcess

pytestmark = pytest.mark.slow
MARKS = ", ".join(["%s"] * len(scenario.ROW))


@pytest.fixture
def connection(server: SqlServerProcess) -> Any:
    with psycopg.connect(server.url(), autocommit=True) as opened:
        yield opened


@pytest.fixture
def transaction(server: SqlServerProcess) -> Any:
    """psycopg's default: a transaction opens with the first statement."""
    with psycopg.connect(server.url()) as opened:
        yield opened


def test_it_connects_and_says_where_it_is(connection: psycopg.Connection[Any]) -> None:
    info = connection.info
    assert (info.dbname, info.user, info.encoding) == ("default", "tester", "utf-8")
    assert 150000 <= info.server_version < 160000
    assert info.parameter_status("integer_datetimes") == "on"
    assert info.timezone.utcoffset(None) is not None or str(info.timezone)


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize("placeholder", ["%s", "%t", "%b"])
def test_all_types_and_nulls_come_back_as_sent(
    connection: psycopg.Connection[Any], binary: bool, placeholder: str
) -> None:
    table = f"typed_{uuid.uuid4().hex}"
    connection.execute(scenario.create_types(table))
    marks = ", ".join([placeholder] * len(scenario.ROW))
    insert = sql.SQL(f"INSERT INTO {{}} VALUES ({marks})").format(sql.Identifier(table))
    for row in (scenario.VALUES, scenario.NULLS):
        connection.execute(insert, row)
    found = connection.execute(f"SELECT * FROM {table} ORDER BY i4", binary=binary).fetchall()
    assert found == [tuple(scenario.VALUES), tuple(scenario.NULLS)]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_json_comes_back_as_objects(connection: psycopg.Connection[Any], binary: bool) -> None:
    value = {"a": [1, None, {"b": "ü"}]}
    query = "SELECT %s::jsonb, %s::json"
    assert connection.execute(query, (Jsonb(value), Jsonb(value)), binary=binary).fetchone() == (value, value)


def test_a_parameter_without_a_type_takes_its_context(connection: psycopg.Connection[Any]) -> None:
    assert connection.execute("SELECT %s::text, %s + 1, %s = ANY(%s)", ("00123", 41, 2, [1, 2])).fetchone() == (
        "00123", 42, True,
    )  # fmt: skip
    cursor = psycopg.RawCursor(connection)
    assert cursor.execute("SELECT $2::text, $1::int, $2::text || '!'", (1, "x")).fetchone() == ("x", 1, "x!")


def test_row_factories_see_column_names_and_types(connection: psycopg.Connection[Any]) -> None:
    cursor = connection.cursor(row_factory=dict_row)
    cursor.execute("SELECT 1 AS one, NULL AS nothing, 1.50::numeric(6,2) AS n, 'x'::text AS v")
    assert [c.type_display for c in cursor.description or ()] == ["int4", "text", "numeric(6,2)", "text"]
    assert cursor.fetchone() == {"one": 1, "nothing": None, "n": Decimal("1.50"), "v": "x"}
    assert connection.cursor(row_factory=namedtuple_row).execute("SELECT 1 AS one").fetchone().one == 1  # type: ignore[union-attr]


def test_a_varchar_is_told_with_its_length(connection: psycopg.Connection[Any]) -> None:
    described = connection.execute("SELECT 'x'::varchar(5)").description or ()
    assert [column.type_display for column in described] == ["varchar(5)"]


@pytest.mark.parametrize(("statement", "state"), scenario.ERRORS)
def test_errors_are_the_exception_of_their_sqlstate(
    connection: psycopg.Connection[Any], statement: str, state: str
) -> None:
    connection.execute(scenario.CREATE_GUARDED)
    with pytest.raises(psycopg.errors.lookup(state)) as caught:
        connection.execute(statement)
    assert caught.value.diag.severity_nonlocalized == "ERROR"
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_transaction_is_all_or_nothing_and_reports_its_state(transaction: psycopg.Connection[Any]) -> None:
    transaction.execute("CREATE TABLE moved (n integer)")
    transaction.commit()
    transaction.execute("INSERT INTO moved VALUES (1)")
    assert transaction.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    with pytest.raises(psycopg.errors.UndefinedColumn):
        transaction.execute("SELECT broken")
    assert transaction.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        transaction.execute("SELECT 1")
    transaction.rollback()
    assert transaction.execute("SELECT count(*) FROM moved").fetchone() == (0,)


def test_isolation_and_read_only_are_told_to_the_server(transaction: psycopg.Connection[Any]) -> None:
    transaction.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    transaction.read_only = True
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        transaction.execute("CREATE TABLE not_here (n integer)")


def test_prepared_statements_are_used_again_and_dropped(connection: psycopg.Connection[Any]) -> None:
    connection.prepare_threshold, connection.prepared_max = 0, 2
    for n in range(12):
        query = f"SELECT %s::int + {n % 4}"
        assert connection.execute(query, (n,)).fetchone() == (n + n % 4,)
    held = "SELECT statement FROM pg_prepared_statements WHERE NOT from_sql ORDER BY prepare_time"
    assert connection.execute(held, prepare=False).fetchall() == [("SELECT $1::int + 2",), ("SELECT $1::int + 3",)]


def test_a_pipeline_answers_in_order_and_survives_an_error(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE TABLE piped (n integer PRIMARY KEY)")
    with connection.pipeline():
        cursors = [connection.execute("INSERT INTO piped VALUES (%s) RETURNING n", (n,)) for n in range(20)]
    assert [cursor.fetchone() for cursor in cursors] == [(n,) for n in range(20)]
    with pytest.raises(psycopg.errors.UniqueViolation), connection.pipeline() as pipeline:  # noqa: PT012 the block is tested
        connection.execute("INSERT INTO piped VALUES (100)")
        connection.execute("INSERT INTO piped VALUES (1)")
        connection.execute("INSERT INTO piped VALUES (101)")
        pipeline.sync()
    assert connection.execute("SELECT count(*) FROM piped").fetchone() == (20,)


def test_executemany_with_returning(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE TABLE many (n integer, t text)")
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO many VALUES (%s, %s) RETURNING n", [(n, str(n)) for n in range(50)], returning=True)
    assert [row for result in cursor.results() for row in result] == [(n,) for n in range(50)]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_server_cursors_stream_a_large_result(transaction: psycopg.Connection[Any], binary: bool) -> None:
    with transaction.cursor("streamed", scrollable=True) as cursor:
        cursor.itersize = 5000
        cursor.execute(scenario.LARGE, binary=binary)
        assert sum(row[0] for row in cursor) == scenario.LARGE_SUM
        cursor.scroll(10, mode="absolute")
        assert cursor.fetchone() == (11, "row 11")
    assert sum(row[0] for row in transaction.cursor().stream(scenario.LARGE, binary=binary)) == scenario.LARGE_SUM


@pytest.mark.parametrize("options", ["", "(FORMAT csv)", "(FORMAT binary)"])
def test_copy_in_and_out(connection: psycopg.Connection[Any], options: str) -> None:
    table = f"copied_{uuid.uuid4().hex}"
    connection.execute(f"CREATE TABLE {table} (n integer, t text)")
    with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
        for row in ((1, "a\tb"), (2, None), (3, "")):
            copy.write_row(row)
    with connection.cursor().copy(f"COPY {table} TO STDOUT {options}") as copy:
        data = b"".join(bytes(block) for block in copy)
    with connection.cursor().copy(f"COPY {table} FROM STDIN {options}") as copy:
        copy.write(data)
    counted = connection.execute(f"SELECT n, t, count(*) FROM {table} GROUP BY n, t ORDER BY n").fetchall()
    assert counted == [(1, "a\tb", 2), (2, None, 2), (3, "", 2)]


def test_cancel_from_another_thread(connection: psycopg.Connection[Any]) -> None:
    timer = threading.Timer(0.5, connection.cancel_safe)
    timer.start()
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute(scenario.ENDLESS)
    timer.join()
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_means_and_mark(connection: psycopg.Connection[Any], endpoint: EndpointProcess) -> None:
    notices: list[str] = []
    connection.add_notice_handler(lambda diagnostic: notices.append(diagnostic.message_primary or ""))
    for statement in scenario.PRODUCTS:
        connection.execute(statement)
    assert connection.execute(scenario.MEANS).fetchall() == scenario.MEANS_ROWS
    asked = connection.execute("SELECT id FROM products WHERE description MEANS %s ORDER BY id", ("eco-friendly",))
    assert asked.fetchall() == [(1,), (3,)]
    assert connection.execute(scenario.MARK).statusmessage == "MARK 1"
    endpoint.reset()
    assert connection.execute(scenario.MEANS, binary=True).fetchall() == scenario.MEANS_ROWS
    assert scenario.injected(endpoint) == [1, 1, 1]
    assert any("Injected 1 training examples" in notice for notice in notices)
