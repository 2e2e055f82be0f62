"""Finds who holds the data directory and runs a piece of work on that store, from synchronous code.

The work runs on an event loop in a thread of its own, so that a caller may have a loop running. The embedded engine
cannot be opened again after its last client closed, so a store of our own stays open until the process ends. Every
piece of work is durable when it returns; the end of the process need not close anything (and could not: by then the
store's threads take no more work).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlserver.app.owner import Owner, current_owner
from sqlserver.config.settings import Settings, load_settings
from sqlserver.training_system.own_store import OwnStore
from sqlserver.training_system.server_store import ServerStore
from sqlserver.training_system.training_store import TrainingStore

T = TypeVar("T")

Work = Callable[[TrainingStore], Awaitable[T]]


class _OpenStore:
    """The loop's thread and this process's own store, once there is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._own: OwnStore | None = None

    def run(self, work: Work[T]) -> T:
        with self._lock:
            settings = load_settings()
            owner = None if self._own is not None else current_owner(settings.data_dir)
            if owner is None and settings.clickhouse_url is None:
                import chdb  # noqa: F401 - its first import must be on the calling thread, not on the loop's
            if self._loop is None:
                self._loop = _started_loop()
            running = asyncio.run_coroutine_threadsafe(self._run(work, settings, owner), self._loop)
            return running.result()

    def close(self) -> None:
        with self._lock:
            if self._loop is None:
                return
            if self._own is not None:
                own, self._own = self._own, None
                asyncio.run_coroutine_threadsafe(own.close(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None

    async def _run(self, work: Work[T], settings: Settings, owner: Owner | None) -> T:
        if owner is None:
            if self._own is None:
                self._own = await OwnStore.open(settings)
            return await work(self._own)
        store = await ServerStore.connect(owner)
        try:
            return await work(store)
        finally:
            await store.close()


def _started_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()

    def serve() -> None:
        try:
            loop.run_forever()
        finally:
            loop.close()

    threading.Thread(target=serve, name="training-system", daemon=True).start()
    return loop


_open = _OpenStore()


def with_store(work: Work[T]) -> T:
    """Waits for the work's result. Raises ServerError (55006) where the directory is held by another process."""
    return _open.run(work)


def close() -> None:
    """Gives the data directory free, so that a server can start on it. Does nothing where nothing is open."""
    _open.close()
