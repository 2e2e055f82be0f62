"""A mark says what was said and nothing more."""

from __future__ import annotations

from sqlserver.training.marks import Mark, mark_events


def test_what_is_not_said_stays_none() -> None:
    (event,) = mark_events(["t-1"], Mark(trainable=True), db_user="ada")
    assert (event.trace_id, event.trainable, event.db_user, event.annotated_by) == ("t-1", True, "ada", "human")
    said = (event.verified, event.confidence, event.notes, event.tags, event.corrected_output, event.split)
    assert said == (None,) * 6
    assert event.clears == ()


def test_one_batch_and_one_event_for_each_trace() -> None:
    events = mark_events(["t-1", "t-2", "t-1"], Mark(verified=False, tags=("a",)), db_user="ada")
    assert [(event.trace_id, event.verified, event.tags) for event in events] == [
        ("t-1", False, ("a",)), ("t-2", False, ("a",)),
    ]  # fmt: skip
    assert len({event.batch_id for event in events}) == 1
    assert mark_events(["t-3"], Mark(), db_user="ada")[0].batch_id != events[0].batch_id
