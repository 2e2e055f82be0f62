"""MARK, UNMARK and CORRECT as annotation events: pure, shared by the SQL commands, plain INSERTs and the Python API.

What a request leaves out stays None in the event, and the trace keeps what it had.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sqlserver.core.annotations import AnnotationEvent
from sqlserver.core.errors import InvalidParameterValue
from sqlserver.core.identity import uuid7

MAX_NOTES = 10_000
MAX_TAGS = 100
AUTHORS = ("human", "auto", "feedback")

UNMARKED: dict[str, tuple[str, ...]] = {
    "trainable": ("trainable",),
    "verified": ("verified",),
    "all": ("trainable", "verified", "confidence", "notes", "tags", "corrected_output", "split"),
}
"""Which fields each UNMARK clears."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who marks, with which statement. ``annotated_by`` is human, auto or feedback."""

    db_user: str = ""
    caller_id: str = ""
    annotated_by: str = "human"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark says. None: not said."""

    trainable: bool | None = None
    verified: bool | None = None
    confidence: float | None = None
    notes: str | None = None
    tags: tuple[str, ...] | None = None
    corrected_output: str | None = None
    split: str | None = None


def mark_events(trace_ids: Iterable[str], mark: Mark, author: Author) -> tuple[AnnotationEvent, ...]:
    """One event a trace, under one batch id. Raises InvalidParameterValue (22023) for a value out of range."""
    _check(mark, author)
    batch_id = uuid7()
    return tuple(
        AnnotationEvent(
            trace_id=trace_id,
            batch_id=batch_id,
            trainable=mark.trainable,
            verified=mark.verified,
            confidence=mark.confidence,
            notes=mark.notes,
            tags=mark.tags,
            corrected_output=mark.corrected_output,
            split=mark.split,
            annotated_by=author.annotated_by,
            db_user=author.db_user,
            caller_id=author.caller_id,
        )
        for trace_id in dict.fromkeys(trace_ids)
    )


def correct_events(trace_id: str, output: str, author: Author, notes: str | None = None) -> tuple[AnnotationEvent, ...]:
    """A correction makes the trace trainable and verified, with the right output in place of the logged one."""
    mark = Mark(trainable=True, verified=True, corrected_output=output, notes=notes)
    return mark_events((trace_id,), mark, author)


def unmark_events(
    trace_ids: Iterable[str], what: Literal["trainable", "verified", "all"], author: Author
) -> tuple[AnnotationEvent, ...]:
    """Fields back to "never said"."""
    batch_id = uuid7()
    return tuple(
        AnnotationEvent(
            trace_id=trace_id,
            batch_id=batch_id,
            annotated_by=author.annotated_by,
            db_user=author.db_user,
            caller_id=author.caller_id,
            clears=UNMARKED[what],
        )
        for trace_id in dict.fromkeys(trace_ids)
    )


def _check(mark: Mark, author: Author) -> None:
    confidence = mark.confidence
    if confidence is not None and not (math.isfinite(confidence) and 0 <= confidence <= 1):
        raise InvalidParameterValue(f"confidence must lie between 0 and 1, not {confidence}")
    if mark.split not in (None, "train", "test"):
        raise InvalidParameterValue(f'split must be train or test, not "{mark.split}"')
    if mark.notes is not None and len(mark.notes) > MAX_NOTES:
        raise InvalidParameterValue(f"notes are longer than {MAX_NOTES:,} characters")
    if mark.tags is not None and (len(mark.tags) > MAX_TAGS or not all(mark.tags)):
        raise InvalidParameterValue(f"tags must be at most {MAX_TAGS} texts, none of them empty")
    if author.annotated_by not in AUTHORS:
        raise InvalidParameterValue(f'annotated_by must be {", ".join(AUTHORS)}, not "{author.annotated_by}"')
