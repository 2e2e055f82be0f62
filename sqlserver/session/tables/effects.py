"""What a statement does to tables beyond what DuckDB does: constraints written down, foreign keys carried out, the
sequences of a dropped table dropped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.declarations import declare
from sqlserver.session.tables.dropping import Dropping
from sqlserver.session.tables.foreign_keys import REFERRING
from sqlserver.session.tables.identities import refuse_own_values

Effects = Callable[[], Awaitable[None]]
"""To be called when the statement has run, in the same transaction."""


async def table_effects(state: SessionState, statement: Statement) -> Effects | None:
    """None for nearly all statements. Opens a transaction where there is something to do afterwards."""
    found = await _found(state, statement)
    if found is not None:
        await state.transaction.begin_implicit()
    return found


async def _found(state: SessionState, statement: Statement) -> Effects | None:
    verb = statement.verb
    if verb in ("INSERT", "UPDATE"):
        await refuse_own_values(state, statement)
    if verb in REFERRING and statement.may_write:
        keys = await state.foreign_keys.touched(statement.text)
        return (lambda: state.foreign_keys.enforce(verb, statement.text, keys)) if keys else None
    if verb == "DROP":
        dropping = Dropping(state)
        return dropping.after if await dropping.before(statement.text) else None
    declared = () if statement.rewritten is None else statement.rewritten.declared
    return (lambda: declare(state, declared)) if declared else None
