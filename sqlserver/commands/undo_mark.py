"""UNDO MARK [BATCH 'id']: takes back a batch by its id, else the last of this user's that changed anything,
in any session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlserver.commands.command import Command, CommandContext, Words, annotators, tagged
from sqlserver.commands.statement_reader import StatementReader
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.result import Result

_HINT = "UNDO MARK takes back your last batch, UNDO MARK BATCH 'id' the one that training_annotation_history names so."


@dataclass(frozen=True, slots=True)
class UndoRequest:
    """``batch_id`` None: the user's last batch."""

    batch_id: str | None


def matches(words: Words) -> bool:
    return words[:1] == ("UNDO",)


def parse(sql: str, parameters: Sequence[BoundParameter] | None = None) -> UndoRequest:
    reader = StatementReader(sql, parameters)
    reader.expect("UNDO")
    reader.expect("MARK", hint="UNDO MARK")
    batch_id = reader.string("the batch id") if reader.take("BATCH") else None
    reader.end(_HINT)
    return UndoRequest(batch_id)


async def run(request: UndoRequest, context: CommandContext) -> Result:
    changed = await context.marks.undo(context.db_user, context.caller_id, request.batch_id)
    if changed is None and request.batch_id is None:
        context.notice("there is no batch of yours left to take back")
    elif changed is None:
        context.notice("the batch was taken back already")
    return tagged(f"UNDO {changed or 0}")


COMMAND = Command("UNDO MARK", matches, parse, run, needs=annotators)
