"""Serves PostgreSQL clients until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlserver.app.application import NO_ENDPOINT, Application
from sqlserver.app.entry import entry_rules
from sqlserver.app.owner import Ownership, claim
from sqlserver.config.settings import Settings
from sqlserver.config.users_file import UsersFile
from sqlserver.wire.server import WireServer

log = logging.getLogger(__name__)

_GRACE = 5.0
"""Seconds that running statements get when the server is told to stop."""


async def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Returns when a signal has stopped the server. ``announce`` gets the line ``listening on HOST:PORT``.

    Raises ServerError where the data directory is in use or a file is broken, OSError where the port is taken.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with claim(settings.data_dir) as ownership:
        async with listening(settings, ownership) as (host, port):
            _spare_the_collector()
            announce(f"listening on {_shown(host)}:{port}")
            await stop.wait()
            log.info("stopping")
    gc.unfreeze()  # or the interpreter's end would report DuckDB's own objects as leaked


@asynccontextmanager
async def listening(settings: Settings, ownership: Ownership) -> AsyncIterator[tuple[str, int]]:
    """A running server's address; leaving the block stops it."""
    users = UsersFile(settings.data_dir)
    rules = entry_rules(settings, users, ownership.token)
    application = await Application.open(settings, users, ownership.token)
    try:
        server = WireServer(
            application.sessions,
            max_connections=settings.max_connections,
            max_message_bytes=settings.max_message_bytes,
            max_connections_per_address=settings.max_connections_per_address,
            max_connections_per_user=settings.max_connections_per_user,
            rules=rules,
        )
        host, port = await server.start(settings.host, settings.port)
        try:
            if not application.has_endpoint:
                log.warning("%s (%s)", NO_ENDPOINT.message, NO_ENDPOINT.hint)
            ownership.announce(host, port)
            yield host, port
        finally:
            await server.stop(_GRACE)
    finally:
        await application.close()


def _spare_the_collector() -> None:
    """What start-up made lives until the end: looking at it again and again took a tenth of a short statement."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
