"""AT is a name like any other in PostgreSQL; DuckDB reserves it.

CREATE TABLE seen (at timestamp), SELECT at FROM seen   →  CREATE TABLE seen ("at" timestamp), SELECT "at" FROM seen
seen.at AT TIME ZONE 'UTC'                              →  seen."at" AT TIME ZONE 'UTC'
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_NOT_NAMES = frozenset({"TIME", "LOCAL"})


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens):
        if token.upper != "AT":
            continue
        following = text.words(at + 1, 1)
        travels = text.tokens[at + 1 : at + 2] and text.tokens[at + 1].is_symbol("(")  # DuckDB's AT (VERSION => 1)
        if following[:1] and following[0] in _NOT_NAMES and not _is_column(text, at):
            continue
        if not travels:
            yield Edit(token.start, token.end, f'"{token.text}"')


def _is_column(text: Text, at: int) -> bool:
    """In front of the type TIME stands the column's name: after an opening bracket or a comma."""
    return at > 0 and (text.tokens[at - 1].is_symbol("(") or text.tokens[at - 1].is_symbol(","))


RULE = Rule("AT", r"\bat\b", _edits, needles=("at",))
