"""Random queries give the same rows staged and per row: the places nobody thought of."""

from __future__ import annotations

import pytest

from sqlserver.sql.recognise import may_hold_operator
from tests.plan.random_queries import QueryMaker
from tests.plan.staged import OPERATORS, connect, read, run_staged, with_functions


@pytest.fixture(scope="module")
def connection():
    with connect() as opened:
        yield opened


@pytest.mark.parametrize("seed", range(8))
def test_staged_rows_equal_per_row_functions(connection, seed):
    maker = QueryMaker(seed)
    compared = 0
    while compared < 40:
        sql = maker.make()
        if not may_hold_operator(sql, OPERATORS):
            continue
        statement = read(connection, sql)
        staged = run_staged(connection, statement, resolves_names=compared % 4 != 0)
        direct = connection.execute(with_functions(statement)).fetchall()
        assert sorted(map(repr, staged.rows)) == sorted(map(repr, direct)), sql
        compared += 1
