"""Statements over tables that are the session's own: ALTER TABLE, INDEX and SEQUENCE, TRUNCATE, SET CONSTRAINTS, DO."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sqlserver.core.client_session import BoundParameter
from sqlserver.core.result import CommandTag, Result
from sqlserver.core.roles import Role
from sqlserver.session.do_block import run_do
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.alter_object import run_alter_object
from sqlserver.session.tables.alter_table import run_alter_table
from sqlserver.session.tables.truncate import run_truncate
from sqlserver.sql.tokens import tokenize

Run = Callable[[SessionState, Statement, Sequence[BoundParameter]], Awaitable[Result]]
_ALTERED = (("ALTER", "TABLE"), ("ALTER", "INDEX"), ("ALTER", "SEQUENCE"))


def is_table_command(words: Sequence[str]) -> bool:
    """``words`` are upper-case. They return no rows and take no parameters."""
    two = tuple(words[:2])
    return two in _ALTERED or two == ("SET", "CONSTRAINTS") or two[:1] in (("TRUNCATE",), ("DO",))


async def run_table_command(state: SessionState, statement: Statement, run: Run) -> Result | None:
    """None for what DuckDB does as it stands."""
    if statement.verb == "TRUNCATE":
        state.authority.require(Role.ANALYST, "for TRUNCATE")
        return await run_truncate(state, statement.source or statement.text)
    if statement.verb == "DO":
        return await run_do(state, statement, run)
    if statement.verb == "SET":
        await state.foreign_keys.set_timing(deferred=tokenize(statement.text)[-1].upper == "DEFERRED")
        return Result(CommandTag("SET CONSTRAINTS"))
    if statement.upper_words[1] == "TABLE":
        return await run_alter_table(state, statement, run)
    return await run_alter_object(state, statement)
