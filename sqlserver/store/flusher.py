"""Moves the spool to ClickHouse: batches with a deterministic token, marked sent afterwards.

A batch that was inserted but not marked (the process died in between) is inserted again with the same token, which
ClickHouse ignores: nothing is lost, nothing is there twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from sqlserver.core.errors import ServerError
from sqlserver.store.clickhouse import ClickHouse
from sqlserver.store.log_rows import log_rows, trace_rows
from sqlserver.store.spool import Spool
from sqlserver.store.spool_records import SpoolBatch

log = logging.getLogger(__name__)

BATCH_RECORDS = 10_000
INTERVAL_S = 1.0
_LONGEST_PAUSE_S = 30.0

Arrived = Callable[[Sequence[str]], Awaitable[None]]
"""Told the trace ids that have just become visible in ``unified_logs``."""


class Flusher:
    def __init__(self, spool: Spool, clickhouse: ClickHouse, arrived: Arrived) -> None:
        self._spool = spool
        self._clickhouse = clickhouse
        self._arrived = arrived
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="log-flusher")

    async def stop(self) -> None:
        """Sends what is left where the store can be reached; what cannot be sent stays in the spool."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await self.flush()
        except ServerError as error:
            log.warning("the log stays in the spool: %s", error.message)

    async def flush(self) -> None:
        """What was acknowledged before this call is visible in ClickHouse afterwards.

        Shielded from cancellation: half a flush would leave a batch to be sent again.
        """
        if self._spool.pending == 0 and not self._one_at_a_time.locked():
            return
        await asyncio.shield(asyncio.ensure_future(self._flush()))

    async def _flush(self) -> None:
        async with self._one_at_a_time:
            left = self._spool.pending
            while left > 0 and (batch := await self._spool.next_batch(BATCH_RECORDS)) is not None:
                await self._send(batch)
                left -= batch.records

    async def _send(self, batch: SpoolBatch) -> None:
        calls = await asyncio.to_thread(log_rows, batch.calls)
        if batch.calls:
            await self._clickhouse.insert("unified_logs", calls, token=batch.token)
        if batch.traces:
            await self._clickhouse.insert("statement_traces", trace_rows(batch.traces), token=f"{batch.token}-traces")
        await self._spool.mark_sent(batch)
        if batch.calls:
            await self._arrived(calls.column("trace_id").to_pylist())

    async def _run(self) -> None:
        pause = INTERVAL_S
        while True:
            await asyncio.sleep(pause)
            try:
                await self.flush()
                pause = INTERVAL_S
            except ServerError as error:
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                log.warning("the log cannot be moved to the store, next try in %.0f s: %s", pause, error.message)
