"""Comparisons that DuckDB's parser does not know.

x BETWEEN SYMMETRIC a AND b    →  x BETWEEN least(a, b) AND greatest(a, b)
(a, b) OVERLAPS (c, d)         →  _pg_overlaps(a, b, c, d)
ORDER BY x USING >             →  ORDER BY x DESC
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.operands import operand_end, primary_start

_ORDERS = {"<": "ASC", ">": "DESC", "<=": "ASC", ">=": "DESC"}


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-1]):
        word = token.upper
        if word == "BETWEEN" and text.words(at + 1, 1)[0] in ("SYMMETRIC", "ASYMMETRIC"):
            yield from _between(text, at)
        elif word == "OVERLAPS" and at and text.tokens[at - 1].is_symbol(")") and text.tokens[at + 1].is_symbol("("):
            start = primary_start(text, at - 1)
            yield Edit(text.tokens[start].start, text.tokens[start].end, "_pg_overlaps(")
            yield Edit(text.tokens[at - 1].start, text.tokens[at + 1].end, ", ")
        elif word == "USING" and text.tokens[at + 1].text in _ORDERS and text.tokens[at + 1].kind == "symbol":
            yield Edit(token.start, text.tokens[at + 1].end, _ORDERS[text.tokens[at + 1].text])


def _between(text: Text, at: int) -> Iterator[Edit]:
    kind = text.tokens[at + 1]
    low_end = operand_end(text, at + 2)
    high_end = operand_end(text, low_end + 1)
    if kind.upper == "ASYMMETRIC" or text.words(low_end, 1) != ("AND",) or high_end <= low_end + 1:
        yield Edit(kind.start, kind.end, "")
        return
    low = text.sql[text.tokens[at + 2].start : text.tokens[low_end - 1].end]
    high = text.sql[text.tokens[low_end + 1].start : text.tokens[high_end - 1].end]
    yield Edit(kind.start, text.tokens[high_end - 1].end, f"least({low}, {high}) AND greatest({low}, {high})")


RULE = Rule(
    "comparisons",
    r"\bbetween\s+a?symmetric\b|\boverlaps\b|\busing\s*[<>]",
    _edits,
    needles=("overlaps", "symmetric", "using"),
)
