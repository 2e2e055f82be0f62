"""Gives a statement's log relations to DuckDB: read from the store as Arrow, reduced there, under private names.

Assumes the statement's transaction is open on the engine session: the clock that pushed conditions use is the
transaction's own. Whoever runs the statement calls ``release`` once its rows are drained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import pyarrow as pa

from sqlserver.catalog.log_relations import LOG_RELATIONS, source_of
from sqlserver.catalog.semantic_operators import ALL_RELATIONS, SEMANTIC_OPERATORS
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.log_relation_plan import (
    AllOf,
    AnyOf,
    Comparison,
    EngineConstant,
    LogRelationPlan,
    Predicate,
    RelationRead,
)
from sqlserver.core.operators import OperatorTable
from sqlserver.core.pgtypes import (
    BOOL,
    DATE,
    FLOAT4,
    FLOAT8,
    INT4,
    INT8,
    NUMERIC,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    PgType,
    array_of,
)
from sqlserver.core.result import Column, CommandTag, Result, rows_of
from sqlserver.engines.engine import EngineResult
from sqlserver.execute.annotation_overlay import (
    ANNOTATION_COLUMNS,
    OVERLAID_RELATIONS,
    Overlay,
    overlaid_annotations,
    overlaid_examples,
    statistics,
)
from sqlserver.execute.relation_query import EngineValues, relation_query
from sqlserver.execute.semantic_plan import read_table
from sqlserver.store.log_rows import arrow_schema

_STATISTICS_INPUT = ("trace_id", "cascade_id", "cell_name", "trainable", "verified", "confidence")


_PG_TYPES: tuple[tuple[Callable[[pa.DataType], bool], PgType], ...] = (
    (pa.types.is_boolean, BOOL),
    (pa.types.is_float32, FLOAT4),
    (pa.types.is_floating, FLOAT8),
    (pa.types.is_date, DATE),
    (lambda kind: pa.types.is_integer(kind) and kind.bit_width < 32, INT4),
    (pa.types.is_int32, INT4),
    (pa.types.is_integer, INT8),
)


class LogReader(Protocol):
    """The log store, as far as reading goes."""

    async def query_arrow(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """One read-only SELECT of ClickHouse, ``{name:Type}`` bound. What was answered before is visible."""
        ...


class RelationEngine(Protocol):
    """The session's DuckDB."""

    async def execute(self, sql: str, parameters: Sequence[BoundParameter] = ()) -> EngineResult: ...
    async def load_table(self, name: str, table: pa.Table) -> None: ...
    async def drop_table(self, name: str) -> None: ...


async def materialise(
    plan: LogRelationPlan,
    store: LogReader,
    engine: RelationEngine,
    overlay: Overlay,
    parameters: Sequence[BoundParameter] = (),
    *,
    operators: OperatorTable | None = None,
) -> None:
    """After this ``plan.sql`` runs on ``engine``. On an error nothing is left behind."""
    for macro in plan.macros:
        await engine.execute(macro)
    values = EngineValues(await _engine_constants(plan, engine), parameters)
    loaded: list[RelationRead] = []
    try:
        for read in plan.reads:
            if read.relation == SEMANTIC_OPERATORS.name:
                table = operators_table(operators or OperatorTable.of(()))
            else:
                table = await _read(read, store, values, overlay)
            loaded.append(read)  # first: a cancel may come when the relation stands already
            await engine.load_table(read.private_name, table.select(list(read.columns)))
    except BaseException:
        await release(replace(plan, reads=tuple(loaded)), engine)
        raise


async def materialise_empty(plan: LogRelationPlan, engine: RelationEngine) -> None:
    """The same names and types without a row: enough to describe the statement."""
    for macro in plan.macros:
        await engine.execute(macro)
    for read in plan.reads:
        schema = arrow_schema(ALL_RELATIONS[read.relation], read.columns)
        await engine.load_table(read.private_name, schema.empty_table())


async def release(plan: LogRelationPlan, engine: RelationEngine) -> None:
    """Drops what ``materialise`` loaded."""
    for read in plan.reads:
        await engine.drop_table(read.private_name)


