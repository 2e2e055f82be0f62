"""Rows compared column by column, so that the binder tells a type for every place in them.

(d, id) < ($1, $2)               →  ((d)=($1) AND (id)=($2))
ROW(a, b) IN (($1, $2), (3, 4))  →  ((a)=($1) AND (b)=($2) AND (a)=(3) AND (b)=(4))

The new text is for asking about types alone: it means something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlserver.sql.edits import Edit, applied
from sqlserver.sql.tokens import Token, TokenKind

_MAY_COMPARE = re.compile(r"\)\s*(?:[<>=!]{1,2}|(?:not\s+)?in\b)\s*(?:row\s*)?\(", re.IGNORECASE)
_COMPARISONS = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})
_BEFORE_ROW = frozenset(
    {
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "ON",
        "SELECT",
        "WHEN",
        "HAVING",
        "THEN",
        "ELSE",
        "RETURNING",
        "DISTINCT",
        "BY",
        "ROW",
    }
)  # fmt: skip
_QUERIES = frozenset({"SELECT", "VALUES", "WITH", "TABLE", "FROM"})


def may_compare_rows(sql: str) -> bool:
    return _MAY_COMPARE.search(sql) is not None


def compared_by_column(sql: str, tokens: Sequence[Token]) -> str:
    """``sql`` itself where it compares no rows."""
    edits = list(_edits(sql, tokens)) if may_compare_rows(sql) else []
    return applied(sql, edits)[0] if edits else sql


def _edits(sql: str, tokens: Sequence[Token]) -> Iterator[Edit]:
    partners = _partners(tokens)
    for at, token in enumerate(tokens):
        is_in = token.upper == "IN"
        if not is_in and not (token.kind is TokenKind.SYMBOL and token.text in _COMPARISONS):
            continue
        last = at - 2 if is_in and tokens[at - 1].upper == "NOT" else at - 1
        opening = at + 2 if at + 1 < len(tokens) and tokens[at + 1].upper == "ROW" else at + 1
        first = partners.get(last)
        if first is None or opening not in partners or not _is_row(tokens, first):
            continue
        left = _items(tokens, partners, first)
        rows = _rows(tokens, partners, opening) if is_in else [_items(tokens, partners, opening)]
        if len(left) < 2 or not rows or any(len(row) != len(left) for row in rows):
            continue
        pairs = (
            f"({_text(sql, one)})=({_text(sql, other)})" for row in rows for one, other in zip(left, row, strict=True)
        )
        # The word ROW in front of it goes too.
        start = tokens[first - 1] if first and tokens[first - 1].upper == "ROW" else tokens[first]
        yield Edit(start.start, tokens[partners[opening]].end, f"({' AND '.join(pairs)})")


def _partners(tokens: Sequence[Token]) -> dict[int, int]:
    """The other bracket of each pair of round ones."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.is_symbol("("):
            opened.append(at)
        elif token.is_symbol(")") and opened:
            found[at] = opened.pop()
            found[found[at]] = at
    return found


def _is_row(tokens: Sequence[Token], opening: int) -> bool:
    """Not a call's arguments."""
    before = tokens[opening - 1] if opening else None
    return before is None or before.upper in _BEFORE_ROW or before.kind is TokenKind.SYMBOL


def _rows(tokens: Sequence[Token], partners: dict[int, int], opening: int) -> list[list[Sequence[Token]]]:
    """Of ``((1, 2), (3, 4))``."""
    inner = _items(tokens, partners, opening)
    at = opening + 1
    rows = []
    for item in inner:
        if not item or not item[0].is_symbol("(") or partners.get(at) != at + len(item) - 1:
            return []
        rows.append(_items(tokens, partners, at))
        at += len(item) + 1
    return rows


def _items(tokens: Sequence[Token], partners: dict[int, int], opening: int) -> list[Sequence[Token]]:
    """Between the commas of a bracket; [] of a query."""
    closing = partners[opening]
    if tokens[opening + 1].upper in _QUERIES:
        return []
    items: list[Sequence[Token]] = []
    start = at = opening + 1
    while at < closing:
        if tokens[at].is_symbol(","):
            items.append(tokens[start:at])
            start = at + 1
        at = partners[at] + 1 if at in partners else at + 1
    return [*items, tokens[start:closing]]


def _text(sql: str, item: Sequence[Token]) -> str:
    return sql[item[0].start : item[-1].end] if item else ""
