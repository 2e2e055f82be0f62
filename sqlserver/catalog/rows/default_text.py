"""A column's default as PostgreSQL would print it, where clients read it: ``nextval('s')`` marks a serial column."""

from __future__ import annotations

import re

_NEXTVAL = re.compile(r"nextval\('((?:[^']|'')*)'\)")
_CAST = re.compile(r"CAST\('(t|f)' AS BOOLEAN\)")


def default_text(expression: str) -> str:
    """``nextval('s')`` becomes ``nextval('s'::regclass)``; ``CAST('t' AS BOOLEAN)`` becomes ``true``."""
    text = _NEXTVAL.sub(r"nextval('\1'::regclass)", expression)
    text = _CAST.sub(lambda found: "true" if found[1] == "t" else "false", text)
    return "CURRENT_TIMESTAMP" if text.lower() in ("current_timestamp", "get_current_timestamp()") else text
