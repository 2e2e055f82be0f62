"""PostgreSQL's array text: ``{1,2}``, ``{{1},{2}}``, ``{"a,b",NULL}`` (``array_in`` in PostgreSQL)."""

from __future__ import annotations

from sqlserver.core.errors import InvalidTextRepresentation

Nested = list["str | Nested | None"]


def parse_array_text(text: str) -> Nested:
    """Elements as text, None for an unquoted NULL. 22P02 for what is no array."""
    items, end = _array(text, text.index("{") if "{" in text else len(text))
    if text[end:].strip():
        raise _malformed(text)
    return items


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
