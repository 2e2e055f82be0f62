"""Statements that DuckDB's binder refuses and PostgreSQL does not, where it takes the tables' definitions to tell."""

from __future__ import annotations

from sqlserver.core.errors import ServerError
from sqlserver.session.grouping import regrouped
from sqlserver.session.short_insert import with_column_list
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement

_READINGS = (regrouped, with_column_list)


async def read_again(state: SessionState, statement: Statement, error: ServerError) -> Statement | None:
    """The statement in words that DuckDB takes; None where there are none: then ``error`` stands."""
    for reading in _READINGS:
        found = await reading(state, statement, error)
        if found is not None:
            return found
    return None
