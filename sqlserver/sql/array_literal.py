"""PostgreSQL's text form of an array: ``{a,"b c",NULL,{…}}``."""

from __future__ import annotations

from sqlserver.core.errors import InvalidTextRepresentation


def is_array_literal(text: str) -> bool:
    stripped = text.strip()
    return stripped.startswith("{") and stripped.endswith("}")


def array_elements(text: str) -> list[object]:
    """The elements as text (None for NULL, lists for inner arrays). Raises 22P02 for anything malformed."""
    stripped = text.strip()
    elements, at = _elements(stripped, 0)
    if at != len(stripped):
        raise _malformed(text)
    return elements


def _malformed(text: str) -> InvalidTextRepresentation:
    return InvalidTextRepresentation(f'malformed array literal: "{text}"', hint="An array is written '{a,b}'.")


def _elements(text: str, at: int) -> tuple[list[object], int]:
    if at >= len(text) or text[at] != "{":
        raise _malformed(text)
    at = _blank(text, at + 1)
    found: list[object] = []
    if text[at : at + 1] == "}":
        return found, at + 1
    while at < len(text):
        element: object
        if text[at] == "{":
            element, at = _elements(text, at)
        elif text[at] == '"':
            element, at = _quoted(text, at)
        else:
            element, at = _bare(text, at)
        found.append(element)
        at = _blank(text, at)
        mark = text[at : at + 1]
        if mark == "}":
            return found, at + 1
        if mark != ",":
            break
        at = _blank(text, at + 1)
    raise _malformed(text)


def _blank(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _quoted(text: str, at: int) -> tuple[str, int]:
    pieces: list[str] = []
    at += 1
    while at < len(text) and text[at] != '"':
        if text[at] == "\\":
            at += 1
        pieces.append(text[at : at + 1])
        at += 1
    if at >= len(text):
        raise _malformed(text)
    return "".join(pieces), at + 1


def _bare(text: str, at: int) -> tuple[str | None, int]:
    start = at
    pieces: list[str] = []
    while at < len(text) and text[at] not in ',{}"':
        if text[at] == "\\":
            at += 1
        pieces.append(text[at : at + 1])
        at += 1
    word = "".join(pieces).strip()
    if not word:
        raise _malformed(text)
    return (None if text[start:at].strip().upper() == "NULL" else word), at
