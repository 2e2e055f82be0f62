"""What EXPLAIN gives as PostgreSQL gives it: one column, ``QUERY PLAN``, a row a line, or one document of JSON."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from sqlserver.core.pgtypes import JSON, TEXT
from sqlserver.core.result import Column, rows_of
from sqlserver.engines.engine import EngineResult
from sqlserver.execute.semantic_plan import read_table
from sqlserver.session.statement import Statement

_JSON_WORDS = ("FORMAT", "JSON")


def plan_columns(statement: Statement) -> tuple[Column, ...]:
    return (Column("QUERY PLAN", JSON if _is_json(statement) else TEXT),)


async def as_query_plan(statement: Statement, result: EngineResult) -> EngineResult:
    plans = (await read_table(result)).column(1).to_pylist()
    lines = plans if _is_json(statement) else [line for plan in plans for line in plan.rstrip("\n").split("\n")]
    batch = pa.record_batch([pa.array(lines, pa.string())], names=["QUERY PLAN"])
    return replace(result, columns=plan_columns(statement), rows=rows_of(batch))


def _is_json(statement: Statement) -> bool:
    at = next((at for at, word in enumerate(statement.upper_words) if word == "FORMAT"), -1)
    return at > 0 and statement.upper_words[at : at + 2] == _JSON_WORDS
