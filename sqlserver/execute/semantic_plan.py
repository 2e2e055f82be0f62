"""Runs a semantic plan: each stage's distinct inputs are read, answered and laid down, then the final query runs.

Assumes an open transaction on the engine session, so that every query sees one snapshot.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Protocol

import pyarrow as pa

from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import ServerError
from sqlserver.core.operators import Operator
from sqlserver.core.plan import SemanticPlan, Stage
from sqlserver.core.result import Rows
from sqlserver.engines.engine import EngineResult
from sqlserver.execute.answers_table import answers_table, no_arguments
from sqlserver.execute.plan_faults import client_fault
from sqlserver.semantic.answer import Answer
from sqlserver.semantic.statement import SemanticStatement


class PlanEngine(Protocol):
    async def execute(self, sql: str, parameters: Sequence[BoundParameter] = ()) -> EngineResult: ...
    async def load_table(self, name: str, table: pa.Table) -> None: ...
    async def drop_table(self, name: str) -> None: ...


class Answers(Protocol):
    async def answer(
        self, operator: Operator, tuples: Sequence[tuple[object, ...]], statement: SemanticStatement
    ) -> list[Answer]: ...


async def run_semantic_plan(
    plan: SemanticPlan, engine: PlanEngine, answerer: Answers, statement: SemanticStatement
) -> EngineResult:
    """The final query's result. The answers tables live until its rows are drained or closed, or until an error."""
    laid: list[str] = []
    try:
        for stage in plan.stages:
            laid.append(stage.answers_table)  # first: a cancel may come when the table stands already
            await _run_stage(stage, engine, answerer, statement)
        result = await _execute(engine, plan.final_query, statement)
    except BaseException:
        await _clear(engine, laid)
        raise
    if result.rows is None:
        await _clear(engine, laid)
        return result
    return replace(
        result,
        rows=Rows(_in_client_words(result.rows, plan.final_query, statement))
        .when_done(lambda: _clear(engine, laid))
        .when_done(result.rows.close),
    )


async def _run_stage(stage: Stage, engine: PlanEngine, answerer: Answers, statement: SemanticStatement) -> None:
    arguments = await read_table(await _execute(engine, stage.input_query, statement))
    if arguments.num_rows == 0:
        arguments = no_arguments(stage.operator)
    columns = [column.to_pylist() for column in arguments.columns]
    tuples = list(zip(*columns, strict=True))
    answers = await answerer.answer(stage.operator, tuples, statement)
    await engine.load_table(stage.answers_table, answers_table(stage.operator, arguments, answers))


async def _execute(engine: PlanEngine, sql: str, statement: SemanticStatement) -> EngineResult:
    try:
        return await engine.execute(sql)
    except ServerError as error:
        raise client_fault(error, sql, statement.text) from None


async def read_table(result: EngineResult) -> pa.Table:
    """All rows of a result that has columns."""
    if result.rows is None or result.columns is None:
        raise ValueError("the statement returned no rows to read")
    batches = []
    while (batch := await result.rows.take()) is not None:
        batches.append(batch)
    if batches:
        return pa.Table.from_batches(batches)
    return pa.table({column.name: pa.array([], pa.null()) for column in result.columns})


async def _in_client_words(rows: Rows, sql: str, statement: SemanticStatement) -> AsyncIterator[pa.RecordBatch]:
    try:
        while (batch := await rows.take()) is not None:
            yield batch
    except ServerError as error:
        raise client_fault(error, sql, statement.text) from None


async def _clear(engine: PlanEngine, names: Sequence[str]) -> None:
    for name in names:
        await engine.drop_table(name)
