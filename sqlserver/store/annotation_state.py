"""What is currently said about a trace, and how an event changes it. Pure values: the store's SQL says the same.

An event's ``None`` is "not said" and keeps what was there; ``clears`` sets a field back to "never said".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlserver.core.annotations import AnnotationEvent
from sqlserver.core.errors import InvalidParameterValue

FIELDS = ("trainable", "verified", "confidence", "notes", "tags", "corrected_output", "split")


@dataclass(frozen=True, slots=True)
class Annotation:
    """``None`` (``()`` for tags) was never said or was taken back."""

    trainable: bool | None = None
    verified: bool | None = None
    confidence: float | None = None
    notes: str | None = None
    tags: tuple[str, ...] = ()
    corrected_output: str | None = None
    split: str | None = None
    annotated_by: str = ""
    annotated_at: datetime | None = None

    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in FIELDS}

    def with_values(self, said: Mapping[str, Any]) -> Annotation:
        return replace(self, **said)

    @property
    def effective_confidence(self) -> float | None:
        """A trainable trace without a confidence counts as 1.0."""
        return 1.0 if self.confidence is None and self.trainable else self.confidence


NOT_ANNOTATED = Annotation()


def said_by(event: AnnotationEvent) -> dict[str, Any]:
    """Field → value as the event sets it; only the fields it says. Raises 22023 for a value out of range."""
    unknown = set(event.clears) - set(FIELDS)
    if unknown:
        raise InvalidParameterValue(f"an annotation has no field {sorted(unknown)[0]!r}")
    said = {name: value for name in FIELDS if (value := getattr(event, name)) is not None}
    said.update((name, getattr(NOT_ANNOTATED, name)) for name in event.clears)
    if not event.trace_id:
        raise InvalidParameterValue("an annotation needs a trace_id")
    confidence = said.get("confidence")
    if confidence is not None and not 0.0 <= confidence <= 1.0:
        raise InvalidParameterValue(f"confidence {confidence:g} is out of range", hint="It takes a number from 0 to 1.")
    if said.get("split") not in (None, "train", "test"):
        raise InvalidParameterValue(f"split {said['split']!r} does not exist", hint="It takes train or test.")
    return said


def changes(annotation: Annotation, said: Mapping[str, Any]) -> dict[str, Any]:
    """The part of ``said`` that is not so already."""
    return {name: value for name, value in said.items() if getattr(annotation, name) != value}


def event_row(trace_id: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of ``training_annotations`` that say ``said``: no value is a clear."""
    row: dict[str, Any] = {"trace_id": trace_id, "clears": []}
    for name, value in said.items():
        if value is None or value == ():
            row["clears"].append(name)
        else:
            row[name] = value
    return row


def row_says(row: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of ``event_row``."""
    said = {name: row[name] for name in FIELDS if row[name] is not None and name != "tags"}
    if row["tags"]:
        said["tags"] = tuple(row["tags"])
    said.update((name, getattr(NOT_ANNOTATED, name)) for name in row["clears"])
    return said
