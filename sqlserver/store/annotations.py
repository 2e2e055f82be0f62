"""Annotation events in ClickHouse: written, folded into the current state, and taken back.

Events are append-only. An event is written only for what it changes, so the history holds changes and a batch that
changed nothing does not exist. UNDO writes events too: it never deletes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sqlserver.core.annotations import AnnotationEvent
from sqlserver.core.errors import ServerError, UndefinedObject
from sqlserver.core.identity import uuid7
from sqlserver.store.annotation_state import (
    FIELDS,
    NOT_ANNOTATED,
    Annotation,
    changes,
    event_row,
    row_says,
    said_by,
)
from sqlserver.store.clickhouse import ClickHouse
from sqlserver.store.log_rows import table_of

_CHUNK = 20_000
"""Trace ids in one parameter."""

_EVENT_SCHEMA = pa.schema(
    [
        ("trace_id", pa.string()),
        ("trainable", pa.bool_()),
        ("verified", pa.bool_()),
        ("confidence", pa.float64()),
        ("notes", pa.string()),
        ("tags", pa.list_(pa.string())),
        ("annotated_by", pa.string()),
        ("corrected_output", pa.string()),
        ("split", pa.string()),
        ("clears", pa.list_(pa.string())),
        ("batch_id", pa.string()),
        ("undoes", pa.string()),
        ("db_user", pa.string()),
        ("caller_id", pa.string()),
    ]
)

_STATE = f"""
SELECT trace_id, {", ".join(f"tupleElement({name}, 2) AS {name}_now" for name in FIELDS)},
       tupleElement(annotated, 2) AS annotated_at, tupleElement(annotated, 3) AS annotated_by
FROM annotation_state FINAL
WHERE trace_id IN {{trace_ids:Array(String)}}
"""

_UNDONE = "SELECT undoes FROM training_annotations WHERE undoes != ''"

_LAST_BATCH = f"""
SELECT batch_id
FROM training_annotations
WHERE db_user = {{db_user:String}} AND undoes = '' AND batch_id NOT IN ({_UNDONE})
ORDER BY seq DESC
LIMIT 1
"""

_BATCH = f"""
SELECT any(undoes) AS undoes, any(batch_id IN ({_UNDONE})) AS taken_back
FROM training_annotations
WHERE batch_id = {{batch_id:String}}
GROUP BY batch_id
"""

_EVENTS_OF_BATCH_TRACES = f"""
SELECT trace_id, batch_id, {", ".join(FIELDS)}, clears
FROM training_annotations
WHERE trace_id IN (SELECT trace_id FROM training_annotations WHERE batch_id = {{batch_id:String}})
  AND undoes = '' AND batch_id NOT IN ({_UNDONE})
ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class Change:
    """``trace_ids`` of the events written, and how many of these traces now stand differently."""

    trace_ids: tuple[str, ...]
    changed: int


