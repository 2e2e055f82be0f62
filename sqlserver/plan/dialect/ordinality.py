"""Functions of rows in FROM that DuckDB counts or pads otherwise.

generate_series(1, 3) WITH ORDINALITY AS g(v, n)   →  unnest(generate_series(1, 3)) WITH ORDINALITY AS g(v, n)
unnest(a, b) AS u(x, y)                            →  (SELECT unnest(a) AS unnest, unnest(b) AS unnest) AS u(x, y)
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.operands import arguments
from sqlserver.sql.tokens import TokenKind

_RELATIONS = frozenset({"FROM", "JOIN", "LATERAL"})


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-2]):
        if token.upper not in ("GENERATE_SERIES", "UNNEST") or not text.tokens[at + 1].is_symbol("("):
            continue
        end = text.closing(at + 1)
        if end == len(text.tokens) or not _in_from(text, at):
            continue
        ordinal = text.words(end + 1, 2) == ("WITH", "ORDINALITY")
        if token.upper == "GENERATE_SERIES" and ordinal:
            yield Edit(token.start, token.start, "unnest(")
            yield Edit(text.tokens[end].end, text.tokens[end].end, ")")
            if not _has_alias(text, end + 3):
                after = text.tokens[end + 2].end
                yield Edit(after, after, " AS generate_series(generate_series, ordinality)")
        elif token.upper == "UNNEST" and len(pieces := arguments(text, at + 1)) > 1:
            counted = "SELECT *, row_number() OVER () AS ordinality FROM (" if ordinal else ""
            yield Edit(token.start, text.tokens[at + 1].end, f"({counted}SELECT ")
            for number, (first, last) in enumerate(pieces, 1):
                yield Edit(text.tokens[first].start, text.tokens[first].start, "unnest(")
                yield Edit(text.tokens[last].end, text.tokens[last].end, f") AS unnest{number if number > 1 else ''}")
            if ordinal:
                yield Edit(text.tokens[end].start, text.tokens[end + 2].end, "))")


def _in_from(text: Text, at: int) -> bool:
    """Behind FROM, JOIN or LATERAL, or behind a comma of the same list."""
    depth = 0
    for before in range(at - 1, -1, -1):
        token = text.tokens[before]
        depth += token.is_symbol(")") - token.is_symbol("(")
        if depth < 0:
            return False
        if depth == 0 and token.upper in _RELATIONS:
            return True
        if depth == 0 and token.upper in ("SELECT", "WHERE", "ON", "BY", "HAVING", "VALUES", "SET"):
            return False
    return False


def _has_alias(text: Text, at: int) -> bool:
    if at >= len(text.tokens):
        return False
    token = text.tokens[at]
    return token.upper == "AS" or (
        at + 1 < len(text.tokens)
        and token.kind in (TokenKind.WORD, TokenKind.QUOTED)
        and text.tokens[at + 1].is_symbol("(")
    )


RULE = Rule("functions in FROM", r"\bwith\s+ordinality\b|\bunnest\s*\(", _edits, needles=("ordinality", "unnest"))
