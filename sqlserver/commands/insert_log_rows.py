"""INSERT INTO a log relation: annotations go the way of MARK, log rows are imported and are examples at once.

    INSERT INTO training_annotations [(trace_id, trainable, …)] {VALUES … | SELECT …}
    INSERT INTO unified_logs [(…)] {VALUES … | SELECT …}

NULL and DEFAULT in an annotation mean "not said" and keep what was there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from sqlserver.catalog.semantic_operators import ALL_RELATIONS
from sqlserver.commands.annotation_batch import Said, prepare_batch, write_batch
from sqlserver.commands.annotation_values import annotation_value, checked_column
from sqlserver.commands.command import Command, CommandContext, Words, tagged
from sqlserver.commands.composed_query import ComposedQuery
from sqlserver.commands.log_relation_target import names_log_relation, read_target
from sqlserver.commands.parameter_types import types_of_values
from sqlserver.commands.statement_reader import SqlPart, StatementReader, without_defaults
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import FeatureNotSupported, ServerError
from sqlserver.core.notice import Notice
from sqlserver.core.pgtypes import PgType
from sqlserver.core.result import Result
from sqlserver.core.roles import Role

_CLAUSES = (("ON", "CONFLICT"), ("RETURNING",))


@dataclass(frozen=True, slots=True)
class InsertRequest:
    """``columns`` () means all of the relation's, in order, as far as ``source`` gives values."""

    relation: str
    columns: tuple[str, ...]
    source: SqlPart


def matches(words: Words) -> bool:
    return words[:2] == ("INSERT", "INTO") and names_log_relation(words[2:]) is not None


def parse(sql: str, parameters: Sequence[BoundParameter] | None = None) -> InsertRequest:
    reader = StatementReader(without_defaults(sql), parameters)
    reader.expect("INSERT")
    reader.expect("INTO")
    position = reader.position
    relation = read_target(reader)
    if not ALL_RELATIONS[relation].insertable:
        raise ServerError(
            f'cannot insert into view "{relation}"',
            hint="INSERT works on training_annotations (annotates) and unified_logs (imports calls).",
            sqlstate="42809",
            position=position,
        )
    columns = _columns(reader, relation)
    if not (reader.sees("VALUES") or reader.sees("SELECT") or reader.sees("WITH") or reader.sees("FROM")):
        raise reader.fault("expected VALUES or a query")
    _refuse_clauses(reader)
    return InsertRequest(relation, columns, reader.rest("VALUES or a query"))


def _columns(reader: StatementReader, relation: str) -> tuple[str, ...]:
    if not reader.take("("):
        return ()
    names: list[str] = []
    while True:
        position = reader.position
        name = reader.name("a column")
        if relation == "training_annotations":
            checked_column(name, position)
        if name in names:
            raise ServerError(f'column "{name}" specified more than once', sqlstate="42701", position=position)
        names.append(name)
        if not reader.take(","):
            reader.expect(")")
            return tuple(names)


def _refuse_clauses(reader: StatementReader) -> None:
    for index, depth in reader.ahead():
        for clause in _CLAUSES:
            if depth == 0 and reader.words_at(index, *clause):
                raise FeatureNotSupported(
                    f"{' '.join(clause)} is not supported in an INSERT into a log relation",
                    hint="An annotation of a trace that has one is merged; MARK … RETURNING gives rows.",
                    position=reader.tokens[index].start + 1,
                )


async def run(request: InsertRequest, context: CommandContext) -> Result:
    query = ComposedQuery()
    query.add("", request.source)
    rows = await query.run(context)
    columns = request.columns or ALL_RELATIONS[request.relation].column_names[: rows.num_columns]
    if len(columns) != rows.num_columns:
        fewer = rows.num_columns < len(columns)
        what = "more target columns than expressions" if fewer else "more expressions than target columns"
        raise ServerError(f"INSERT has {what}", sqlstate="42601", position=request.source.start + 1)
    table = rows.rename_columns(list(columns))
    if request.relation == "training_annotations":
        await _annotate(table, context)
    else:
        await _import(request.relation, table, context)
    return tagged(f"INSERT 0 {rows.num_rows}")


async def _annotate(table: pa.Table, context: CommandContext) -> None:
    said = []
    for row in table.to_pylist():
        values = {name: annotation_value(name, value) for name, value in row.items() if value is not None}
        trace_id = values.pop("trace_id", "")
        if not trace_id:
            raise ServerError(
                'null value in column "trace_id" of relation "training_annotations" violates not-null constraint',
                sqlstate="23502",
            )
        said.append(Said(trace_id, values))
    await write_batch(await prepare_batch(said, context), context)


async def _import(relation: str, table: pa.Table, context: CommandContext) -> None:
    if context.marks.in_block:
        context.notices(
            Notice(f"rows of {relation} are written at once: ROLLBACK does not take them back", "WARNING", "01000")
        )
    await context.store.insert_relation(relation, table, db_user=context.db_user, caller_id=context.caller_id)


def parameter_types(request: InsertRequest) -> Mapping[int, PgType]:
    relation = ALL_RELATIONS[request.relation]
    named = [relation.column(name) for name in request.columns or relation.column_names]
    return types_of_values(request.source, [column for column in named if column is not None])


def needs(request: InsertRequest, user: str) -> Role:
    """Marking is an annotator's work; imported calls become examples as well as data."""
    return Role.ANNOTATOR if request.relation == "training_annotations" else Role.ANALYST


COMMAND = Command("INSERT INTO a log relation", matches, parse, run, parameter_types=parameter_types, needs=needs)
