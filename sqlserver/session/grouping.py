"""Asks for the primary keys of the tables of a query that DuckDB refused for its GROUP BY, and completes it."""

from __future__ import annotations

from dataclasses import replace

from sqlserver.core.errors import ServerError
from sqlserver.plan.grouping import TableKey, group_by_all, grouped_tables
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.declarations import columns_of, located, primary_key

REFUSED = "42803"


async def regrouped(state: SessionState, statement: Statement, error: ServerError) -> Statement | None:
    """The statement with every column that a primary key in its GROUP BY stands for; None where none does.

    The binder's error leaves DuckDB's transaction whole.
    """
    if error.sqlstate != REFUSED or not statement.is_query:
        return None
    if state.transaction.open and not await state.engine.resume():
        return None
    keys: dict[TableKey, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for name in grouped_tables(statement.text):
        table = await located(state, name)
        if table is not None:
            keys[name] = (await primary_key(state, table), tuple(await columns_of(state, table)))
    text = group_by_all(statement.text, keys)
    if text is None:
        return None
    (found,) = await state.reader.read(text)
    return replace(found, start=statement.start) if found.fault is None else None
