"""VACUUM and ANALYZE of what is no table of DuckDB's: vacuumdb names every relation that the catalog shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlserver.catalog.semantic_operators import ALL_RELATIONS
from sqlserver.core.errors import ServerError
from sqlserver.core.notice import Notice
from sqlserver.core.result import CommandTag, Result
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement


async def run_tidily(state: SessionState, statement: Statement, run: Callable[[], Awaitable[Result]]) -> Result:
    """Such a relation is skipped with a warning, as PostgreSQL skips a view."""
    try:
        return await run()
    except ServerError as error:
        name = statement.words[-1].strip('"')
        shown = name.lower() in ALL_RELATIONS or name.startswith("pg_") or "information_schema" in statement.words
        if "base tables" not in error.message and not (error.sqlstate == "42P01" and shown):
            raise
        message = f'skipping "{name}" --- cannot {statement.verb.lower()} non-tables or special system tables'
        state.notify(Notice(message, "WARNING", "01000"))
        return Result(CommandTag(statement.verb))
