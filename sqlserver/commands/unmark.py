"""UNMARK: takes back what was said. It writes, too; nothing is deleted.

UNMARK {TRAINABLE | VERIFIED | ALL} {WHERE predicate | TRACE 'id' [, …] | LAST | ALL}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlserver.commands.annotation_batch import Said, prepare_batch, write_batch
from sqlserver.commands.command import Command, CommandContext, Words, annotators, tagged
from sqlserver.commands.statement_reader import StatementReader
from sqlserver.commands.trace_selection import Selection, read_condition, selected_traces
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.result import Result
from sqlserver.store.annotation_state import FIELDS

_HINT = "UNMARK {TRAINABLE | VERIFIED | ALL} WHERE predicate"


@dataclass(frozen=True, slots=True)
class UnmarkRequest:
    fields: tuple[str, ...]
    selection: Selection


def matches(words: Words) -> bool:
    return words[:1] == ("UNMARK",)


def parse(sql: str, parameters: Sequence[BoundParameter] | None = None) -> UnmarkRequest:
    reader = StatementReader(sql, parameters)
    reader.expect("UNMARK")
    if reader.take("TRAINABLE"):
        fields: tuple[str, ...] = ("trainable",)
    elif reader.take("VERIFIED"):
        fields = ("verified",)
    elif reader.take("ALL"):
        fields = FIELDS
    else:
        raise reader.fault("expected TRAINABLE, VERIFIED or ALL", _HINT)
    condition = read_condition(reader, "UNMARK", ())
    reader.end(_HINT)
    return UnmarkRequest(fields, Selection(condition))


async def run(request: UnmarkRequest, context: CommandContext) -> Result:
    chosen = await selected_traces(request.selection, context)
    batch = await prepare_batch([Said(trace_id, clears=request.fields) for trace_id in chosen], context)
    await write_batch(batch, context)
    if not batch.events:
        context.notice("no trace that satisfies the condition was marked so")
    return tagged(f"UNMARK {len(batch.events)}")


COMMAND = Command("UNMARK", matches, parse, run, needs=annotators)
