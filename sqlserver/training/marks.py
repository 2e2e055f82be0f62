"""A mark as annotation events: what it leaves out stays None, and the trace keeps what it had.

The store checks the values' ranges (22023) and writes only what changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlserver.core.annotations import AnnotationEvent
from sqlserver.core.identity import uuid7


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of some traces. None: not said."""

    trainable: bool | None = None
    verified: bool | None = None
    confidence: float | None = None
    notes: str | None = None
    tags: tuple[str, ...] | None = None
    corrected_output: str | None = None
    split: str | None = None


def mark_events(trace_ids: Iterable[str], mark: Mark, *, db_user: str) -> tuple[AnnotationEvent, ...]:
    """One event for each trace, all under one batch id, which UNDO MARK takes back together."""
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
            db_user=db_user,
        )
        for trace_id in dict.fromkeys(trace_ids)
    )
