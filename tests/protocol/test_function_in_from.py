"""A function that gives one value may stand in FROM."""

from __future__ import annotations

import psycopg
import pytest

from tests.protocol.conftest import Connection


@pytest.mark.parametrize(
    ("query", "columns", "rows"),
    [
        ("SELECT * FROM lower('A') AS result", ["result"], [("a",)]), ("SELECT r FROM lower('A') r", ["r"], [("a",)]),
        ("SELECT lower FROM lower('A')", ["lower"], [("a",)]),
        ("SELECT x + 1 AS y FROM abs(-3) AS t(x)", ["y"], [(4,)]),
        ("SELECT u, r FROM abs(-5) AS r, pg_catalog.upper('x') u", ["u", "r"], [("X", 5)]),
        ("SELECT v, l FROM (VALUES ('Q')) q(v) JOIN lower('Z') l ON true", ["v", "l"], [("Q", "z")]),
        ("SELECT v, l FROM (VALUES ('Q')) q(v), LATERAL lower(v) l", ["v", "l"], [("Q", "q")]),
        ("SELECT lower('B'), l FROM lower('C') l WHERE lower('D') = 'd'", ["lower", "l"], [("b", "c")]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("in_block", [False, True])
def test_its_value_is_a_row(
    connection: Connection, query: str, columns: list[str], rows: list[tuple[object, ...]], in_block: bool
) -> None:
    if in_block:
        connection.execute("BEGIN")
    cursor = connection.execute(query)
    assert [column.name for column in cursor.description or ()] == columns
    assert cursor.fetchall() == rows


def test_parameters(connection: Connection) -> None:
    assert connection.execute("SELECT * FROM lower(%s) AS result", ("ABC",)).fetchall() == [("abc",)]
    with connection.transaction():
        assert connection.execute("SELECT * FROM abs(%s) AS result", (-4,)).fetchall() == [(4,)]


def test_one_that_is_not_there_is_told(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.UndefinedFunction):
        connection.execute("SELECT * FROM no_such_function(1)")
