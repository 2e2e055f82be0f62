"""A text of several statements into its statements, by tokens, for texts the engine's own splitter refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlserver.core.errors import SyntaxFault
from sqlserver.sql.tokens import Token, tokenize


@dataclass(frozen=True, slots=True)
class StatementText:
    """``sql`` begins at its first token, or at a hint comment (``/*+ … */``) that stands before it; ``start`` is that
    place's offset in the whole text, from 0.

    Positions of errors in ``sql`` plus ``start`` are positions in the client's text.
    """

    sql: str
    start: int


def split_statements(text: str) -> tuple[StatementText, ...]:
    """The statements of ``text`` without their semicolons; empty ones left out. Raises 42601 for an open string."""
    found: list[StatementText] = []
    first: Token | None = None
    last: Token | None = None
    depth = before = 0
    for token in tokenize(text):
        if token.is_symbol(";") and depth <= 0:
            if first is not None and last is not None:
                found.append(_piece(text, before, first, last))
            first = last = None
            depth = 0
            before = token.end
            continue
        depth += token.is_symbol("(") - token.is_symbol(")")
        first = token if first is None else first
        last = token
    if first is not None and last is not None:
        found.append(_piece(text, before, first, last))
    return tuple(found)


def _piece(text: str, before: int, first: Token, last: Token) -> StatementText:
    """``before`` is where the text after the previous statement begins."""
    hint = hint_start(text, before)
    start = first.start if hint is None else hint
    return StatementText(text[start : last.end], start)


_BEFORE_HINT = re.compile(r"(?:\s|--[^\r\n]*|/\*(?!\+).*?\*/)*", re.DOTALL)


def hint_start(text: str, at: int = 0) -> int | None:
    """Where the hint comment stands that comes before anything but blanks and other comments, from ``at`` on."""
    found = _BEFORE_HINT.match(text, at)
    return found.end() if found is not None and text.startswith("/*+", found.end()) else None


def leading_words(sql: str, count: int = 3) -> tuple[str, ...]:
    """The first bare words of a statement, upper case, up to ``count`` or the first token that is none."""
    words: list[str] = []
    for token in _first_tokens(sql, count):
        if not token.upper:
            break
        words.append(token.upper)
    return tuple(words)


def _first_tokens(sql: str, count: int) -> list[Token]:
    tokens = head_tokens(sql, _HEAD)
    if len(tokens) < count and len(sql) > _HEAD:
        tokens = tokenize(sql)
    return tokens[:count]


def head_tokens(sql: str, length: int) -> list[Token]:
    """Those that end within the first ``length`` characters: a bulk INSERT is long and its head decides."""
    if len(sql) <= length:
        return tokenize(sql)
    try:
        return tokenize(sql[:length])[:-1]
    except SyntaxFault as cut:  # a string or comment reaches over the end
        return tokenize(sql[: (cut.position or 1) - 1])


_HEAD = 256
