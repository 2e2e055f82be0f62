"""What the engine relies on in DuckDB below its public functions. Fails first when DuckDB changes it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from sqlserver.engines import duckdb_binding as binding


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:", config={"errors_as_json": "true"}) as connection:
        connection.execute("CREATE TABLE t (a int, b text)")
        yield connection


def test_bind_runs_nothing_and_tells_types(connection: duckdb.DuckDBPyConnection) -> None:
    found = binding.bind(connection, "INSERT INTO t VALUES ($1, $2) RETURNING b")
    assert (found.names, found.types, found.parameters) == (("b",), ("VARCHAR",), {"1": "INTEGER", "2": "VARCHAR"})
    assert (found.return_type, found.deferred, found.writes) == ("query_result", False, True)
    assert connection.execute("SELECT count(*) FROM t").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("sql", "return_type"),
    [
        ("FROM t", "query_result"),
        ("INSERT INTO t VALUES (1, 'a')", "changed_rows"),
        ("CREATE TABLE u (a int)", "nothing"),
    ],
)
def test_the_return_type_is_told(connection: duckdb.DuckDBPyConnection, sql: str, return_type: str) -> None:
    assert binding.submit(connection, sql, materialised=True).return_type == return_type


def test_a_batch_shorter_than_a_vector_is_the_last(connection: duckdb.DuckDBPyConnection) -> None:
    reader = binding.submit(connection, "SELECT i FROM range(1000000) t(i) WHERE hash(i) % 7 = 0").reader
    sizes = [batch.num_rows for batch in reader]
    assert set(sizes[:-1]) == {binding.VECTOR_SIZE}


def test_an_error_tells_its_byte_position_as_json(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.BinderException, match='"position":"13"'):
        binding.submit(connection, "SELECT 'é', nope FROM t")
