"""The one place where a statement is held against the session's role before anything of it runs.

What goes to DuckDB is judged there once more, by what it touches (``engines/duckdb_access``); here are the statements
that never get there, and those whose kind alone decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlserver.commands.command import Command
from sqlserver.core.errors import FeatureNotSupported, InsufficientPrivilege, InvalidParameterValue
from sqlserver.core.result import CommandTag, Result
from sqlserver.core.roles import ROLE_NAMES, Role
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


def change_of_user(state: SessionState, words: Sequence[str]) -> Result | None:
    """SET [SESSION | LOCAL] ROLE and SET SESSION AUTHORIZATION, and RESET of them; None for any other statement.

    Only to the user who has logged in. For another: 22023 where there is none, 42501, and 0A000 for an administrator,
    who may but cannot.
    """
    upper = [word.upper() for word in words]
    verb, rest = upper[0] if upper else "", upper[1:]
    if verb not in ("SET", "RESET"):
        return None
    if rest[:1] in (["SESSION"], ["LOCAL"]) and rest[1:2] in (["ROLE"], ["SESSION"]):
        rest = rest[1:]
    if rest[:1] == ["ROLE"]:
        what, target = "role", words[len(words) - len(rest) + 1 :]
    elif rest[:2] == ["SESSION", "AUTHORIZATION"] or rest[:1] == ["SESSION_AUTHORIZATION"]:
        what, target = "session authorization", words[len(words) - len(rest) + (2 if rest[0] == "SESSION" else 1) :]
    else:
        return None
    names = [word for word in target if word not in ("=", ";") and word.upper() != "TO"]
    if verb == "SET" and names and names[0].upper() not in ("NONE", "DEFAULT"):
        _refuse_other(state, what, names[0].strip("'\"") if names[0][:1] in "'\"" else names[0].lower())
    return Result(CommandTag(verb))


def _refuse_other(state: SessionState, what: str, name: str) -> None:
    if name == state.db_user:
        return
    if state.services.users.find(name) is None and (what != "role" or name not in ROLE_NAMES):
        raise InvalidParameterValue(f'role "{name}" does not exist')
    if state.authority.role() is not Role.ADMIN:
        named = f' "{name}"' if what == "role" else ""
        raise InsufficientPrivilege(f"permission denied to set {what}{named}")
    raise FeatureNotSupported("a session cannot become another user", hint="Connect as that user instead.")
