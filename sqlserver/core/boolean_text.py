"""PostgreSQL's text of a boolean (``parse_bool_with_len`` in its ``bool.c``)."""

from __future__ import annotations

from sqlserver.core.errors import InvalidTextRepresentation

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


def parse_boolean(text: str) -> bool:
    """The words and their unique prefixes, in any case. Raises InvalidTextRepresentation (22P02)."""
    word = text.strip().lower()
    if word and word != "o":
        if any(full.startswith(word) for full in _TRUE):
            return True
        if any(full.startswith(word) for full in _FALSE):
            return False
    raise InvalidTextRepresentation(f'invalid input syntax for type boolean: "{text}"')
