"""Pieces of a text replaced, and places in the new text told as places in the old one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Edit(NamedTuple):
    """``sql[start:end]`` becomes ``text``; an empty piece is an insertion."""

    start: int
    end: int
    text: str


def applied(sql: str, edits: Iterable[Edit]) -> tuple[str, tuple[Edit, ...]]:
    """The new text and the edits in its order. Where two want the same piece, the first in that order stands."""
    kept: list[Edit] = []
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < at:
            continue
        pieces += (sql[at : edit.start], edit.text)
        at = edit.end
        kept.append(edit)
    return "".join((*pieces, sql[at:])), tuple(kept)


def place_before(edits: Sequence[Edit], position: int) -> int:
    """A position in the new text (from 1) as one in the old: inside an edit it is that edit's start."""
    offset = position - 1
    moved = 0
    for edit in edits:
        start = edit.start + moved
        if offset < start:
            break
        if offset < start + len(edit.text):
            return edit.start + 1
        moved += len(edit.text) - (edit.end - edit.start)
    return offset - moved + 1
