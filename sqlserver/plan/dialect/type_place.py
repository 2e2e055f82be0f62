"""Whether a word stands where a type is named."""

from __future__ import annotations

from sqlserver.plan.dialect.edit import Text

_NEVER_BEFORE = frozenset({"SELECT", "BY", "WHERE", "AND", "OR", "ON", "DISTINCT"})


def names_type(text: Text, at: int) -> bool:
    """In ``x::word``, ``CAST(x AS word)`` and a column's definition; not in ``SELECT x AS word``."""
    if at == 0:
        return False
    before = text.tokens[at - 1]
    if before.is_symbol("::") or before.upper == "TYPE":
        return True
    if before.upper == "AS":
        after = text.tokens[at + 1] if at + 1 < len(text.tokens) else None
        return after is not None and (after.is_symbol(")") or after.is_symbol("[") or after.is_symbol("("))
    defines = text.words(0, 1) in (("CREATE",), ("ALTER",)) and "TABLE" in text.words(0, 6)
    return defines and before.kind in ("word", "quoted name") and before.upper not in _NEVER_BEFORE
