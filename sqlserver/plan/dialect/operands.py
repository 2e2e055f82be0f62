"""Where the operands of an operator begin and end, read off the tokens around it.

Two widths are told apart, after PostgreSQL's precedence: a primary (what ``::`` binds to) and the operand of a word
such as LIKE or BETWEEN (everything that joins tighter than a comparison).
Assumes nothing of the statement: where the text makes no sense the answer is some token, and DuckDB refuses the result.
"""

from __future__ import annotations

from sqlserver.plan.dialect.edit import Text
from sqlserver.sql.tokens import Token, TokenKind

_BOUNDARIES = frozenset(
    {
        "AND", "OR", "THEN", "ELSE", "END", "WHEN", "AS", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT",
        "OFFSET", "FETCH", "UNION", "EXCEPT", "INTERSECT", "IS", "NOT", "IN", "BETWEEN", "LIKE", "ILIKE",
        "ESCAPE", "ASC", "DESC", "NULLS", "RETURNING", "ON", "USING", "JOIN", "LEFT", "RIGHT", "FULL", "INNER",
        "CROSS", "WINDOW", "QUALIFY", "FOR", "SIMILAR", "COLLATE", "SET", "SELECT", "BY", "DISTINCT", "ALL", "CASE",
        "VALUES", "FILTER", "OVER", "WITHIN", "ISNULL", "NOTNULL",
    }
)  # fmt: skip
_ALSO_FUNCTIONS = frozenset({"LEFT", "RIGHT"})
_HIGHER = frozenset(
    {"||", "+", "-", "*", "/", "%", "^", "::", ".", "->", "->>", "#>", "#>>", "(", ")", "[", "]", "&", "|", "<<", ">>"}
)
_TYPED = frozenset(
    {"DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TIMETZ", "INTERVAL", "NUMERIC", "JSON", "JSONB", "UUID", "TEXT"}
)
_OTHER_TYPES = frozenset({"FLOAT8", "FLOAT4", "INT4", "INT8", "INT2", "BOOL", "BYTEA", "VARCHAR", "OID", "NAME"})
_CONTINUING = frozenset({"FILTER", "OVER", "PRECISION", "VARYING", "COLLATE", "UESCAPE"})
_FIELDS = frozenset({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})
_BESIDE_CALL = frozenset({"FILTER", "OVER", "GROUP"})
"""Words whose bracket belongs to the aggregate before it."""

Piece = tuple[int, int]
"""First and last token."""


def primary_start(text: Text, at: int) -> int:
    """The first token of the primary that ends with token ``at``: name, call, constant, brackets, subscripts, casts."""
    tokens = text.tokens
    start = _atom_start(text, at)
    while start > 1 and tokens[start - 1].is_symbol("::"):
        start = _atom_start(text, start - 2)
    return start


def operand_start(text: Text, at: int) -> int:
    """The first token of what ends with ``at`` and joins tighter than a comparison."""
    start = primary_start(text, at)
    while start > 0:
        before = text.tokens[start - 1]
        if before.kind is not TokenKind.SYMBOL or before.text not in _HIGHER or before.text in "([":
            break
        start -= 1
        if start > 0 and ends_operand(text.tokens[start - 1]):
            start = primary_start(text, start - 1)
    return start


def operand_end(text: Text, start: int) -> int:
    """Behind the last token of what begins at ``start`` and joins tighter than a comparison.

    A word behind a whole operand is a keyword, an alias or an operator of our own: it ends there.
    """
    at = start
    whole = False
    while at < len(text.tokens):
        token = text.tokens[at]
        if token.kind is TokenKind.SYMBOL:
            if token.text not in _HIGHER or token.text in (")", "]"):
                break
            whole = token.text in ("(", "[")
            at = text.closing(at) + 1 if whole else at + 1
            continue
        if whole and (length := _continues(text, at)):
            whole = text.words(at, 1) not in (("AT",), ("COLLATE",))
            at += length
            continue
        if token.upper == "CASE" and not whole:
            at = _case_end(text, at)
        elif whole or (token.upper in _BOUNDARIES and not (token.upper in _ALSO_FUNCTIONS and _is_called(text, at))):
            break
        else:
            at += 1
        whole = True
    return min(at, len(text.tokens))


