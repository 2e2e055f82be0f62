"""GENERATED ALWAYS AS IDENTITY: values of one's own are refused (428C9), unless the statement says OVERRIDING."""

from __future__ import annotations

import re

from sqlserver.core.declared import Declared
from sqlserver.core.errors import ServerError
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.declarations import columns_of
from sqlserver.sql.table_elements import closing, qualified_name, read_names, split_at_commas
from sqlserver.sql.tokens import Token, tokenize

_OVERRIDING = re.compile(r"\boverriding\s+(?:system|user)\s+value\b", re.IGNORECASE)


async def refuse_own_values(state: SessionState, statement: Statement) -> None:
    """For INSERT and UPDATE. Nothing is read where no table has such a column."""
    always = [one for one in await state.engine.declared() if one.kind == "i"]
    lower = statement.text.lower()
    always = [one for one in always if one.table[1].lower() in lower]
    if not always or _OVERRIDING.search(statement.source or ""):
        return
    tokens = tokenize(statement.text)
    if statement.verb == "UPDATE":
        _refuse_update(tokens, always)
        return
    start = next((at + 1 for at, token in enumerate(tokens) if token.upper == "INTO"), 0)
    if not start:
        return
    name, at = qualified_name(tokens, start)
    for one in always:
        if one.table[1].lower() == name[-1].lower():
            await _refuse_insert(state, tokens, at, one)


async def _refuse_insert(state: SessionState, tokens: list[Token], at: int, one: Declared) -> None:
    if tokens[at].upper == "AS":
        at += 2
    if at < len(tokens) and tokens[at].is_symbol("("):
        columns = read_names(tokens, at)
        at = closing(tokens, at) + 1
    else:
        columns = tuple(await columns_of(state, one.table))
    if one.columns[0] not in columns or (at < len(tokens) and tokens[at].upper == "DEFAULT"):
        return
    place = columns.index(one.columns[0])
    if at < len(tokens) and tokens[at].upper == "VALUES":
        rows = [row for row in split_at_commas(tokens, at + 1, len(tokens)) if tokens[row[0]].is_symbol("(")]
        given = [list(split_at_commas(tokens, start + 1, closing(tokens, start))) for start, _ in rows]
        if all(len(row) <= place or tokens[row[place][0]].upper == "DEFAULT" for row in given):
            return
    raise ServerError(
        f'cannot insert a non-DEFAULT value into column "{one.columns[0]}"',
        detail=f'Column "{one.columns[0]}" is an identity column defined as GENERATED ALWAYS.',
        hint="Use OVERRIDING SYSTEM VALUE to override.",
        sqlstate="428C9",
    )


def _refuse_update(tokens: list[Token], always: list[Declared]) -> None:
    for at, token in enumerate(tokens[:-2]):
        set_here = tokens[at - 1].upper == "SET" or tokens[at - 1].is_symbol(",")
        for one in always:
            assigned = set_here and token.text == one.columns[0] and tokens[at + 1].is_symbol("=")
            if assigned and tokens[at + 2].upper != "DEFAULT":
                raise ServerError(
                    f'column "{token.text}" can only be updated to DEFAULT',
                    detail=f'Column "{token.text}" is an identity column defined as GENERATED ALWAYS.',
                    sqlstate="428C9",
                )
