"""Which traces a command is about: ``WHERE predicate``, ``TRACE 'id' [, …]``, ``LAST`` or ``ALL``.

The predicate sees every column of ``training_examples_with_annotations``. It is run as a statement of its own through
the session's pipeline, so it may hold parameters, subqueries, DuckDB tables and semantic operators.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlserver.commands.command import CommandContext
from sqlserver.commands.composed_query import ComposedQuery
from sqlserver.commands.statement_reader import SqlPart, StatementReader
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import ServerError

_CONDITION_HINT = (
    "Say which traces: WHERE predicate, TRACE 'id', LAST (this session's previous statement with an operator)"
    " or ALL."
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Where:
    predicate: SqlPart


@dataclass(frozen=True, slots=True)
class Traces:
    trace_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastStatement:
    """The traces of this session's previous statement that used an operator, cached answers too."""


@dataclass(frozen=True, slots=True)
class AllTraces:
    """Every usable answer; must be spelled out."""


Condition = Where | Traces | LastStatement | AllTraces


@dataclass(frozen=True, slots=True)
class Selection:
    """``order_by`` and ``limit`` narrow any condition."""

    condition: Condition
    order_by: SqlPart | None = None
    limit: int | None = None


def read_condition(reader: StatementReader, command: str, clause_starts: Collection[int]) -> Condition:
    """``clause_starts``: where, as token indexes, the clauses after a predicate begin. 42601 where none is given."""
    if reader.take("WHERE"):
        return Where(reader.until(clause_starts, "a predicate after WHERE", _CONDITION_HINT))
    if reader.take("TRACE"):
        trace_ids = [reader.string("a trace id")]
        while reader.take(","):
            trace_ids.append(reader.string("a trace id"))
        return Traces(tuple(dict.fromkeys(trace_ids)))
    if reader.take("LAST"):
        return LastStatement()
    if reader.take("ALL"):
        return AllTraces()
    raise reader.fault(f"{command} needs a condition", _CONDITION_HINT)


async def selected_traces(selection: Selection, context: CommandContext) -> tuple[str, ...]:
    """The trace ids, each once, in the selection's order."""
    condition = selection.condition
    if isinstance(condition, Traces) and selection.order_by is None:
        return condition.trace_ids[: selection.limit]
    query = ComposedQuery("SELECT trace_id FROM training_examples_with_annotations")
    if isinstance(condition, Where):
        query.add("WHERE (", condition.predicate, "\n)")
    elif isinstance(condition, Traces):
        query.add(f"WHERE trace_id IN ({_literals(condition.trace_ids)})")
    elif isinstance(condition, LastStatement):
        query.add(f"WHERE trace_id IN ({_literals(await _last_traces(context))})")
    if selection.order_by is not None:
        query.add("ORDER BY ", selection.order_by, "\n")
    if selection.limit is not None:
        query.add(f"LIMIT {selection.limit}")
    rows = await query.run(context)
    return tuple(dict.fromkeys(rows.column(0).to_pylist()))


async def _last_traces(context: CommandContext) -> tuple[str, ...]:
    caller_id = context.last_semantic_caller_id
    if caller_id is None:
        raise ServerError(
            "no previous statement of this session used an operator",
            hint="Run a query with a semantic operator first, or name the traces with WHERE or TRACE.",
            sqlstate="55000",
        )
    rows = await context.select(
        "SELECT DISTINCT trace_id FROM statement_traces WHERE caller_id = $1", (BoundParameter(caller_id),)
    )
    return tuple(rows.column(0).to_pylist())


def _literals(values: Collection[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values) or "NULL"
