"""A text into statements by its tokens alone, for texts that the engine's own parser refuses."""

from __future__ import annotations

from typing import NamedTuple

from sqlserver.core.errors import SyntaxFault
from sqlserver.sql.tokens import Token, TokenKind, tokenize

_LEADING = 8
"""Words enough to tell any command."""


class Piece(NamedTuple):
    """One statement without its semicolon; ``start`` is its offset in the whole text."""

    text: str
    start: int


def split_statements(sql: str) -> tuple[Piece, ...]:
    """The statements that hold at least one token. Raises 42601 for a string or comment that never ends."""
    pieces: list[Piece] = []
    begin: int | None = None
    end = 0
    for token in tokenize(sql):
        if token.is_symbol(";"):
            if begin is not None:
                pieces.append(Piece(sql[begin:end], begin))
            begin = None
            continue
        if begin is None:
            begin = token.start
        end = token.end
    if begin is not None:
        pieces.append(Piece(sql[begin:end], begin))
    return tuple(pieces)


def leading_words(sql: str) -> tuple[str, ...]:
    """The first words of a statement as typed, comments skipped; () where the text cannot be read."""
    try:
        return tuple(_as_typed(token) for token in tokenize(sql[:400])[:_LEADING])
    except SyntaxFault:  # a string or comment longer than the part looked at
        try:
            return tuple(_as_typed(token) for token in tokenize(sql)[:_LEADING])
        except SyntaxFault:
            return ()


def _as_typed(token: Token) -> str:
    return f'"{token.text}"' if token.kind is TokenKind.QUOTED else token.text
