"""INSERT without a column list may give fewer values than the table has columns."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.protocol.conftest import Connection


@pytest.fixture
def table(connection: Connection) -> Iterator[Connection]:
    connection.execute("CREATE TABLE few (a int PRIMARY KEY, b int DEFAULT 5, c text)")
    yield connection
    connection.execute("DROP TABLE few")


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("INSERT INTO few VALUES (1)", [(1, 5, None)]),
        ("INSERT INTO public.few VALUES (1, 2), (2, 3)", [(1, 2, None), (2, 3, None)]),
        ("INSERT INTO few SELECT 7, 8", [(7, 8, None)]),
        ("INSERT INTO few VALUES (1) ON CONFLICT (a) DO NOTHING", [(1, 5, None)]),
        ("INSERT INTO few AS f VALUES (1) ON CONFLICT (a) DO UPDATE SET b = f.b + 1", [(1, 5, None)]),
        ("WITH w AS (SELECT 3 AS x) INSERT INTO few SELECT x FROM w", [(3, 5, None)]),
        ("INSERT INTO few VALUES (1, 2, 'x')", [(1, 2, "x")]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("in_block", [False, True])
def test_the_others_take_their_defaults(
    table: Connection, statement: str, rows: list[tuple[object, ...]], in_block: bool
) -> None:
    if in_block:
        with table.transaction():
            table.execute("SELECT 1")
            table.execute(statement)
    else:
        table.execute(statement)
    assert table.execute("SELECT * FROM few ORDER BY a").fetchall() == rows


def test_parameters_have_the_columns_types(table: Connection) -> None:
    table.pgconn.prepare(b"", b"INSERT INTO few VALUES ($1, $2)")
    described = table.pgconn.describe_prepared(b"")
    assert [described.param_type(at) for at in range(described.nparams)] == [23, 23]
    table.execute("INSERT INTO few VALUES (%s, %s)", (4, 5))
    assert table.execute("SELECT a, b FROM few").fetchall() == [(4, 5)]


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO few VALUES (1, 2, 'x', 4)", "INSERT INTO few (a, b) VALUES (1)", "INSERT INTO few (a) VALUES (1, 2)"],
)
def test_other_counts_are_refused(table: Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.SyntaxError, match=r"INSERT has \d expressions for \d target columns"):
        table.execute(statement)
