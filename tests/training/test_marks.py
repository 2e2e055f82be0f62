"""Marks become events that say what was said and nothing more."""

from __future__ import annotations

import pytest

from sqlserver.core.errors import InvalidParameterValue
from sqlserver.training.marks import Author, Mark, correct_events, mark_events, unmark_events

ADA = Author("ada", "caller-1")


def test_what_is_not_said_stays_none() -> None:
    (event,) = mark_events(["t-1"], Mark(trainable=True), ADA)
    assert event.trainable is True
    said = (event.verified, event.confidence, event.notes, event.tags, event.corrected_output, event.split)
    assert said == (None,) * 6
    assert (event.db_user, event.caller_id, event.annotated_by, event.clears) == ("ada", "caller-1", "human", ())


def test_one_batch_an_event_for_each_trace_once() -> None:
    events = mark_events(["t-1", "t-2", "t-1"], Mark(verified=False, tags=("a",)), ADA)
    assert [event.trace_id for event in events] == ["t-1", "t-2"]
    assert len({event.batch_id for event in events}) == 1
    assert mark_events(["t-3"], Mark(), ADA)[0].batch_id != events[0].batch_id


def test_a_correction_is_trainable_and_verified() -> None:
    (event,) = correct_events("t-1", "false", ADA, notes="why")
    assert (event.trainable, event.verified, event.corrected_output, event.notes) == (True, True, "false", "why")


@pytest.mark.parametrize(("what", "clears"), [("trainable", 1), ("verified", 1), ("all", 7)])
def test_unmark_clears_and_says_nothing(what: str, clears: int) -> None:
    (event,) = unmark_events(["t-1"], what, ADA)  # type: ignore[arg-type]
    assert len(event.clears) == clears
    assert (event.trainable, event.verified) == (None, None)


@pytest.mark.parametrize(
    "mark",
    [Mark(confidence=1.01), Mark(confidence=-0.1), Mark(confidence=float("nan")), Mark(split="dev"), Mark(tags=("",)),
     Mark(notes="x" * 10_001)],
)  # fmt: skip
def test_values_out_of_range_are_22023(mark: Mark) -> None:
    with pytest.raises(InvalidParameterValue):
        mark_events(["t-1"], mark, ADA)


def test_only_known_authors() -> None:
    with pytest.raises(InvalidParameterValue, match="annotated_by must be"):
        mark_events(["t-1"], Mark(), Author(annotated_by="robot"))
