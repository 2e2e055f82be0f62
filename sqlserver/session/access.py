"""The one place where a statement is held against the session's role before anything of it runs.

What goes to DuckDB is judged there once more, by what it touches (``engines/duckdb_access``); here are the statements
that never get there, and those whose kind alone decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlserver.commands.command import Command
from sqlserver.core.errors import FeatureNotSupported
from sqlserver.core.result import CommandTag, Result
from sqlserver.core.roles import Role
from sqlserver.session.copy_target import log_relation
from sqlserver.session.database_commands import is_database_command
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.sql.copy_statement import is_copy, parse_copy
from sqlserver.sql.tokens import tokenize


def authorise(state: SessionState, statement: Statement) -> None:
    """Raises 42501. Called for every statement, also for one inside EXECUTE or DECLARE."""
    if state.authority.role() is Role.ADMIN:
        return
    if is_database_command(statement.words):
        state.authority.require(Role.ADMIN, f"to {statement.verb.lower()} database")
    elif statement.verb == "COPY" and copies_in(statement.text):
        table = parse_copy(statement.text).table if is_copy(statement.words) else None
        marks = table is not None and log_relation(table) == "training_annotations"
        state.authority.require(Role.ANNOTATOR if marks else Role.ANALYST, "to COPY into a table")


def authorise_command(state: SessionState, command: Command, request: Any) -> None:
    """Raises 42501."""
    state.authority.require(command.needs(request, state.db_user), f"for {command.name}")


def authorise_query(state: SessionState) -> bool:
    """For everything that is neither the session's own nor a command: whether it must not write. Raises 42501."""
    role = state.authority.role()
    if role < Role.READER:
        state.authority.require(Role.READER, "to run queries")
    return role < Role.ANALYST


def copies_in(sql: str) -> bool:
    """Whether a COPY statement writes: anything but ``COPY … TO``, and also where it cannot be told."""
    depth = 0
    for token in tokenize(sql)[1:]:
        if token.is_symbol("("):
            depth += 1
        elif token.is_symbol(")"):
            depth -= 1
        elif depth == 0 and token.upper in ("TO", "FROM"):
            return token.upper == "FROM"
    return True


def change_of_user(words: Sequence[str], user: str) -> Result | None:
    """SET [SESSION | LOCAL] ROLE and SET SESSION AUTHORIZATION, and RESET of them; None for any other statement.

    Only to the user who has logged in: 0A000 for another.
    """
    upper = [word.upper() for word in words]
    verb, rest = upper[0] if upper else "", upper[1:]
    if verb not in ("SET", "RESET"):
        return None
    if rest[:1] in (["SESSION"], ["LOCAL"]) and rest[1:2] in (["ROLE"], ["SESSION"]):
        rest = rest[1:]
    if rest[:1] == ["ROLE"]:
        target = words[len(words) - len(rest) + 1 :]
    elif rest[:2] == ["SESSION", "AUTHORIZATION"] or rest[:1] == ["SESSION_AUTHORIZATION"]:
        target = words[len(words) - len(rest) + (2 if rest[0] == "SESSION" else 1) :]
    else:
        return None
    names = [word for word in target if word not in ("=", ";") and word.upper() != "TO"]
    if verb == "SET" and names and names[0].upper() not in ("NONE", "DEFAULT") and names[0].strip("'\"") != user:
        raise FeatureNotSupported("a session cannot become another user", hint="Connect as that user instead.")
    return Result(CommandTag(verb))
