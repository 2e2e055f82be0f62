"""A mark, correction or withdrawal as an event; current state is derived from the events."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnnotationEvent:
    """None means "not said": the trace keeps what it had. ``batch_id`` groups what one statement wrote.

    ``annotated_by`` is human, auto or feedback; ``db_user`` who ran the statement (``caller_id``).
    """

    trace_id: str
    batch_id: str
    trainable: bool | None = None
    verified: bool | None = None
    confidence: float | None = None
    notes: str | None = None
    tags: tuple[str, ...] | None = None
    corrected_output: str | None = None
    split: str | None = None
    annotated_by: str = "human"
    db_user: str = ""
    caller_id: str = ""
    clears: tuple[str, ...] = ()
    """Fields set back to "never said" (UNMARK, UNDO of a first mark): trainable, verified, confidence, notes, tags,
    corrected_output, split."""
