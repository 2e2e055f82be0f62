"""A function of one value in FROM, as JDBC's ``{? = call f(?)}`` writes it; DuckDB takes table functions alone there.

SELECT * FROM lower('A') AS r   →   SELECT * FROM (SELECT lower('A') AS "r") AS "r"
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlserver.core.errors import ServerError
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.sql.edits import Edit, applied
from sqlserver.sql.keywords import JOIN_WORDS
from sqlserver.sql.quote import quote_identifier
from sqlserver.sql.table_elements import closing, name_of
from sqlserver.sql.tokens import Token, TokenKind, tokenize

_REFUSED = re.compile(r"function (\S+) (?:does not exist|needs DuckDB's)")
_NO_ALIAS = JOIN_WORDS | {
    "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "UNION", "INTERSECT", "EXCEPT", "WINDOW",
    "ON", "USING", "RETURNING",
}  # fmt: skip


async def with_value_as_row(state: SessionState, statement: Statement, error: ServerError) -> Statement | None:
    """None where the error is about something else, or no such function gives one value."""
    told = _REFUSED.match(error.message)
    if told is None or not statement.calls_in_from or not state.engine.function_exists(told[1]):
        return None
    if state.transaction.open and not await state.engine.resume():
        return None
    edits = list(_edits(statement.text, tokenize(statement.text), told[1].lower()))
    if not edits:
        return None
    (found,) = await state.reader.read(applied(statement.text, edits)[0])
    return replace(found, start=statement.start) if found.fault is None else None


def _edits(sql: str, tokens: Sequence[Token], function: str) -> Iterator[Edit]:
    for at, token in enumerate(tokens[:-2]):
        if not (token.upper in ("FROM", "JOIN", "LATERAL") or token.is_symbol(",")):
            continue
        name = at + 3 if tokens[at + 2].is_symbol(".") else at + 1
        if name + 1 >= len(tokens) or name_of(tokens[name]).lower() != function or not tokens[name + 1].is_symbol("("):
            continue
        end = closing(tokens, name + 1)
        if end >= len(tokens) or (token.is_symbol(",") and not _is_relation(tokens, at)):
            continue
        alias, column, last = _alias(tokens, end + 1, function)
        call = f"{quote_identifier(function)}{sql[tokens[name + 1].start : tokens[end].end]}"
        row = f"(SELECT {call} AS {quote_identifier(column)}) AS {quote_identifier(alias)}"
        yield Edit(tokens[at + 1].start, tokens[last - 1].end, row)


def _is_relation(tokens: Sequence[Token], comma: int) -> bool:
    """Whether a comma stands in FROM, not among the columns or arguments: FROM came before it at the same depth."""
    depth = 0
    for token in reversed(tokens[:comma]):
        depth += token.is_symbol(")") - token.is_symbol("(")
        if depth < 0 or (depth == 0 and token.upper in ("SELECT", "WHERE", "BY", "SET")):
            return False
        if depth == 0 and token.upper == "FROM":
            return True
    return False


def _alias(tokens: Sequence[Token], at: int, function: str) -> tuple[str, str, int]:
    """The row's name, its column's, and the token behind both."""
    named = at < len(tokens) and tokens[at].upper == "AS"
    at += named
    token = tokens[at] if at < len(tokens) else None
    if token is None or token.kind not in (TokenKind.WORD, TokenKind.QUOTED) or token.upper in _NO_ALIAS:
        return function, function, at
    alias = name_of(token)
    if at + 3 < len(tokens) and tokens[at + 1].is_symbol("("):
        return alias, name_of(tokens[at + 2]), closing(tokens, at + 1) + 1
    return alias, alias, at + 1
