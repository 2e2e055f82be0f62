"""``/*+ semantic.model=fast semantic.cache=off */`` at the head of a statement: settings for this statement alone."""

from __future__ import annotations

from sqlserver.core.errors import SyntaxFault


def leading_hints(sql: str) -> tuple[tuple[str, str], ...]:
    """(name, value) pairs of a hint comment that opens the statement; () where there is none. Raises 42601."""
    text = sql.lstrip()
    if not text.startswith("/*+"):
        return ()
    end = text.find("*/")
    if end < 0:
        return ()
    hints: list[tuple[str, str]] = []
    for part in text[3:end].replace(",", " ").split():
        name, equals, value = part.partition("=")
        if not (name and equals and value):
            raise SyntaxFault(
                f'a hint must read name=value, not "{part}"',
                position=len(sql) - len(text) + text.find(part) + 1,
                hint="For example: /*+ semantic.model=fast */ SELECT …",
            )
        hints.append((name.lower(), value.strip("'")))
    return tuple(hints)
