"""``float`` has eight bytes in PostgreSQL and four in DuckDB.

x::float, CAST(x AS float), CREATE TABLE t (a float)   →  double
float(24)                                              →  real
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text


def _edits(text: Text) -> Iterator[Edit]:
    defines = text.words(0, 1)[0] in ("CREATE", "ALTER") if text.tokens else False
    for at, token in enumerate(text.tokens):
        if token.upper != "FLOAT" or at == 0:
            continue
        before = text.tokens[at - 1]
        is_type = before.is_symbol("::") or before.upper in ("AS", "TYPE")
        if not is_type and not (
            defines and before.kind in ("word", "quoted name") and before.upper not in ("SELECT", "BY")
        ):
            continue
        if at + 3 < len(text.tokens) and text.tokens[at + 1].is_symbol("(") and text.tokens[at + 2].text.isdigit():
            kind = "real" if int(text.tokens[at + 2].text) < 25 else "double"
            yield Edit(token.start, text.tokens[at + 3].end, kind)
        elif before.upper != "AS" or _closes_cast(text, at + 1):
            yield Edit(token.start, token.end, "double")


def _closes_cast(text: Text, at: int) -> bool:
    """``CAST(x AS float)`` against ``SELECT x AS float``."""
    return at < len(text.tokens) and (text.tokens[at].is_symbol(")") or text.tokens[at].is_symbol("["))


RULE = Rule("float", r"\bfloat\b", _edits)