class Annotations:
    """Not for concurrent use: the caller takes one lock around reading the state and writing the events."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    async def current(self, trace_ids: Iterable[str]) -> dict[str, Annotation]:
        """The annotated ones among ``trace_ids``; a trace of which everything was taken back has empty fields."""
        wanted = list(dict.fromkeys(trace_ids))
        found: dict[str, Annotation] = {}
        for start in range(0, len(wanted), _CHUNK):
            table = await self._clickhouse.query_arrow(_STATE, {"trace_ids": wanted[start : start + _CHUNK]})
            for row in table.to_pylist():
                values = {name: row[f"{name}_now"] for name in FIELDS}
                values["tags"] = tuple(values["tags"])
                found[row["trace_id"]] = Annotation(
                    **values, annotated_by=row["annotated_by"], annotated_at=row["annotated_at"]
                )
        return found

    async def write(self, events: Sequence[AnnotationEvent]) -> Change:
        """Appends what the events change. Raises 22023 before anything is written."""
        said = [said_by(event) for event in events]
        before = await self.current(event.trace_id for event in events)
        now = dict(before)
        rows = []
        for event, says in zip(events, said, strict=True):
            state = now.get(event.trace_id, NOT_ANNOTATED)
            changed = changes(state, says)
            if changed:
                now[event.trace_id] = state.with_values(changed)
                rows.append(_row(event, changed))
        await self._append(rows)
        moved = sum(now[trace_id].values() != before.get(trace_id, NOT_ANNOTATED).values() for trace_id in now)
        return Change(_traces(rows), moved)

    async def undo_last(self, db_user: str, caller_id: str = "") -> tuple[str, Change] | None:
        """Takes back the user's newest batch that is not taken back yet: (its id, what that changed).

        The fields it said go back to what the remaining events say, so a later mark by somebody else stands.
        """
        last = await self._clickhouse.query_arrow(_LAST_BATCH, {"db_user": db_user})
        if last.num_rows == 0:
            return None
        batch_id: str = last.column("batch_id")[0].as_py()
        return batch_id, await self._take_back(batch_id, db_user, caller_id)

    async def undo(self, batch_id: str, db_user: str, caller_id: str = "") -> Change | None:
        """Takes back this batch, whoever made it. None: it is taken back already.

        Raises 42704 for a batch that does not exist, 55000 for one that itself took something back.
        """
        found = (await self._clickhouse.query_arrow(_BATCH, {"batch_id": batch_id})).to_pylist()
        if not found:
            raise UndefinedObject(
                f'batch "{batch_id}" does not exist',
                hint="training_annotation_history lists the batches that changed anything.",
            )
        if found[0]["undoes"]:
            raise ServerError(
                f'batch "{batch_id}" is itself an undo, of batch "{found[0]["undoes"]}"',
                sqlstate="55000",
                hint="Mark the traces again instead.",
            )
        if found[0]["taken_back"]:
            return None
        return await self._take_back(batch_id, db_user, caller_id)

    async def _take_back(self, undone: str, db_user: str, caller_id: str) -> Change:
        events = (await self._clickhouse.query_arrow(_EVENTS_OF_BATCH_TRACES, {"batch_id": undone})).to_pylist()
        targets = _values_without(events, undone)
        current = await self.current(targets)
        origin = {
            "batch_id": uuid7(),
            "undoes": undone,
            "annotated_by": "human",
            "db_user": db_user,
            "caller_id": caller_id,
        }
        rows = []
        for trace_id, target in targets.items():
            changed = changes(current.get(trace_id, NOT_ANNOTATED), target)
            if changed:
                rows.append(event_row(trace_id, changed) | origin)
        moved = len(rows)
        if not rows:  # a mark of somebody else stands in its place; the batch counts as taken back all the same
            rows.append(event_row(next(iter(targets)), {}) | origin)
        await self._append(rows)
        return Change(_traces(rows), moved)

    async def rebuild(self) -> None:
        """Derives the current state from the history again, by the very query that keeps it up to date."""
        table = await self._clickhouse.query_arrow(
            "SELECT as_select FROM system.tables "
            "WHERE database = {database:String} AND name = 'annotation_state_of_events'",
            {"database": self._clickhouse.database},
        )
        await self._clickhouse.command("TRUNCATE TABLE annotation_state")
        await self._clickhouse.command(f"INSERT INTO annotation_state {table.column('as_select')[0].as_py()}")

    async def _append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            await self._clickhouse.insert("training_annotations", table_of(rows, _EVENT_SCHEMA))


def _traces(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["trace_id"] for row in rows))


def _values_without(events: Iterable[Mapping[str, Any]], undone: str) -> dict[str, dict[str, Any]]:
    """Trace → the fields that ``undone`` said, with what the other events (in order) say of them."""
    fields: dict[str, set[str]] = {}
    remaining: dict[str, Annotation] = {}
    for row in events:
        trace_id = row["trace_id"]
        if row["batch_id"] == undone:
            fields.setdefault(trace_id, set()).update(row_says(row))
        else:
            remaining[trace_id] = remaining.get(trace_id, NOT_ANNOTATED).with_values(row_says(row))
    return {
        trace_id: {name: getattr(remaining.get(trace_id, NOT_ANNOTATED), name) for name in names}
        for trace_id, names in fields.items()
    }


def _row(event: AnnotationEvent, says: Mapping[str, Any]) -> dict[str, Any]:
    return event_row(event.trace_id, says) | {
        "batch_id": event.batch_id,
        "undoes": "",
        "annotated_by": event.annotated_by,
        "db_user": event.db_user,
        "caller_id": event.caller_id,
    }
