"""MARK: says that answers are (not) good examples, and what else is known of them.

MARK [NOT] TRAINABLE [, [NOT] VERIFIED] {WHERE predicate | TRACE 'id' [, …] | LAST | ALL}
     [AS 'corrected'] [CONFIDENCE 0.9] [NOTES 'why'] [TAGS ('a','b')] [SPLIT train|test]
     [ORDER BY …] [LIMIT n] [DRY RUN] [RETURNING columns]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlserver.commands.annotation_batch import Said, prepare_batch, write_batch
from sqlserver.commands.command import Command, CommandContext, Words, annotators, tagged
from sqlserver.commands.mark_clauses import Clauses, clause_starts, read_clauses
from sqlserver.commands.returned_rows import changes_result, checked_columns, returned_columns, returned_result
from sqlserver.commands.statement_reader import StatementReader
from sqlserver.commands.trace_selection import Selection, read_condition, selected_traces
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import SyntaxFault
from sqlserver.core.result import Column, CommandTag, Result

_HINT = (
    "MARK [NOT] TRAINABLE [, [NOT] VERIFIED] {WHERE predicate | TRACE 'id' | LAST | ALL} [AS 'output']"
    " [CONFIDENCE x] [NOTES 'why'] [TAGS ('a')] [SPLIT train|test] [ORDER BY …] [LIMIT n] [DRY RUN] [RETURNING columns]"
)


@dataclass(frozen=True, slots=True)
class MarkRequest:
    """``flags`` are trainable and verified, as far as they are said."""

    flags: tuple[tuple[str, bool], ...]
    selection: Selection
    clauses: Clauses


def matches(words: Words) -> bool:
    return words[:1] == ("MARK",)


def parse(sql: str, parameters: Sequence[BoundParameter] | None = None) -> MarkRequest:
    reader = StatementReader(sql, parameters)
    reader.expect("MARK")
    flags = _flags(reader)
    starts = clause_starts(reader)
    condition = read_condition(reader, "MARK", starts)
    clauses = read_clauses(reader, starts, _HINT)
    checked_columns(clauses.returning)
    return MarkRequest(flags, Selection(condition, clauses.order_by, clauses.limit), clauses)


def _flags(reader: StatementReader) -> tuple[tuple[str, bool], ...]:
    said: dict[str, bool] = {}
    while True:
        position = reader.position
        value = not reader.take("NOT")
        if reader.take("TRAINABLE"):
            name = "trainable"
        elif reader.take("VERIFIED"):
            name = "verified"
        else:
            raise reader.fault("expected [NOT] TRAINABLE or [NOT] VERIFIED", _HINT)
        if name in said:
            raise SyntaxFault(f"{name.upper()} is said twice", position=position)
        said[name] = value
        if not reader.take(","):
            return tuple(said.items())


def columns(request: MarkRequest) -> tuple[Column, ...] | None:
    return returned_columns(request.clauses.returning, request.clauses.dry_run)


async def run(request: MarkRequest, context: CommandContext) -> Result:
    clauses = request.clauses
    extra = {
        "confidence": clauses.confidence,
        "notes": clauses.notes,
        "tags": clauses.tags,
        "corrected_output": clauses.corrected_output,
        "split": clauses.split,
    }
    values = dict(request.flags) | {name: value for name, value in extra.items() if value is not None}
    chosen = await selected_traces(request.selection, context)
    batch = await prepare_batch([Said(trace_id, values) for trace_id in chosen], context)
    tag = f"MARK {len(batch.events)}"
    if not chosen:
        context.notice("no trace satisfies the condition")
    elif len(batch.events) < len(chosen):
        same = len(chosen) - len(batch.events)
        context.notice(f"{same} {'trace was' if same == 1 else 'traces were'} marked so already")
    if clauses.dry_run and clauses.returning is None:
        return changes_result(batch.changes, tag)
    preview = await context.marks.previewed(batch.events) if clauses.dry_run else {}
    if not clauses.dry_run:
        await write_batch(batch, context)
    if clauses.returning is None:
        return tagged(tag)
    return await returned_result(clauses.returning, batch.trace_ids, preview, CommandTag(tag), context)


COMMAND = Command("MARK", matches, parse, run, columns, needs=annotators)
