"""CORRECT TRACE 'id' TO 'right output' [NOTES 'why']: trainable, verified, and what the answer should have been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlserver.commands.annotation_batch import Said, prepare_batch, write_batch
from sqlserver.commands.command import Command, CommandContext, Words, annotators, tagged
from sqlserver.commands.statement_reader import StatementReader
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import UndefinedObject
from sqlserver.core.result import Result

_HINT = "CORRECT TRACE 'id' TO 'right output' [NOTES 'why']"


@dataclass(frozen=True, slots=True)
class CorrectRequest:
    trace_id: str
    output: str
    notes: str | None
    position: int


def matches(words: Words) -> bool:
    return words[:1] == ("CORRECT",)


def parse(sql: str, parameters: Sequence[BoundParameter] | None = None) -> CorrectRequest:
    reader = StatementReader(sql, parameters)
    reader.expect("CORRECT")
    reader.expect("TRACE", hint=_HINT)
    position = reader.position
    trace_id = reader.string("the trace id")
    reader.expect("TO", hint=_HINT)
    output = reader.string("the right output")
    notes = reader.string("NOTES") if reader.take("NOTES") else None
    reader.end(_HINT)
    return CorrectRequest(trace_id, output, notes, position)


async def run(request: CorrectRequest, context: CommandContext) -> Result:
    """42704 for a trace that is not in the log: there would be no input to correct."""
    logged = await context.store.query_arrow(
        "SELECT count() AS calls FROM unified_logs WHERE trace_id = {id:String}", {"id": request.trace_id}
    )
    if not logged["calls"][0].as_py():
        raise UndefinedObject(
            f'trace "{request.trace_id}" does not exist',
            hint="training_examples_mv lists the traces with their inputs and outputs.",
            position=request.position,
        )
    values: dict[str, Any] = {"trainable": True, "verified": True, "corrected_output": request.output}
    if request.notes is not None:
        values["notes"] = request.notes
    batch = await prepare_batch([Said(request.trace_id, values)], context)
    await write_batch(batch, context)
    if not batch.events:
        context.notice("the trace was corrected so already")
    return tagged(f"CORRECT {len(batch.events)}")


COMMAND = Command("CORRECT", matches, parse, run, needs=annotators)
