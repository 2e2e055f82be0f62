"""An INSERT of fewer values than the table has columns: PostgreSQL fills its first columns, DuckDB wants them named.

INSERT INTO t VALUES (1)   →  INSERT INTO t ("a") VALUES (1)
"""

from __future__ import annotations

import re
from dataclasses import replace

from sqlserver.core.errors import ServerError
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.declarations import columns_of, located
from sqlserver.sql.edits import Edit, applied
from sqlserver.sql.quote import quote_identifier
from sqlserver.sql.table_elements import qualified_name
from sqlserver.sql.tokens import tokenize

_REFUSED = re.compile(r"INSERT has (\d+) expressions for (\d+) target columns")


async def with_column_list(state: SessionState, statement: Statement, error: ServerError) -> Statement | None:
    """None where the error is about something else, or where there are too many values."""
    told = _REFUSED.fullmatch(error.message)
    if told is None or not statement.names_no_columns or int(told[1]) > int(told[2]):
        return None
    if state.transaction.open and not await state.engine.resume():
        return None
    tokens = tokenize(statement.text)
    into = next((at for at, token in enumerate(tokens) if token.upper == "INTO"), len(tokens))
    if into + 1 >= len(tokens):
        return None
    name, end = qualified_name(tokens, into + 1)
    table = await located(state, name)
    if table is None:
        return None
    if tokens[end].upper == "AS":
        end += 2
    listed = ", ".join(map(quote_identifier, (await columns_of(state, table))[: int(told[1])]))
    place = tokens[end - 1].end
    text, _ = applied(statement.text, [Edit(place, place, f" ({listed})")])
    (found,) = await state.reader.read(text)
    return replace(found, start=statement.start) if found.fault is None else None
