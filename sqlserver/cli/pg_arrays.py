"""Reading PostgreSQL's text form of arrays: ``{1,2,NULL}``, ``{"a b","c\\"d"}``, ``{{1,2},{3,4}}``.

Elements stay text; NULL is None. Assumes what a server sends: a dimension prefix such as ``[0:1]=`` is skipped.
"""

from __future__ import annotations

ArrayValue = list["ArrayValue | str | None"]


def parse_array(text: str) -> ArrayValue:
    """The nested lists of an array literal. Raises ValueError for anything else."""
    start = text.find("{")
    if start < 0:
        raise ValueError(f"not an array literal: {text!r}")
    value, end = _parse_level(text, start + 1)
    if end != len(text):
        raise ValueError(f"text after the array literal: {text!r}")
    return value


def _parse_level(text: str, at: int) -> tuple[ArrayValue, int]:
    """The elements from ``at`` to the closing brace, and the position behind it."""
    elements: ArrayValue = []
    if text[at : at + 1] == "}":
        return elements, at + 1
    while at < len(text):
        element: ArrayValue | str | None
        if text[at] == "{":
            element, at = _parse_level(text, at + 1)
        elif text[at] == '"':
            element, at = _parse_quoted(text, at + 1)
        else:
            element, at = _parse_bare(text, at)
        elements.append(element)
        mark = text[at : at + 1]
        if mark == "}":
            return elements, at + 1
        if mark != ",":
            break
        at += 1
    raise ValueError(f"array literal without its end: {text!r}")


def _parse_quoted(text: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    while at < len(text) and text[at] != '"':
        if text[at] == "\\":
            at += 1
        parts.append(text[at : at + 1])
        at += 1
    return "".join(parts), at + 1


def _parse_bare(text: str, at: int) -> tuple[str | None, int]:
    end = at
    while end < len(text) and text[end] not in ",}":
        end += 1
    word = text[at:end].strip()
    return (None if word.upper() == "NULL" else word), end
