"""The sum of a smallint or integer is a bigint, that of a bigint a numeric, wherever the sum stands."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection

INT8, NUMERIC, FLOAT8 = 20, 1700, 701

SUMS = {
    "SELECT sum(a), sum(i), sum(l), sum(n), sum(f) FROM summed": [INT8, INT8, NUMERIC, NUMERIC, FLOAT8],
    "SELECT sum(DISTINCT i), sum(ALL i), sum(i ORDER BY l), sum(l ORDER BY i) FROM summed": [INT8, INT8, INT8, NUMERIC],
    "SELECT sum(i) FILTER (WHERE l > 2), sum(l) FILTER (WHERE i > 0) FROM summed": [INT8, NUMERIC],
    "SELECT sum(i) OVER (ORDER BY l), sum(l) OVER w FROM summed WINDOW w AS ()": [INT8, NUMERIC],
    "SELECT sum(i) FILTER (WHERE true) OVER () FROM summed": [INT8],
    "SELECT sum(sum(i)) OVER (), sum(count(*)) OVER () FROM summed": [NUMERIC, NUMERIC],
    "SELECT s, s + 1 FROM (SELECT sum(i) AS s FROM summed) AS q": [INT8, INT8],
    "SELECT coalesce(sum(i), 0), -sum(i), sum(i) / 2, sum(i)::int FROM summed": [INT8, INT8, INT8, 23],
    "SELECT sum(CASE WHEN i > 1 THEN 1 ELSE 0 END), sum(i * 1.5) FROM summed": [INT8, NUMERIC],
    "SELECT sum(1), sum(3000000000), pg_catalog.sum(i), \"sum\"(i) FROM summed": [INT8, NUMERIC, INT8, INT8],
    "SELECT (SELECT sum(t.i) FROM summed t WHERE t.l = summed.l) FROM summed": [INT8],
    "SELECT s, q FROM summed_view": [INT8, NUMERIC],
    "SELECT s, q FROM summed_table": [INT8, NUMERIC],
    "WITH x AS (SELECT sum(i) AS s FROM summed) SELECT s, sum(s) FROM x GROUP BY s": [INT8, NUMERIC],
}  # fmt: skip


@pytest.fixture(scope="module")
def summed(embedded_server: SqlServerProcess) -> Iterator[Connection]:
    with embedded_server.connect() as connection:
        connection.execute("CREATE TABLE summed (a smallint, i integer, l bigint, n numeric(10,2), f float8)")
        connection.execute("INSERT INTO summed VALUES (1, 1, 2, 3.50, 1.5), (2, 2, 3, 4.25, 2), (3, NULL, 5, 6, NULL)")
        connection.execute("CREATE VIEW summed_view AS SELECT sum(i) AS s, sum(l) AS q FROM summed")
        connection.execute("CREATE TABLE summed_table AS SELECT sum(i) AS s, sum(l) AS q FROM summed")
        yield connection


@pytest.mark.parametrize("query", SUMS)
def test_a_sum_has_postgresqls_type_described_and_run(summed: Connection, query: str) -> None:
    columns = range(len(SUMS[query]))
    assert summed.pgconn.prepare(b"", query.encode()).status == psycopg.pq.ExecStatus.COMMAND_OK
    described = summed.pgconn.describe_prepared(b"")
    assert [described.ftype(at) for at in columns] == SUMS[query]
    result = summed.pgconn.exec_(query.encode())
    assert [result.ftype(at) for at in columns] == SUMS[query], result.error_message.decode()


def test_decimals_are_not_cut(summed: Connection) -> None:
    query = "SELECT sum(n), sum(sum(n)) OVER (), sum(n) FILTER (WHERE i > 1) FROM summed"
    assert [str(value) for value in summed.execute(query).fetchone() or ()] == ["13.75", "13.75", "4.25"]


def test_the_type_follows_the_parameters(summed: Connection) -> None:
    cursor = psycopg.RawCursor(summed)
    for parameter, oid in ((2, INT8), (2**40, NUMERIC)):
        cursor.execute("SELECT sum(a * 0 + $1) FROM summed", (parameter,))
        assert (cursor.description or [])[0].type_code == oid
        assert cursor.fetchone() == (3 * parameter,)


def test_an_error_is_placed_in_the_clients_text(summed: Connection) -> None:
    places = []
    for function in ("sum", "max"):
        with pytest.raises(psycopg.errors.InvalidTextRepresentation) as caught:
            summed.execute(f"SELECT {function}(i), 'x'::integer FROM summed")
        places.append(caught.value.diag.statement_position)
    assert places[0] == places[1]
    with pytest.raises(psycopg.errors.UndefinedColumn) as missing:
        summed.execute("SELECT sum(i), sum(nowhere) FROM summed")
    assert missing.value.diag.statement_position == "20"
