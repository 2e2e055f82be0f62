"""INSERT into log relations, row by row as the statement gave them."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Protocol

import pyarrow as pa

from sqlserver.catalog.log_relations import LogRelation
from sqlserver.core.annotations import AnnotationEvent
from sqlserver.core.errors import InvalidTextRepresentation, ServerError, UndefinedColumn
from sqlserver.core.identity import uuid7
from sqlserver.store.clickhouse import ClickHouse
from sqlserver.store.log_rows import arrow_schema

_AUTHORS = {"trace_scores": "author", "trace_preferences": "author", "unified_logs": "db_user"}


class InsertTarget(Protocol):
    """What an insert needs of the store."""

    @property
    def clickhouse(self) -> ClickHouse: ...
    def annotate(self, events: Sequence[AnnotationEvent]) -> Awaitable[int]: ...
    def logs_arrived(self, trace_ids: Sequence[str]) -> Awaitable[None]: ...


async def insert_rows(
    store: InsertTarget, relation: LogRelation, rows: pa.Table, *, db_user: str, caller_id: str
) -> int:
    """The number of rows. Raises 42809 for a view, 42703, 22P02 for a value that is not of the column's type."""
    if not relation.insertable:
        raise ServerError(
            f'cannot insert into view "{relation.name}"',
            hint="Rows can be inserted into unified_logs, training_annotations, trace_scores and trace_preferences.",
            sqlstate="42809",
        )
    typed = _typed(relation, rows)
    if relation.name == "training_annotations":
        await store.annotate(_events(typed, db_user=db_user, caller_id=caller_id))
        return int(typed.num_rows)
    if relation.name == "unified_logs" and "trace_id" not in typed.column_names:
        typed = typed.append_column("trace_id", pa.array([uuid7() for _ in range(typed.num_rows)], pa.string()))
    author = _AUTHORS.get(relation.name)
    if author and author not in typed.column_names:
        typed = typed.append_column(author, pa.array([db_user] * typed.num_rows, pa.string()))
    if typed.num_rows:
        await store.clickhouse.insert(relation.name, typed)
    if relation.name == "unified_logs":
        await store.logs_arrived(typed.column("trace_id").to_pylist())
    return int(typed.num_rows)


def _typed(relation: LogRelation, rows: pa.Table) -> pa.Table:
    for name in rows.column_names:
        if relation.column(name) is None:
            raise UndefinedColumn(f'column "{name}" of relation "{relation.name}" does not exist')
    try:
        return rows.cast(arrow_schema(relation, rows.column_names))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidTextRepresentation(
            f'a value is not of its column\'s type in "{relation.name}"', detail=str(error)
        ) from error


def _events(rows: pa.Table, *, db_user: str, caller_id: str) -> list[AnnotationEvent]:
    """One statement is one batch. ``annotated_at`` is the store's: order is the store's too."""
    batch_id = uuid7()
    events = []
    for row in rows.to_pylist():
        tags = row.get("tags")
        events.append(
            AnnotationEvent(
                trace_id=row.get("trace_id") or "",
                batch_id=batch_id,
                trainable=row.get("trainable"),
                verified=row.get("verified"),
                confidence=row.get("confidence"),
                notes=row.get("notes"),
                tags=None if tags is None else tuple(tags),
                corrected_output=row.get("corrected_output"),
                split=row.get("split"),
                annotated_by=row.get("annotated_by") or "human",
                db_user=db_user,
                caller_id=caller_id,
            )
        )
    return events
