"""The store of a data directory that no server owns: opened, and owned, by this process."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from sqlserver.app.owner import claim
from sqlserver.config.settings import Settings
from sqlserver.store.log_store import LogStore
from sqlserver.training.marks import Mark, mark_events
from sqlserver.training_system.training_store import STATS_COLUMNS


class OwnStore:
    """Implements ``TrainingStore``."""

    def __init__(self, store: LogStore, owning: ExitStack) -> None:
        self._store = store
        self._owning = owning
        self.annotation_version = store.annotation_version
        self.training_candidates = store.training_candidates

    @classmethod
    async def open(cls, settings: Settings) -> OwnStore:
        """Raises ServerError (55006) where another process owns the data directory."""
        with ExitStack() as owning:
            owning.enter_context(claim(settings.data_dir))
            store = await LogStore.open(settings)
            return cls(store, owning.pop_all())

    async def mark(self, trace_ids: Sequence[str], mark: Mark) -> int:
        return await self._store.annotate(mark_events(trace_ids, mark, db_user=getpass.getuser()))

    async def stats(self, cascade_id: str | None, cell_name: str | None) -> list[Mapping[str, Any]]:
        given = {"cascade_id": cascade_id, "cell_name": cell_name}
        parameters = {name: value for name, value in given.items() if value is not None}
        where = " AND ".join(f"{name} = {{{name}:String}}" for name in parameters)
        table = await self._store.read_relation(
            "training_stats_by_cascade",
            STATS_COLUMNS,
            where or None,
            "trainable_count DESC, cascade_id, cell_name",
            parameters=parameters,
        )
        rows: list[Mapping[str, Any]] = table.to_pylist()
        return rows

    async def close(self) -> None:
        try:
            await self._store.close()
        finally:
            self._owning.close()
