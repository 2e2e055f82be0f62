"""A text of several statements into its statements, by tokens, for texts the engine's own splitter refuses."""

from __future__ import annotations

from dataclasses import dataclass

from sqlserver.core.errors import SyntaxFault
from sqlserver.sql.tokens import Token, tokenize


@dataclass(frozen=True, slots=True)
class StatementText:
    """``sql`` begins at its first token; ``start`` is that token's offset in the whole text, from 0.

    Positions of errors in ``sql`` plus ``start`` are positions in the client's text.
    """

    sql: str
    start: int


def split_statements(text: str) -> tuple[StatementText, ...]:
    """The statements of ``text`` without their semicolons; empty ones left out. Raises 42601 for an open string."""
    found: list[StatementText] = []
    first: Token | None = None
    last: Token | None = None
    depth = 0
    for token in tokenize(text):
        if token.is_symbol(";") and depth <= 0:
            if first is not None and last is not None:
                found.append(StatementText(text[first.start : last.end], first.start))
            first = last = None
            depth = 0
            continue
        depth += token.is_symbol("(") - token.is_symbol(")")
        first = token if first is None else first
        last = token
    if first is not None and last is not None:
        found.append(StatementText(text[first.start : last.end], first.start))
    return tuple(found)


def leading_words(sql: str, count: int = 3) -> tuple[str, ...]:
    """The first bare words of a statement, upper case, up to ``count`` or the first token that is none."""
    words: list[str] = []
    for token in _first_tokens(sql, count):
        if not token.upper:
            break
        words.append(token.upper)
    return tuple(words)


def _first_tokens(sql: str, count: int) -> list[Token]:
    """The first tokens without reading the rest: a bulk INSERT is long and its head decides."""
    head = sql[:_HEAD]
    try:
        tokens = tokenize(head)
    except SyntaxFault:
        tokens = tokenize(sql)
    if len(tokens) <= count and len(head) < len(sql):
        tokens = tokenize(sql)
    return tokens[:count]


_HEAD = 256
