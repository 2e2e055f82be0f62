"""A session's marks obey its transaction: written at once outside a block; in one, kept until COMMIT and visible to
the session itself meanwhile.

Assumes that the session calls ``begin``, ``commit`` and ``rollback`` with its transaction blocks, and ``commit`` after
the engine's own commit succeeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol, cast

from sqlserver.core.annotations import AnnotationEvent
from sqlserver.core.errors import ActiveTransaction
from sqlserver.execute.annotation_overlay import Overlay
from sqlserver.store.annotation_state import NOT_ANNOTATED, Annotation, said_by


class AnnotationStore(Protocol):
    """The log store, as far as marks are written."""

    async def annotate(self, events: Sequence[AnnotationEvent]) -> int:
        """Appends; visible in the next read. How many traces' state changed."""
        ...

    async def current_annotations(self, trace_ids: Sequence[str]) -> Mapping[str, Annotation]:
        """What was said about each of these traces; a trace about which nothing was ever said is left out."""
        ...

    async def undo_last_batch(self, db_user: str, caller_id: str = "") -> tuple[str, int] | None:
        """Takes back this user's last batch that changed anything: its id and the traces changed. None: none left."""
        ...

    async def undo_batch(self, batch_id: str, db_user: str, caller_id: str = "") -> int | None:
        """Takes back this batch: traces changed. None: it is taken back already. Raises 42704, 55000."""
        ...


class TransactionMarks:
    """One session's marks."""

    def __init__(self, store: AnnotationStore) -> None:
        self._store = store
        self._in_block = False
        self._batches: list[tuple[AnnotationEvent, ...]] = []
        self._overlay: dict[str, Annotation] = {}

    @property
    def overlay(self) -> Overlay:
        """What this session's reads of log relations are patched with."""
        return self._overlay

    @property
    def in_block(self) -> bool:
        return self._in_block

    def begin(self) -> None:
        self._in_block = True

    async def commit(self) -> None:
        """Writes the block's marks in the order they were made. On an error nothing is kept for later."""
        batches, self._batches = self._batches, []
        self.rollback()
        events = [event for batch in batches for event in batch]
        if events:
            await self._store.annotate(events)

    def rollback(self) -> None:
        self._in_block = False
        self._batches.clear()
        self._overlay = {}

    def savepoint(self) -> tuple[list[tuple[AnnotationEvent, ...]], dict[str, Annotation]]:
        return list(self._batches), dict(self._overlay)

    def rollback_to(self, moment: object) -> None:
        batches, overlay = cast(tuple[list[tuple[AnnotationEvent, ...]], dict[str, Annotation]], moment)
        self._batches, self._overlay = list(batches), dict(overlay)

    async def current(self, trace_ids: Sequence[str]) -> dict[str, Annotation]:
        """What was said about each trace, this session's unwritten marks included."""
        stored = dict(await self._store.current_annotations(trace_ids))
        return stored | {trace_id: self._overlay[trace_id] for trace_id in trace_ids if trace_id in self._overlay}

    async def annotate(self, events: Sequence[AnnotationEvent]) -> None:
        """``events`` are one batch, at most one a trace."""
        if not events:
            return
        if not self._in_block:
            await self._store.annotate(events)
            return
        self._overlay |= await self.previewed(events)
        self._batches.append(tuple(events))

    async def previewed(self, events: Sequence[AnnotationEvent]) -> dict[str, Annotation]:
        """The traces as they would be after ``events``."""
        before = await self.current([event.trace_id for event in events])
        now = datetime.now(UTC)
        return {
            event.trace_id: replace(
                before.get(event.trace_id, NOT_ANNOTATED).with_values(said_by(event)),
                annotated_at=now,
                annotated_by=event.annotated_by,
            )
            for event in events
        }

    async def undo(self, db_user: str, caller_id: str, batch_id: str | None = None) -> int | None:
        """The last batch or the one named, of this block if it has it. Traces whose state changed; None: nothing to
        take back."""
        if not self._in_block:
            if batch_id is not None:
                return await self._store.undo_batch(batch_id, db_user, caller_id)
            undone = await self._store.undo_last_batch(db_user, caller_id)
            return None if undone is None else undone[1]
        if not self._batches or batch_id is not None:
            raise ActiveTransaction(
                "UNDO MARK of a batch that was committed earlier cannot run inside a transaction block",
                hint="End the transaction with COMMIT or ROLLBACK first.",
            )
        last = self._batches.pop()
        await self._rebuild(self._batches)
        return len(last)

    async def _rebuild(self, batches: Iterable[tuple[AnnotationEvent, ...]]) -> None:
        self._overlay = {}
        for batch in batches:
            self._overlay |= await self.previewed(batch)
