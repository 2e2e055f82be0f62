"""ClickHouse through clickhouse-connect: the embedded chDB on a path, or a server by URL.

A client serialises its queries, so each worker thread has its own. What a user wrote runs on reader threads, whose
clients are read only: that also bars ``file()``, ``url()`` and the other table functions. chDB allows one path for a
process and one process for a path; it is imported on the calling (main) thread and blocks SIGPIPE, which is unblocked.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, Error

from sqlserver.core.errors import ConfigurationFault, ServerError
from sqlserver.store.clickhouse_errors import server_error

T = TypeVar("T")
Parameters = Mapping[str, object]

DEFAULT_DATABASE = "sqlserver"
_KILL_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class ClickHouseTarget:
    """Where the store is: ``path`` (embedded) or host and port. ``cluster`` '' means a single server."""

    database: str = DEFAULT_DATABASE
    path: Path | None = None
    host: str = ""
    port: int = 8123
    user: str = "default"
    password: str = ""
    secure: bool = False
    cluster: str = ""

    @staticmethod
    def of(url: str | None, path: Path) -> ClickHouseTarget:
        """``clickhouse://user:password@host:8123/db`` (``clickhouses`` for TLS), or the embedded store at ``path``."""
        if not url:
            return ClickHouseTarget(path=path)
        parts = urlsplit(url)
        if parts.scheme not in ("clickhouse", "clickhouses", "http", "https") or not parts.hostname:
            raise ConfigurationFault(
                "SQLSERVER_CLICKHOUSE_URL: not of the form clickhouse://user:password@host:8123/db"
            )
        secure = parts.scheme in ("clickhouses", "https")
        database = parts.path.strip("/") or DEFAULT_DATABASE
        if database == "default":
            raise ConfigurationFault("SQLSERVER_CLICKHOUSE_URL: the store needs a database of its own, not default")
        return ClickHouseTarget(
            database=database,
            host=parts.hostname,
            port=parts.port or (8443 if secure else 8123),
            user=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            secure=secure,
        )

    @property
    def shared(self) -> bool:
        """Whether other processes may write to the same store."""
        return self.path is None

    def connect(self, *, settings: dict[str, Any], database: str | None) -> Client:
        if self.path is not None:
            return clickhouse_connect.get_client(
                interface="chdb",
                path=str(self.path),
                database=database,
                settings=settings,
                show_clickhouse_errors="scrub",
            )
        return clickhouse_connect.get_client(
            host=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            secure=self.secure,
            database=database,
            settings=settings,
            show_clickhouse_errors="scrub",
            autogenerate_session_id=False,
        )


class _Lane:
    """Threads with a client each, made when the thread first needs it."""

    def __init__(self, name: str, threads: int, connect: Callable[[], Client]) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=f"clickhouse-{name}")
        self._local = threading.local()
        self._connect = connect
        self._clients: list[Client] = []

    def submit(self, work: Callable[[Client], T]) -> Future[T]:
        def run() -> T:
            client: Client | None = getattr(self._local, "client", None)
            if client is None:
                client = self._local.client = self._connect()
                self._clients.append(client)
            return work(client)

        return self._executor.submit(run)

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        for client in self._clients:
            client.close()
        self._clients.clear()


