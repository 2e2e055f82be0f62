"""A schema that is called as its database: DuckDB cannot tell which of them ``shop.t`` begins with.

SELECT t.id FROM shop.t, in database shop   →   SELECT t.id FROM shop.shop.t
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sqlserver.core.errors import ServerError
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.declarations import rows
from sqlserver.sql.edits import Edit, applied
from sqlserver.sql.quote import quote_identifier
from sqlserver.sql.table_elements import name_of
from sqlserver.sql.tokens import Token, TokenKind, tokenize

_REFUSED = re.compile(r"ambiguous reference to catalog or schema", re.IGNORECASE)
_NAMES = (TokenKind.WORD, TokenKind.QUOTED)


async def with_database_named(state: SessionState, statement: Statement, error: ServerError) -> Statement | None:
    """None where the error is about something else."""
    if _REFUSED.match(error.message) is None:
        return None
    if state.transaction.open and not await state.engine.resume():
        return None
    schemas = {
        str(name)
        for (name,) in await rows(
            state,
            "SELECT schema_name FROM system.main.duckdb_schemas() WHERE database_name = current_database()",
        )
    }
    edits = list(_edits(tokenize(statement.text), state.database, schemas))
    if not edits:
        return None
    (found,) = await state.reader.read(applied(statement.text, edits)[0])
    return replace(found, start=statement.start) if found.fault is None else None


def _edits(tokens: Sequence[Token], database: str, schemas: Collection[str]) -> Iterator[Edit]:
    for at, token in enumerate(tokens[:-2]):
        if token.kind not in _NAMES or name_of(token) != database or (at and tokens[at - 1].is_symbol(".")):
            continue
        after = tokens[at + 2]
        if tokens[at + 1].is_symbol(".") and after.kind in _NAMES and name_of(after) not in schemas:
            yield Edit(token.start, token.start, f"{quote_identifier(database)}.")
