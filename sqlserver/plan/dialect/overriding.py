"""``INSERT INTO t (id) OVERRIDING SYSTEM VALUE VALUES (1)`` without the words, which DuckDB does not know.

A column that numbers its rows takes any value there; ``session.tables.identities`` refuses it without the words.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Rule, Text
from sqlserver.sql.edits import Edit


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-2]):
        if token.upper == "OVERRIDING" and text.words(at + 1, 2) in (("SYSTEM", "VALUE"), ("USER", "VALUE")):
            yield Edit(token.start, text.tokens[at + 2].end, "")


RULE = Rule("OVERRIDING", r"\boverriding\s+(?:system|user)\s+value\b", _edits, needles=("overriding",))
