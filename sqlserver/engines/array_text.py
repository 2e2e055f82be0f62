"""PostgreSQL's array text: ``{1,2}``, ``{{1},{2}}``, ``{"a,b",NULL}`` (``array_in`` in PostgreSQL)."""

from __future__ import annotations

import re

from sqlserver.core.errors import InvalidTextRepresentation

Nested = list["str | Nested | None"]

_BOUNDS = re.compile(r"\s*(?:\[[+-]?\d+(?::[+-]?\d+)?\])+=")
"""``[0:2]=`` in front of an array whose first element has another number than 1, which a list cannot keep."""


def parse_array_text(text: str) -> Nested:
    """Elements as text, None for an unquoted NULL. 22P02 for what is no array."""
    bounds = _BOUNDS.match(text)
    start = _skip_blanks(text, bounds.end() if bounds is not None else 0)
    if text[start : start + 1] != "{":
        raise _malformed(text)
    items, end = _array(text, start)
    if text[end:].strip() or not _is_even(items):
        raise _malformed(text)
    return items


def depth_of(value: object) -> int:
    """The number of dimensions."""
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


def _is_even(items: Nested) -> bool:
    """Whether all inner arrays are of one length, and nothing else stands beside them."""
    inner = [item for item in items if isinstance(item, list)]
    if not inner:
        return True
    return len(inner) == len(items) and len({len(one) for one in inner}) == 1 and all(map(_is_even, inner))


def _malformed(text: str) -> InvalidTextRepresentation:
    return InvalidTextRepresentation(f'malformed array literal: "{text}"')


def _array(text: str, at: int) -> tuple[Nested, int]:
    """The array that opens at ``at`` and the offset behind its closing brace."""
    items: Nested = []
    at = _skip_blanks(text, at + 1)
    if text[at : at + 1] == "}":
        return items, at + 1
    while at < len(text):
        if text[at] == "{":
            item, at = _array(text, at)
            items.append(item)
        elif text[at] == '"':
            quoted, at = _quoted(text, at + 1)
            items.append(quoted)
        else:
            word, at = _bare(text, at)
            items.append(None if word.upper() == "NULL" else word)
        at = _skip_blanks(text, at)
        mark = text[at : at + 1]
        if mark == "}":
            return items, at + 1
        if mark != ",":
            break
        at = _skip_blanks(text, at + 1)
    raise _malformed(text)


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _quoted(text: str, at: int) -> tuple[str, int]:
    kept: list[str] = []
    while at < len(text):
        if text[at] == '"':
            return "".join(kept), at + 1
        if text[at] == "\\":
            at += 1
        kept.append(text[at : at + 1])
        at += 1
    raise _malformed(text)


def _bare(text: str, at: int) -> tuple[str, int]:
    start = at
    while at < len(text) and text[at] not in ',{}"':
        at += 2 if text[at] == "\\" else 1
    word = text[start:at].strip()
    if not word:
        raise _malformed(text)
    return word.replace("\\", ""), at
