"""``||``, concat() and concat_ws(): what is no text is written as PostgreSQL writes it.

'rate ' || rate              →  'rate ' || _pg_text(rate)
concat('rate ', rate, ok)    →  concat('rate ', _pg_output(rate), _pg_output(ok)): true is ``t`` there
ARRAY[1, 2] || 3             →  ARRAY[1, 2] || [3]
first || last                →  as it is: both may be arrays
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.operands import Piece, arguments, operand_end, operand_start, primary_start
from sqlserver.plan.dialect.text_casts import has_same_text, query_start
from sqlserver.sql.tokens import TokenKind

_CALLS = frozenset({"CONCAT", "CONCAT_WS"})


def _edits(text: Text) -> Iterator[Edit]:
    behind = 0
    for at in range(query_start(text), len(text.tokens)):
        token = text.tokens[at]
        if token.upper in _CALLS and text.words(at - 1, 1) != (".",) and _opens(text, at + 1):
            for start, last in arguments(text, at + 1):
                only = text.tokens[start]
                if start == last and only.upper in ("TRUE", "FALSE"):
                    yield Edit(only.start, only.end, f"'{only.text[0].lower()}'")
                elif not has_same_text(text, start, last):
                    yield from wrapped(text, start, last, "_pg_output(")
        elif token.is_symbol("||") and at >= behind and 0 < at < len(text.tokens) - 1:
            behind = operand_end(text, at + 1)
            yield from _chain(text, operand_start(text, at - 1), behind)


def wrapped(text: Text, start: int, last: int, call: str) -> Iterator[Edit]:
    yield Edit(text.tokens[start].start, text.tokens[start].start, call)
    yield Edit(text.tokens[last].end, text.tokens[last].end, ")")


def _opens(text: Text, at: int) -> bool:
    return at < len(text.tokens) and text.tokens[at].is_symbol("(")


def _chain(text: Text, start: int, end: int) -> Iterator[Edit]:
    pieces = _pieces(text, start, end)
    if any(_is_text(text, piece) for piece in pieces):
        for piece in pieces:
            if not _is_text(text, piece) and not has_same_text(text, *piece):
                yield from wrapped(text, *piece, "_pg_text(")
    elif any(_is_array(text, piece) for piece in pieces):
        for first, last in pieces:
            if first == last and text.tokens[first].kind is TokenKind.NUMBER:
                yield Edit(text.tokens[first].start, text.tokens[first].end, f"[{text.tokens[first].text}]")
            elif first == last and text.tokens[first].upper == "NULL":
                yield Edit(text.tokens[first].start, text.tokens[first].end, "[]")


def _pieces(text: Text, start: int, end: int) -> list[Piece]:
    pieces: list[Piece] = []
    first = at = start
    while at < end:
        token = text.tokens[at]
        if token.is_symbol("||"):
            pieces.append((first, at - 1))
            first = at + 1
        at = text.closing(at) + 1 if token.is_symbol("(") or token.is_symbol("[") else at + 1
    pieces.append((first, end - 1))
    return [(first, last) for first, last in pieces if first <= last]


def _is_text(text: Text, piece: Piece) -> bool:
    """A constant that can be neither an array nor JSON: PostgreSQL reads what stands beside it as text."""
    first, last = piece
    token = text.tokens[last]
    return first == last and token.is_string and not token.text.lstrip().startswith(("{", "["))


def _is_array(text: Text, piece: Piece) -> bool:
    first, last = piece
    return text.tokens[last].is_symbol("]") and (
        text.tokens[last - 1].is_symbol("[") or text.tokens[first].upper == "ARRAY"
        if primary_start(text, last) == first
        else False
    )


RULE = Rule("concatenation", r"\|\||\bconcat(?:_ws)?\s*\(", _edits, needles=("concat", "||"))
