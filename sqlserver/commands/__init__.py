"""Statements of our own beside SQL. A new command is one module with a ``COMMAND`` and one line here."""

from __future__ import annotations

from sqlserver.commands import (
    correct_trace,
    insert_log_rows,
    mark_trainable,
    show_tables,
    undo_mark,
    unmark,
    update_annotations,
)
from sqlserver.commands.command import Command, Words

COMMANDS: tuple[Command, ...] = (
    mark_trainable.COMMAND,
    unmark.COMMAND,
    undo_mark.COMMAND,
    correct_trace.COMMAND,
    insert_log_rows.COMMAND,
    update_annotations.COMMAND,
    show_tables.COMMAND,
)


def find_command(words: Words) -> Command | None:
    """``words``: the statement's leading words in upper case, at least five where there are as many."""
    return next((command for command in COMMANDS if command.matches(words)), None)
