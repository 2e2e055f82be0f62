"""Precisions of date and time types, which DuckDB's types do not have: microseconds are kept.

timestamp(3) with time zone   →  timestamp with time zone
timestamptz(0), time(6)       →  timestamptz, time
interval day to second        →  interval
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_TYPES = frozenset({"TIMESTAMP", "TIMESTAMPTZ", "TIME", "TIMETZ", "INTERVAL"})
_CALLED = frozenset({"SELECT", "WHERE", "AND", "OR", "ON", "BY", "SET"})


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-3]):
        if token.upper not in _TYPES or at == 0 or text.tokens[at - 1].upper in _CALLED:
            continue
        if (
            text.tokens[at + 1].is_symbol("(")
            and text.tokens[at + 2].text.isdigit()
            and text.tokens[at + 3].is_symbol(")")
        ):
            yield Edit(text.tokens[at + 1].start, text.tokens[at + 3].end, "")


RULE = Rule(
    "precision of times",
    r"\b(?:timestamp|timestamptz|time|timetz|interval)\s*\(\s*\d+\s*\)",
    _edits,
    needles=("interval", "time"),
)
