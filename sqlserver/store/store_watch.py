"""Watches a store that others write to: their marks and their logs take effect here within a second.

Only needed where the store is a server. What is asked each time is cheap: the newest sequence number of two tables.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sqlserver.core.errors import ServerError
from sqlserver.store.clickhouse import ClickHouse
from sqlserver.store.training_set import TrainingSet

log = logging.getLogger(__name__)

INTERVAL_S = 0.5
_OVERLAP = 60_000 << 22
"""One minute of sequence numbers (their upper bits are milliseconds): inserts may become visible out of order."""

_NEWEST_MARK = "SELECT max(seq) AS newest FROM training_annotations"
_NEWEST_LOG = "SELECT max(log_seq) AS newest FROM unified_logs WHERE log_seq >= {since:UInt64}"

_MARKED = "SELECT trace_id FROM training_annotations WHERE seq >= {since:UInt64}"
_LOGGED = """
SELECT trace_id FROM unified_logs
WHERE log_seq >= {since:UInt64} AND trace_id IN (SELECT trace_id FROM annotation_state)
  AND trace_id NOT IN (SELECT trace_id FROM training_set)
"""


class StoreWatch:
    def __init__(self, clickhouse: ClickHouse, training_set: TrainingSet, changed: Callable[[], None]) -> None:
        self._clickhouse = clickhouse
        self._training_set = training_set
        self._changed = changed
        self._mark = 0
        self._log = 0
        self._task: asyncio.Task[None] | None = None

    async def remember(self) -> None:
        """What is in the store now is known."""
        self._mark = await self._newest(_NEWEST_MARK, 0)
        self._log = await self._newest(_NEWEST_LOG, 0)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="store-watch")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> bool:
        """Applies what is new; whether anything was."""
        mark, logged = await self._newest(_NEWEST_MARK, 0), await self._newest(_NEWEST_LOG, self._log)
        changed = mark > self._mark
        if changed:
            await self._training_set.project(_MARKED, {"since": max(0, self._mark - _OVERLAP)})
        if logged > self._log and await self._apply_logs(max(0, self._log - _OVERLAP)):
            changed = True
        self._mark, self._log = max(mark, self._mark), max(logged, self._log)
        if changed:
            self._changed()
        return changed

    async def _apply_logs(self, since: int) -> bool:
        """Most new rows are nobody's example: whether one was marked before it arrived."""
        marked = await self._clickhouse.query_arrow(f"{_LOGGED} LIMIT 1", {"since": since})
        if marked.num_rows:
            await self._training_set.project(_LOGGED, {"since": since})
        return bool(marked.num_rows)

    async def _newest(self, sql: str, since: int) -> int:
        table = await self._clickhouse.query_arrow(sql, {"since": since})
        return int(table.column("newest")[0].as_py() or 0)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            try:
                await self.look()
            except ServerError as error:
                log.warning("changes in the store cannot be watched: %s", error.message)
