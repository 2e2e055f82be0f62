"""Names that PostgreSQL takes as they are and DuckDB keeps for itself: ``SELECT show, by FROM t``.

Only for a statement that DuckDB cannot parse: where one of its own clauses is meant (PIVOT, QUALIFY, SUMMARIZE) it can.
"""

from __future__ import annotations

from sqlserver.core.errors import SyntaxFault
from sqlserver.sql.edits import Edit, applied
from sqlserver.sql.quote import quote_identifier
from sqlserver.sql.tokens import tokenize

_NAMES = frozenset(
    {
        "ANTI", "ASOF", "AT", "BY", "DESCRIBE", "GLOB", "INHERITS", "LAMBDA", "PIVOT", "PIVOT_LONGER", "PIVOT_WIDER",
        "POSITIONAL", "QUALIFY", "SEMI", "SHOW", "SUMMARIZE", "TABLESPACE", "UNPACK", "UNPIVOT",
    }
)  # fmt: skip
"""DuckDB's reserved key words without PostgreSQL's."""
_BEFORE_BY = frozenset({"GROUP", "ORDER", "PARTITION", "INCREMENT", "SORTED", "PARTITIONED"})


def with_quoted_names(sql: str) -> tuple[str, tuple[Edit, ...]] | None:
    """The text with these words in quotes, and the edits; None where there is none."""
    try:
        tokens = tokenize(sql)
    except SyntaxFault:
        return None
    edits = [
        Edit(token.start, token.end, quote_identifier(token.text.lower()))
        for before, token in zip([None, *tokens], tokens, strict=False)
        if token.upper in _NAMES
        and not (token.upper == "BY" and before is not None and before.upper in _BEFORE_BY)
        and not (token.upper == "AT" and before is not None and before.kind != "symbol")
    ]
    return applied(sql, edits) if edits else None
