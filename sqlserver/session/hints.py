"""``/*+ semantic.model=fast semantic.cache=off */`` at the head of a statement: settings for this statement alone."""

from __future__ import annotations

import re

from sqlserver.core.errors import SyntaxFault, UndefinedObject
from sqlserver.sql.split import hint_start

_PART = re.compile(r"[^\s,]+")


def leading_hints(sql: str) -> tuple[tuple[str, str], ...]:
    """(name, value) pairs of a hint comment that opens the statement; () where there is none. Raises 42601, 42704."""
    start = hint_start(sql)
    end = -1 if start is None else sql.find("*/", start)
    if start is None or end < 0:
        return ()
    hints: list[tuple[str, str]] = []
    for match in _PART.finditer(sql, start + 3, end):
        part = match[0]
        name, equals, value = part.partition("=")
        if not (name and equals and value):
            raise SyntaxFault(
                f'a hint must read name=value, not "{part}"',
                position=match.start() + 1,
                hint="For example: /*+ semantic.model=fast */ SELECT …",
            )
        if not name.lower().startswith("semantic."):
            raise UndefinedObject(
                f'a hint cannot set "{name}"', position=match.start() + 1, hint="It takes the settings semantic.*."
            )
        hints.append((name.lower(), value.strip("'")))
    return tuple(hints)
