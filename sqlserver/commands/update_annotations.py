"""UPDATE training_annotations SET …: new annotation events for the rows that satisfy the condition.

    UPDATE training_annotations [[AS] a] SET column = expression [, …] [FROM …] [WHERE …]
    →  SELECT a.trace_id, (expression), … FROM training_annotations AS a, … WHERE …   and one event a row

A field set to NULL goes back to "never said".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlserver.catalog.log_relations import LOG_RELATIONS
from sqlserver.commands.annotation_batch import Said, prepare_batch, write_batch
from sqlserver.commands.annotation_values import annotation_value, checked_column
from sqlserver.commands.command import Command, CommandContext, Words, annotators, tagged
from sqlserver.commands.composed_query import ComposedQuery
from sqlserver.commands.log_relation_target import names_log_relation, read_target
from sqlserver.commands.parameter_types import type_of_value
from sqlserver.commands.statement_reader import SqlPart, StatementReader, without_defaults
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import FeatureNotSupported, ServerError
from sqlserver.core.pgtypes import PgType
from sqlserver.core.result import Result

_TARGET = "training_annotations"


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    alias: str
    assignments: tuple[tuple[str, SqlPart], ...]
    source: SqlPart | None
    predicate: SqlPart | None


def matches(words: Words) -> bool:
    return words[:1] == ("UPDATE",) and names_log_relation(words[1:]) == _TARGET


def parse(sql: str, parameters: Sequence[BoundParameter] | None = None) -> UpdateRequest:
    reader = StatementReader(without_defaults(sql), parameters)
    reader.expect("UPDATE")
    read_target(reader)
    alias = _TARGET
    if reader.take("AS") or not reader.sees("SET"):
        alias = reader.name("an alias or SET")
    reader.expect("SET")
    ends = _clause_starts(reader)
    assignments = [_assignment(reader, ends)]
    while reader.take(","):
        assignments.append(_assignment(reader, ends))
    source = reader.until(ends, "relations after FROM") if reader.take("FROM") else None
    predicate = reader.until(ends, "a predicate after WHERE") if reader.take("WHERE") else None
    if reader.sees("RETURNING"):
        raise FeatureNotSupported(
            "RETURNING is not supported in an UPDATE of training_annotations", position=reader.position,
            hint="MARK … RETURNING gives rows.",
        )  # fmt: skip
    reader.end()
    return UpdateRequest(alias, tuple(assignments), source, predicate)


def _clause_starts(reader: StatementReader) -> tuple[int, ...]:
    """Commas between assignments and FROM, WHERE, RETURNING; not the FROM of ``IS DISTINCT FROM``."""
    starts: list[int] = []
    in_assignments = True
    for index, depth in reader.ahead():
        clause = any(reader.words_at(index, word) for word in ("FROM", "WHERE", "RETURNING"))
        if depth or (reader.words_at(index, "FROM") and reader.words_at(index - 1, "DISTINCT")):
            continue
        if clause or (in_assignments and reader.words_at(index, ",")):
            starts.append(index)
        in_assignments = in_assignments and not clause
    return tuple(starts)


def _assignment(reader: StatementReader, ends: Sequence[int]) -> tuple[str, SqlPart]:
    position = reader.position
    name = checked_column(reader.name("a column after SET"), position)
    if name == "trace_id":
        raise ServerError('column "trace_id" cannot be changed', sqlstate="428C9", position=position)
    reader.expect("=")
    return name, reader.until(ends, "an expression after =")


async def run(request: UpdateRequest, context: CommandContext) -> Result:
    alias = '"' + request.alias.replace('"', '""') + '"'
    query = ComposedQuery(f"SELECT {alias}.trace_id")
    for _, expression in request.assignments:
        query.add(", (", expression, "\n)")
    query.add(f"FROM {_TARGET} AS {alias}")
    if request.source is not None:
        query.add(", ", request.source, "\n")
    if request.predicate is not None:
        query.add("WHERE (", request.predicate, "\n)")
    rows = await query.run(context)
    names = [name for name, _ in request.assignments]
    columns = [rows.column(index).to_pylist() for index in range(rows.num_columns)]
    said = {row[0]: _said(row[0], dict(zip(names, row[1:], strict=True))) for row in zip(*columns, strict=True)}
    await write_batch(await prepare_batch(list(said.values()), context), context)
    return tagged(f"UPDATE {len(said)}")


def _said(trace_id: str, assigned: dict[str, Any]) -> Said:
    values = {name: annotation_value(name, value) for name, value in assigned.items() if value is not None}
    clears = tuple(name for name, value in assigned.items() if value is None and name != "annotated_by")
    return Said(trace_id, values, clears)


def parameter_types(request: UpdateRequest) -> Mapping[int, PgType]:
    found: dict[int, PgType] = {}
    for name, expression in request.assignments:
        column = LOG_RELATIONS[_TARGET].column(name)
        if column is not None:
            found |= type_of_value(expression, column)
    return found


COMMAND = Command("UPDATE training_annotations", matches, parse, run, parameter_types=parameter_types, needs=annotators)
