"""Reading the session's own commands from their tokens, with PostgreSQL's words where they cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.errors import SyntaxFault
from sqlserver.sql.tokens import Token, TokenKind


def name_at(tokens: Sequence[Token], at: int, sql: str) -> str:
    """A name: as written in quotes, else in lower case. 42601 where there is none."""
    token = tokens[at] if at < len(tokens) else None
    if token is None or token.kind not in (TokenKind.WORD, TokenKind.QUOTED):
        raise fault_at(tokens, at, sql)
    return token.text if token.kind is TokenKind.QUOTED else token.text.lower()


def fault_at(tokens: Sequence[Token], at: int, sql: str) -> SyntaxFault:
    if at < len(tokens):
        token = tokens[at]
        return SyntaxFault(f'syntax error at or near "{sql[token.start : token.end]}"', position=token.start + 1)
    return SyntaxFault("syntax error at end of input", position=len(sql.rstrip()) + 1)
