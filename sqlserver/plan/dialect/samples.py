"""A sample's size is a percentage in PostgreSQL; DuckDB reads a bare number as rows.

TABLESAMPLE BERNOULLI (10)   →  TABLESAMPLE BERNOULLI (10 PERCENT)
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-4]):
        method, size = text.tokens[at + 1], text.tokens[at + 3]
        percentage = size.kind == "number" and text.tokens[at + 4].is_symbol(")")
        if token.upper == "TABLESAMPLE" and method.upper in ("BERNOULLI", "SYSTEM") and percentage:
            yield Edit(size.end, size.end, " PERCENT")


RULE = Rule("samples", r"\btablesample\b", _edits, needles=("tablesample",))
