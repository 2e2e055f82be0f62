"""The log and training store as the rest of the server sees it: one object over the spool and ClickHouse.

Calls are durable in the spool when ``intend`` and ``conclude`` return and visible in ClickHouse after ``flush``, which
every read of a log relation does first. Marks are written to ClickHouse directly: they are a person's few words, and
the next statement must see them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from sqlserver.catalog.log_relations import LOG_RELATIONS, LogRelation
from sqlserver.core.annotations import AnnotationEvent
from sqlserver.core.call_log import CachedAnswer, CallIntent, CallOutcome, StatementTrace
from sqlserver.core.errors import UndefinedColumn, UndefinedTable
from sqlserver.core.examples import Example
from sqlserver.store.annotation_state import Annotation
from sqlserver.store.annotations import Annotations, Change
from sqlserver.store.answer_cache import AnswerCache
from sqlserver.store.clickhouse import ClickHouse, ClickHouseTarget, Parameters, column_list
from sqlserver.store.flusher import Flusher
from sqlserver.store.log_inserts import insert_rows
from sqlserver.store.log_rows import arrow_schema
from sqlserver.store.migrations import Migrations
from sqlserver.store.query_guard import checked_query
from sqlserver.store.spool import Spool
from sqlserver.store.store_watch import StoreWatch
from sqlserver.store.training_set import CandidateOrder, TrainingSet


class StoreSettings(Protocol):
    """The settings this store reads."""

    @property
    def data_dir(self) -> Path: ...
    @property
    def clickhouse_url(self) -> str | None: ...
    @property
    def spool_max_bytes(self) -> int: ...


class LogStore:
    """Implements ``core.call_log.CallLog``. All methods run on the event loop."""

    def __init__(self, clickhouse: ClickHouse, spool: Spool) -> None:
        self.clickhouse = clickhouse
        self.spool = spool
        self._annotations = Annotations(clickhouse)
        self._training_set = TrainingSet(clickhouse)
        self._cache = AnswerCache(clickhouse)
        self._flusher = Flusher(spool, clickhouse, self._arrived)
        self._watch = StoreWatch(clickhouse, self._training_set, self._notify)
        self._marking = asyncio.Lock()
        self._without_log: set[str] = set()
        self._version = 0
        self._callbacks: list[Callable[[], None]] = []

    @staticmethod
    async def open(settings: StoreSettings) -> LogStore:
        """Opens (and migrates) the store of ``settings``; raises 55006 where another process owns it."""
        target = ClickHouseTarget.of(settings.clickhouse_url, settings.data_dir / "clickhouse")
        return await LogStore.open_at(target, settings.data_dir / "spool", settings.spool_max_bytes)

    @staticmethod
    async def open_at(target: ClickHouseTarget, spool_folder: Path, spool_max_bytes: int) -> LogStore:
        spool = Spool(spool_folder, spool_max_bytes)
        clickhouse: ClickHouse | None = None
        try:
            clickhouse = await ClickHouse.open(target)
            await Migrations(clickhouse).migrate()
            store = LogStore(clickhouse, spool)
            await store._start()
        except BaseException:
            spool.close()
            if clickhouse is not None:
                await clickhouse.close()
            raise
        return store

    async def close(self) -> None:
        await self._watch.stop()
        await self._flusher.stop()
        self.spool.close()
        await self.clickhouse.close()

    async def _start(self) -> None:
        await self._flusher.flush()
        await self.repair()
        await self._watch.remember()
        self._flusher.start()
        if self.clickhouse.target.shared:
            self._watch.start()

    # The call log

    async def intend(self, intents: Iterable[CallIntent]) -> None:
        await self.spool.intend(intents)

    async def conclude(self, outcomes: Iterable[CallOutcome]) -> None:
        kept = list(outcomes)
        await self.spool.conclude(kept)
        for outcome in kept:
            intent = self.spool.intent_of(outcome.trace_id)
            if intent is not None and intent.cache_key and outcome.status == "ok":
                self._cache.hold(CachedAnswer(intent.cache_key, outcome.trace_id, outcome.output))

    async def trace_statement(self, traces: Iterable[StatementTrace]) -> None:
        await self.spool.trace_statement(traces)

    async def cached(self, keys: Iterable[str]) -> Mapping[str, CachedAnswer]:
        return await self._cache.find(keys)

    async def flush(self) -> None:
        """What was acknowledged before this call is visible in ClickHouse afterwards."""
        await self._flusher.flush()

    # Reading and writing relations

    async def query_arrow(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """One SELECT in ClickHouse's dialect over log relations; ``{name:Type}`` is bound from ``parameters``.

        Raises 42601, 42P01, 42703, 42883, 42501 (what reaches outside the log), 57014.
        """
        text = checked_query(sql, self.clickhouse.database)
        await self.flush()
        return await self.clickhouse.query_arrow(text, parameters, readonly=True)

    async def read_relation(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        order_by: str | None = None,
        limit: int | None = None,
        *,
        parameters: Parameters | None = None,
    ) -> pa.Table:
        """Rows of one relation, in the Arrow types of ``log_relations``.

        ``where`` and ``order_by`` are ClickHouse SQL; ``{name:Type}`` in them is bound from ``parameters``.
        """
        relation = _relation(name)
        names = list(relation.column_names if columns is None else columns)
        for column in names:
            if relation.column(column) is None:
                raise UndefinedColumn(f'column "{column}" of relation "{name}" does not exist')
        sql = f"SELECT {column_list(names) or '1'} FROM {relation.name}"
        if where:
            sql += f" WHERE ({where}\n)"
        if order_by:
            sql += f" ORDER BY {order_by}"
        if limit is not None:
            sql += f" LIMIT {int(limit)}"
        text = checked_query(sql, self.clickhouse.database)
        await self.flush()
        table = await self.clickhouse.query_arrow(text, parameters, readonly=True)
        return table.cast(arrow_schema(relation, names)) if names else table

    async def insert_relation(self, name: str, rows: pa.Table, *, db_user: str = "", caller_id: str = "") -> int:
        """INSERT into a relation: ``rows`` has the columns that the statement names. Returns the number of rows.

        Annotations go the way of MARK, so that NULL keeps what was said; imported logs are examples at once.
        """
        relation = _relation(name)
        return await insert_rows(self, relation, rows, db_user=db_user, caller_id=caller_id)

    # Annotations

    async def annotate(self, events: Sequence[AnnotationEvent]) -> int:
        """Writes what the events change and returns how many traces now stand differently."""
        if not events:
            return 0
        await self.flush()
        async with self._marking:
            change = await self._annotations.write(events)
            await self._marked(change)
        return change.changed

    async def undo_last_batch(self, db_user: str, caller_id: str = "") -> tuple[str, int] | None:
        """Takes back this user's newest batch: (its id, traces changed). None: there is none left."""
        await self.flush()
        async with self._marking:
            undone = await self._annotations.undo_last(db_user, caller_id)
            if undone is None:
                return None
            batch_id, change = undone
            await self._marked(change)
        return batch_id, change.changed

    async def undo_batch(self, batch_id: str, db_user: str, caller_id: str = "") -> int | None:
        """Takes back this batch: traces changed. None: it is taken back already. Raises 42704, 55000."""
        await self.flush()
        async with self._marking:
            change = await self._annotations.undo(batch_id, db_user, caller_id)
            if change is None:
                return None
            await self._marked(change)
        return change.changed

    async def current_annotations(self, trace_ids: Iterable[str]) -> Mapping[str, Annotation]:
        """Only traces about which something was ever said."""
        return await self._annotations.current(trace_ids)

    async def rebuild(self) -> None:
        """Derives everything that is derived from the log and the history of annotations again."""
        await self.flush()
        async with self._marking:
            await self._annotations.rebuild()
            await self._training_set.rebuild()
            self._without_log = await self._training_set.behind()
            self._notify()

    async def repair(self) -> None:
        """Brings the read model up to every mark that the history holds: after a crash, or a foreign client's work."""
        await self._training_set.project_all()
        self._without_log = await self._training_set.behind()
        self._notify()

    async def look_for_changes(self) -> bool:
        """Applies what other processes wrote since the last look; a server store does so twice a second."""
        return await self._watch.look()

    def annotation_version(self, cascade_id: str) -> int:
        """Another number after every committed mark: of this process at once, of another within a second.

        One count serves all cascades: what it costs is one read of 4 ms a cell.
        """
        return self._version

    def on_annotations(self, callback: Callable[[], None]) -> None:
        """``callback`` is called on the event loop after every committed mark."""
        self._callbacks.append(callback)

    # Retrieval

    async def training_candidates(
        self,
        cascade_id: str,
        cell_name: str | None,
        *,
        min_confidence: float,
        verified_only: bool,
        order: CandidateOrder,
        limit: int,
    ) -> tuple[Example, ...]:
        """Trainable examples outside the test split, at most ``limit``; a correction replaces the logged output."""
        if self._without_log:
            await self.flush()
        return await self._training_set.candidates(
            cascade_id,
            cell_name,
            min_confidence=min_confidence,
            verified_only=verified_only,
            order=order,
            limit=limit,
        )

    async def corrections(self, cascade_id: str, cell_name: str, input_hashes: Sequence[str]) -> Mapping[str, Example]:
        """Input hash → the correction that answers this very input."""
        return await self._training_set.corrections(cascade_id, cell_name, input_hashes)

    async def correction(self, cascade_id: str, cell_name: str, input_hash: str) -> Example | None:
        return (await self.corrections(cascade_id, cell_name, [input_hash])).get(input_hash)

    async def logs_arrived(self, trace_ids: Sequence[str]) -> None:
        """Rows of ``unified_logs`` have become visible: marks that were waiting for them take effect."""
        waiting = self._without_log.intersection(trace_ids)
        if not waiting:
            return
        self._without_log -= waiting - await self._training_set.project_traces(sorted(waiting))
        self._notify()

    async def _arrived(self, trace_ids: Sequence[str]) -> None:
        self._cache.release(trace_ids)
        await self.logs_arrived(trace_ids)

    async def _marked(self, change: Change) -> None:
        if change.trace_ids:
            self._without_log |= await self._training_set.project_traces(change.trace_ids)
            self._notify()

    def _notify(self) -> None:
        self._version += 1
        for callback in self._callbacks:
            callback()


def _relation(name: str) -> LogRelation:
    relation = LOG_RELATIONS.get(name.lower())
    if relation is None:
        raise UndefinedTable(f'relation "{name}" does not exist in the log')
    return relation