async def log_query_result(clickhouse_sql: str, store: LogReader) -> Result:
    """The rows of a statement that went to the store as a whole (``LogRelationPlan.clickhouse_sql``)."""
    table = await store.query_arrow(clickhouse_sql)
    columns = tuple(Column(field.name, _pg_type(field.type)) for field in table.schema)

    return Result(CommandTag("SELECT", counts_rows=True), columns, rows_of(*table.to_batches()))


def _pg_type(kind: pa.DataType) -> PgType:
    if pa.types.is_list(kind):
        return array_of(_pg_type(kind.value_type))
    if pa.types.is_timestamp(kind):
        return TIMESTAMP if kind.tz is None else TIMESTAMPTZ
    if pa.types.is_uint64(kind) or pa.types.is_decimal(kind):
        return NUMERIC
    return next((pg_type for matches, pg_type in _PG_TYPES if matches(kind)), TEXT)


async def read_relation(
    read: RelationRead, store: LogReader, overlay: Overlay, parameters: Sequence[BoundParameter] = ()
) -> pa.Table:
    """One relation by itself, its columns as asked; for reads whose constants need no engine."""
    return await _read(read, store, EngineValues({}, parameters), overlay)


async def _engine_constants(plan: LogRelationPlan, engine: RelationEngine) -> dict[str, int | None]:
    """Each constant's microseconds since the epoch, None for NULL."""
    found = dict.fromkeys(
        constant.sql for read in plan.reads for predicate in read.predicates for constant in _constants_of(predicate)
    )
    if not found:
        return {}
    table = await read_table(await engine.execute("SELECT " + ", ".join(f"epoch_us({sql})" for sql in found)))
    return {sql: column[0].as_py() for sql, column in zip(found, table.columns, strict=True)}


def _constants_of(predicate: Predicate) -> list[EngineConstant]:
    match predicate:
        case Comparison():
            return [constant for constant in predicate.constants if isinstance(constant, EngineConstant)]
        case AllOf() | AnyOf():
            return [constant for part in predicate.parts for constant in _constants_of(part)]


async def _read(read: RelationRead, store: LogReader, values: EngineValues, overlay: Overlay) -> pa.Table:
    if not overlay or read.relation not in OVERLAID_RELATIONS:
        return await _from_store(read, store, values)
    if read.relation == "training_stats_by_cascade":
        examples = RelationRead("training_examples_with_annotations", "", _STATISTICS_INPUT)
        return _typed(statistics(await _read(examples, store, values, overlay), read.columns), read)
    columns = tuple(dict.fromkeys(("trace_id", *read.columns)))
    steady = tuple(predicate for predicate in read.predicates if not _columns_of(predicate) & ANNOTATION_COLUMNS)
    stored = await _from_store(
        replace(read, columns=columns, predicates=steady, order_by=(), limit=None), store, values
    )  # fmt: skip
    patch = overlaid_annotations if read.relation == "training_annotations" else overlaid_examples
    return patch(stored, overlay)


def _columns_of(predicate: Predicate) -> frozenset[str]:
    match predicate:
        case Comparison():
            return frozenset({predicate.column})
        case AllOf() | AnyOf():
            return frozenset().union(*(_columns_of(part) for part in predicate.parts))


async def _from_store(read: RelationRead, store: LogReader, values: EngineValues) -> pa.Table:
    sql, parameters = relation_query(read, source_of(LOG_RELATIONS[read.relation]), values)
    return _typed(await store.query_arrow(sql, parameters), read)


def _typed(table: pa.Table, read: RelationRead) -> pa.Table:
    """The catalog's types, whatever Arrow types the store's client chose."""
    return table.select(list(read.columns)).cast(arrow_schema(LOG_RELATIONS[read.relation], read.columns))


def operators_table(operators: OperatorTable) -> pa.Table:
    """The rows of ``semantic_operators``."""
    rows = [
        {
            "name": operator.name,
            "aliases": list(operator.aliases),
            "infix": [f"{form.left} {' '.join(form.words)} {form.right}" for form in operator.infix],
            "arguments": [f"{argument.name} {argument.type}" for argument in operator.arguments],
            "returns": operator.returns,
            "shape": operator.shape,
            "cascade_id": operator.cascade_id,
            "description": operator.description,
            "source": operator.source,
        }
        for operator in operators.operators
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema(SEMANTIC_OPERATORS))
