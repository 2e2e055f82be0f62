"""Statements that DuckDB's binder refuses and PostgreSQL does not, where it takes the tables' definitions to tell."""

from __future__ import annotations

from sqlserver.core.errors import ServerError
from sqlserver.session.database_named_schema import with_database_named
from sqlserver.session.function_in_from import with_value_as_row
from sqlserver.session.grouping import regrouped
from sqlserver.session.short_insert import with_column_list
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement

_READINGS = (regrouped, with_column_list, with_value_as_row, with_database_named)


def may_be_read_again(state: SessionState, statement: Statement) -> bool:
    """Whether the binder may refuse what PostgreSQL takes. In a transaction it is then asked before the statement runs:
    a statement that fails while it runs ends DuckDB's transaction."""
    named = f"{state.database}." in statement.text
    return statement.names_no_columns or statement.calls_in_from or named


async def read_again(state: SessionState, statement: Statement, error: ServerError) -> Statement | None:
    """The statement in words that DuckDB takes; None where there are none: then ``error`` stands."""
    for reading in _READINGS:
        found = await reading(state, statement, error)
        if found is not None:
            return await _read_further(state, found)
    return None


async def _read_further(state: SessionState, statement: Statement) -> Statement:
    """Another place of it may be refused as well: each reading leaves one less."""
    try:
        await state.engine.describe(statement.text)
    except ServerError as error:
        return await read_again(state, statement, error) or statement
    return statement