class ClickHouse:
    """Queries, commands and inserts off the event loop. Errors are ServerError."""

    def __init__(self, target: ClickHouseTarget, *, readers: int = 4) -> None:
        self.target = target
        self.database = target.database
        self._hidden = tuple(text for text in (str(target.path or ""), target.password) if text)
        self._lanes: dict[str, _Lane] = {
            "reader": _Lane("reader", readers, lambda: self._client(self.database, readonly=1)),
            "store": _Lane("store", 2, lambda: self._client(self.database)),
            "insert": _Lane("insert", 1, lambda: self._client(self.database)),
            "control": _Lane("control", 1, lambda: self._client(None)),
        }

    @staticmethod
    async def open(target: ClickHouseTarget) -> ClickHouse:
        """Raises 55006 where another process owns the embedded store, 08006 where the server cannot be reached."""
        if target.path is not None:
            target.path.mkdir(parents=True, exist_ok=True)
            import chdb  # noqa: F401 -- its first import must be on the main thread
        store = ClickHouse(target)
        try:
            await store.control("SELECT 1")
        except ServerError as error:
            await store.close()
            if target.path is not None:
                raise ServerError(
                    "the log store is in use by another process, or this process has opened another one",
                    hint="One process at a time owns an embedded store. Stop the other server, or use its SQL port.",
                    sqlstate="55006",
                ) from error
            raise
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPIPE})
        return store

    async def close(self) -> None:
        for lane in self._lanes.values():
            await asyncio.to_thread(lane.close)

    async def query_arrow(self, sql: str, parameters: Parameters | None = None, *, readonly: bool = False) -> pa.Table:
        """All rows of one SELECT. ``{name:Type}`` in ``sql`` is bound from ``parameters``.

        ``readonly`` for text a user had a hand in. Cancelling the task kills the query.
        """
        marker = f"/* sqlserver:{uuid.uuid4()} */"

        def work(client: Client) -> pa.Table:
            return client.query_arrow(f"{marker} {sql}", parameters=_bound(parameters))

        future = self._lanes["reader" if readonly else "store"].submit(self._guarded(work))
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if not future.cancel() and not future.done():
                task = asyncio.get_running_loop().create_task(self._kill(marker, future))
                _KILLS.add(task)
                task.add_done_callback(_KILLS.discard)
            raise

    async def command(self, sql: str, parameters: Parameters | None = None) -> None:
        """One statement of ours that gives no rows."""
        await self._run("store", lambda client: client.command(sql, parameters=_bound(parameters)))

    async def control(self, sql: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """A statement outside the store's database (it may not exist yet). Rows as tuples; [] for a command."""

        def work(client: Client) -> list[tuple[Any, ...]]:
            if sql.lstrip().upper().startswith("SELECT"):
                return [tuple(row) for row in client.query(sql, parameters=_bound(parameters)).result_rows]
            client.command(sql, parameters=_bound(parameters))
            return []

        return await self._run("control", work)

    async def insert(self, table: str, rows: pa.Table, *, token: str | None = None) -> None:
        """Appends. The same ``token`` a second time inserts nothing (while it is within the table's window)."""
        settings: dict[str, Any] = {}
        if token is not None:
            settings = {"insert_deduplication_token": token, "deduplicate_blocks_in_dependent_materialized_views": 1}
        await self._run("insert", lambda client: client.insert_arrow(table, rows, settings=settings))

    async def _run(self, lane: str, work: Callable[[Client], T]) -> T:
        return await asyncio.wrap_future(self._lanes[lane].submit(self._guarded(work)))

    def _guarded(self, work: Callable[[Client], T]) -> Callable[[Client], T]:
        def run(client: Client) -> T:
            try:
                return work(client)
            except Error as error:
                raise server_error(error, self._hidden) from None
            except ClickHouseError as error:
                raise ServerError(str(error), sqlstate="58000") from error

        return run

    def _client(self, database: str | None, **settings: int) -> Client:
        try:
            return self.target.connect(settings=settings, database=database)
        except Error as error:
            raise server_error(error, self._hidden) from None

    async def _kill(self, marker: str, future: Future[pa.Table]) -> None:
        """Again until it ends: a query that has just been sent may not be in the process list yet."""
        while not future.done():
            await self.control(f"KILL QUERY WHERE startsWith(query, '{marker}') ASYNC")
            await asyncio.sleep(_KILL_EVERY_S)


_KILLS: set[asyncio.Task[None]] = set()
"""Kills under way: the event loop itself keeps only weak references to tasks."""


def _bound(parameters: Parameters | None) -> dict[str, Any] | None:
    """An Array is bound from a list; a tuple would become ``(…)``, which is no Array literal."""
    if not parameters:
        return None
    return {name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()}


def quoted(name: str) -> str:
    """A ClickHouse identifier."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def literal(text: str) -> str:
    """A ClickHouse string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def column_list(names: Sequence[str]) -> str:
    return ", ".join(quoted(name) for name in names)
