"""What every command that annotates shares: events only for what changes, and the notices about it.

A command says the same fields of each of its traces (MARK) or different ones (INSERT, UPDATE); an event is made for
each trace whose state it changes, so the same command twice writes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlserver.commands.command import CommandContext
from sqlserver.core.annotations import AnnotationEvent
from sqlserver.core.identity import uuid7
from sqlserver.store.annotation_state import NOT_ANNOTATED, changes, said_by

_CHUNK = 10_000
"""Trace ids in one query of the store."""

_EXAMPLE_FIELDS = frozenset({"trainable", "verified", "confidence", "corrected_output", "split"})
"""What decides which examples a prompt shows, and so which cached answers still hold."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command says of one trace: field to value, and fields taken back to "never said"."""

    trace_id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    clears: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one trace, as it was said and as it will be; None is "never said"."""

    trace_id: str
    name: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Batch:
    """``events``: one for each trace whose state changes. ``changes``: field by field, in the same order."""

    events: tuple[AnnotationEvent, ...]
    changes: tuple[Change, ...]

    @property
    def trace_ids(self) -> tuple[str, ...]:
        return tuple(event.trace_id for event in self.events)


async def prepare_batch(said: Sequence[Said], context: CommandContext) -> Batch:
    """Compares with what this session sees now. Raises 22023 for a value out of range; writes nothing."""
    batch_id = uuid7()
    before = await context.marks.current([one.trace_id for one in said])
    events: list[AnnotationEvent] = []
    changed: list[Change] = []
    for one in said:
        event = AnnotationEvent(
            trace_id=one.trace_id, batch_id=batch_id, clears=one.clears,
            db_user=context.db_user, caller_id=context.caller_id, **one.values,
        )  # fmt: skip
        state = before.get(one.trace_id, NOT_ANNOTATED)
        fresh = changes(state, said_by(event))
        changed += [Change(one.trace_id, name, getattr(state, name), value) for name, value in fresh.items()]
        if fresh:
            events.append(event)
            before[one.trace_id] = state.with_values(said_by(event))
    return Batch(_one_a_trace(events), tuple(changed))


def _one_a_trace(events: Sequence[AnnotationEvent]) -> tuple[AnnotationEvent, ...]:
    """A trace named twice in one INSERT gets what both rows say, the later row winning."""
    merged: dict[str, AnnotationEvent] = {}
    for event in events:
        earlier = merged.get(event.trace_id)
        if earlier is None:
            merged[event.trace_id] = event
            continue
        clears = tuple(name for name in earlier.clears if getattr(event, name) is None)
        merged[event.trace_id] = replace(earlier, **said_by(replace(event, clears=())), clears=clears + event.clears)
    return tuple(merged.values())


async def write_batch(batch: Batch, context: CommandContext) -> None:
    """Writes the events (at COMMIT, inside a block) and tells what follows from them."""
    if not batch.events:
        return
    await context.marks.annotate(batch.events)
    await _tell_unknown(batch.trace_ids, context)
    retiring = {change.trace_id for change in batch.changes if change.name in _EXAMPLE_FIELDS}
    await _tell_retired([trace_id for trace_id in batch.trace_ids if trace_id in retiring], context)


async def _tell_unknown(trace_ids: Sequence[str], context: CommandContext) -> None:
    known = 0
    for start in range(0, len(trace_ids), _CHUNK):
        rows = await context.store.query_arrow(
            "SELECT uniqExact(trace_id) AS known FROM unified_logs WHERE trace_id IN {ids:Array(String)}",
            {"ids": list(trace_ids[start : start + _CHUNK])},
        )
        known += rows["known"][0].as_py()
    unknown = len(trace_ids) - known
    if unknown:
        names = "1 trace id is" if unknown == 1 else f"{unknown} trace ids are"
        context.notice(f"{names} not in unified_logs: the annotation waits for the call to be logged")


async def _tell_retired(trace_ids: Sequence[str], context: CommandContext) -> None:
    """How many cached answers the cells of these traces hold: their next calls carry other examples."""
    cells: dict[tuple[str, str], None] = {}
    for start in range(0, len(trace_ids), _CHUNK):
        rows = await context.store.query_arrow(
            "SELECT DISTINCT cascade_id, cell_name FROM unified_logs WHERE trace_id IN {ids:Array(String)}",
            {"ids": list(trace_ids[start : start + _CHUNK])},
        )
        cells |= dict.fromkeys((row["cascade_id"], row["cell_name"]) for row in rows.to_pylist())
    for cascade_id, cell_name in cells:
        rows = await context.store.query_arrow(
            "SELECT uniqExact(cache_key) AS answers FROM unified_logs WHERE cascade_id = {cascade:String}"
            " AND cell_name = {cell:String} AND cache_key != '' AND status = 'ok'",
            {"cascade": cascade_id, "cell": cell_name},
        )
        answers = rows["answers"][0].as_py()
        if answers:
            plural = "answer" if answers == 1 else "answers"
            context.notice(f"retires {answers} cached {plural} of {cascade_id}.{cell_name}")
