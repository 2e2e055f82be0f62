"""``numeric`` without a precision keeps every digit in PostgreSQL; DuckDB's has three decimals and rounds in silence.

x::numeric, CREATE TABLE t (a decimal)   →  decimal(38, 9), which is shown without trailing zeros
'0.123456789012'::numeric                →  decimal(38, 12): what the constant needs
numeric(10,2)                            →  as it is
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.type_place import names_type

_NAMES = frozenset({"NUMERIC", "DECIMAL", "DEC"})
_DECIMALS = 9
_MOST = 37


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens):
        followed = at + 1 < len(text.tokens) and text.tokens[at + 1].is_symbol("(")
        if token.upper in _NAMES and not followed and names_type(text, at):
            yield Edit(token.start, token.end, f"decimal(38, {_decimals(text, at)})")


def _decimals(text: Text, at: int) -> int:
    constant = text.tokens[at - 2] if at > 1 else None
    if constant is None or constant.kind not in ("string", "number"):
        return _DECIMALS
    fraction = constant.text.strip().partition(".")[2]
    return min(max(len(fraction), _DECIMALS), _MOST) if fraction.isdigit() else _DECIMALS


RULE = Rule("numeric", r"\b(?:numeric|decimal|dec)\b(?!\s*\()", _edits, needles=("dec", "numeric"))
