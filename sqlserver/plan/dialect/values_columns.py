"""The columns of VALUES are column1, column2, … in PostgreSQL, col0, col1, … in DuckDB.

VALUES (1, 'a'), (2, 'b')             →  SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(column1, column2)
FROM (VALUES (1, 'a')) AS t           →  FROM (SELECT * FROM (VALUES (1, 'a')) AS v(column1, column2)) AS t
FROM (VALUES (1, 'a')) AS t(n, s)     →  as it is
INSERT INTO t VALUES (1, 'a')         →  as it is
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.operands import arguments
from sqlserver.sql.tokens import TokenKind


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-2]):
        if token.upper != "VALUES" or not text.tokens[at + 1].is_symbol("("):
            continue
        if at and (not text.tokens[at - 1].is_symbol("(") or text.words(at - 2, 1) == ("IN",)):
            continue
        end = _last_row(text, at + 1)
        if end >= len(text.tokens) or _columns_are_named(text, end + 1):
            continue
        columns = ", ".join(f"column{number}" for number, _ in enumerate(arguments(text, at + 1), 1))
        yield Edit(token.start, token.start, "SELECT * FROM (")
        yield Edit(text.tokens[end].end, text.tokens[end].end, f') AS "*VALUES*"({columns})')


def _last_row(text: Text, at: int) -> int:
    end = text.closing(at)
    while end + 2 < len(text.tokens) and text.tokens[end + 1].is_symbol(",") and text.tokens[end + 2].is_symbol("("):
        end = text.closing(end + 2)
    return end


def _columns_are_named(text: Text, at: int) -> bool:
    """``) AS t(a, b)`` or ``) t(a, b)``."""
    if at >= len(text.tokens) or not text.tokens[at].is_symbol(")"):
        return False
    name = at + 2 if text.words(at + 1, 1) == ("AS",) else at + 1
    return (
        name + 1 < len(text.tokens)
        and text.tokens[name].kind in (TokenKind.WORD, TokenKind.QUOTED)
        and text.tokens[name + 1].is_symbol("(")
    )


RULE = Rule("columns of VALUES", r"^\s*values\b|\(\s*values\b", _edits, needles=("values",))
