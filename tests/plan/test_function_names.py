"""The planner's lists of functions are the engine's."""

from __future__ import annotations

import duckdb

from sqlserver.plan.semantic.functions import AGGREGATES, VOLATILE

_RAISES = {"error"}


def test_every_volatile_function_of_the_engine_is_known():
    rows = duckdb.sql("SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability = 'VOLATILE'").fetchall()
    assert {name for (name,) in rows} - _RAISES <= VOLATILE


def test_every_aggregate_of_the_engine_is_known():
    rows = duckdb.sql(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'"
    ).fetchall()
    assert {name for (name,) in rows} <= AGGREGATES
