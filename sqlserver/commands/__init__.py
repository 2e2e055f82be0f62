"""Statements of our own beside SQL. A new command is one module with a ``COMMAND`` and one line here."""

from __future__ import annotations

from sqlserver.commands import (
    correct_trace,
    define_roles,
    grant_role,
    insert_log_rows,
    mark_trainable,
    show_tables,
    undo_mark,
    unmark,
    update_annotations,
)
from sqlserver.commands.command import Command, Words
from sqlserver.commands.statement_reader import command_tokens

COMMANDS: tuple[Command, ...] = (
    mark_trainable.COMMAND,
    unmark.COMMAND,
    undo_mark.COMMAND,
    correct_trace.COMMAND,
    insert_log_rows.COMMAND,
    update_annotations.COMMAND,
    show_tables.COMMAND,
    define_roles.COMMAND,
    grant_role.COMMAND,
)


def find_command(words: Words, sql: str = "") -> Command | None:
    """``words``: the statement's leading words in upper case, as far as they are bare words.

    ``sql`` is needed where a name that is quoted or has a schema decides (``INSERT INTO public.unified_logs``).
    """
    if sql and words[:1] in (("INSERT",), ("UPDATE",)):
        words = tuple(sql[token.start : token.end + 1].upper() for token in command_tokens(sql)[:6])
    return next((command for command in COMMANDS if command.matches(words)), None)