def _continues(text: Text, at: int) -> int:
    """How many tokens from ``at`` belong to the operand before them although no operator joins them; 0 for none."""
    token = text.tokens[at]
    if token.is_string:
        before = text.tokens[at - 1]
        return int(before.is_string or before.upper in _TYPED | {"PRECISION", "ZONE"} or before.upper in _OTHER_TYPES)
    words = text.words(at, 3)
    if words in (("AT", "TIME", "ZONE"), ("WITH", "TIME", "ZONE"), ("WITHOUT", "TIME", "ZONE")):
        return 3
    if words[:2] == ("WITHIN", "GROUP") or (words[0] == "OVER" and not _is_called(text, at)):
        return 2
    return int(token.upper in _CONTINUING or (token.upper in _FIELDS and text.words(at - 2, 1) == ("INTERVAL",)))


def arguments(text: Text, opening: int) -> list[Piece]:
    """Those between the bracket at ``opening`` and its end; keywords such as DISTINCT stay with the first."""
    pieces: list[Piece] = []
    end = text.closing(opening)
    start = at = opening + 1
    while at < end:
        if text.tokens[at].is_symbol(","):
            pieces.append((start, at - 1))
            start = at + 1
        at = text.closing(at) if text.tokens[at].kind is TokenKind.SYMBOL and text.tokens[at].text in "([{" else at
        at += 1
    if start < end < len(text.tokens):
        pieces.append((start, end - 1))
    return pieces


def _is_called(text: Text, at: int) -> bool:
    return at + 1 < len(text.tokens) and text.tokens[at + 1].is_symbol("(")


def _case_end(text: Text, start: int) -> int:
    """Behind the END of the CASE at ``start``."""
    depth = 0
    for at in range(start, len(text.tokens)):
        word = text.tokens[at].upper
        depth += word == "CASE"
        depth -= word == "END"
        if depth == 0:
            return at + 1
    return len(text.tokens)


def ends_operand(token: Token) -> bool:
    if token.kind is TokenKind.SYMBOL:
        return token.text in (")", "]")
    return token.kind is not TokenKind.WORD or token.upper == "END" or token.upper not in _BOUNDARIES


def _atom_start(text: Text, at: int) -> int:
    tokens = text.tokens
    token = tokens[at]
    if token.is_symbol(")"):
        opening = _opening(text, at)
        before = tokens[opening - 1] if opening else None
        if before is None or before.kind not in (TokenKind.WORD, TokenKind.QUOTED):
            return opening
        if before.upper in _BESIDE_CALL and opening > 1 and before.upper != "GROUP":
            return _atom_start(text, opening - 2)
        if before.upper == "GROUP" and text.words(opening - 2, 1) == ("WITHIN",) and opening > 2:
            return _atom_start(text, opening - 3)
        return opening if before.upper in _BOUNDARIES - _ALSO_FUNCTIONS else _name_start(text, opening - 1)
    if token.is_symbol("]"):
        opening = _opening(text, at)
        before = tokens[opening - 1] if opening else None
        if before is None or (before.kind is TokenKind.SYMBOL and before.text not in (")", "]")):
            return opening
        return opening if before.upper in _BOUNDARIES else _atom_start(text, opening - 1)
    if token.upper == "END":
        return _case(text, at)
    if token.is_string and at and tokens[at - 1].upper in _TYPED:
        return at - 1
    if token.upper == "ZONE" and at > 3 and tokens[at - 1].upper == "TIME":
        return at - 3
    if token.upper in ("PRECISION", "VARYING") and at:
        return at - 1
    if token.kind in (TokenKind.WORD, TokenKind.QUOTED):
        if at > 1 and tokens[at - 1].upper == "OVER":
            return _atom_start(text, at - 2)
        return _name_start(text, at)
    return at


def _name_start(text: Text, at: int) -> int:
    while at > 1 and text.tokens[at - 1].is_symbol(".") and text.tokens[at - 2].kind in (
        TokenKind.WORD, TokenKind.QUOTED,
    ):  # fmt: skip
        at -= 2
    if at > 1 and text.tokens[at - 1].is_symbol(".") and text.tokens[at - 2].is_symbol(")"):
        return _atom_start(text, at - 2)
    return at


def _opening(text: Text, closing: int) -> int:
    depth = 0
    for at in range(closing, -1, -1):
        symbol = text.tokens[at].text if text.tokens[at].kind is TokenKind.SYMBOL else ""
        depth += symbol in (")", "]", "}")
        depth -= symbol in ("(", "[", "{")
        if depth == 0:
            return at
    return 0


def _case(text: Text, end: int) -> int:
    depth = 0
    for at in range(end, -1, -1):
        word = text.tokens[at].upper
        depth += word == "END"
        depth -= word == "CASE"
        if depth == 0:
            return at
    return 0
