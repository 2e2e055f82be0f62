"""UNDO MARK: takes back this user's last batch that changed anything, in any session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlserver.commands.command import Command, CommandContext, Words, tagged
from sqlserver.commands.statement_reader import StatementReader
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.result import Result


@dataclass(frozen=True, slots=True)
class UndoRequest:
    """Nothing more to say: the last batch."""


def matches(words: Words) -> bool:
    return words[:1] == ("UNDO",)


def parse(sql: str, parameters: Sequence[BoundParameter] | None = None) -> UndoRequest:
    reader = StatementReader(sql, parameters)
    reader.expect("UNDO")
    reader.expect("MARK", hint="UNDO MARK")
    reader.end("UNDO MARK takes back your last batch.")
    return UndoRequest()


async def run(request: UndoRequest, context: CommandContext) -> Result:
    changed = await context.marks.undo(context.db_user, context.caller_id)
    if changed is None:
        context.notice("there is no batch of yours left to take back")
    return tagged(f"UNDO {changed or 0}")


COMMAND = Command("UNDO MARK", matches, parse, run)
