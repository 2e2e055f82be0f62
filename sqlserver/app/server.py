"""Serves PostgreSQL clients until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlserver.app.application import NO_ENDPOINT, Application
from sqlserver.app.owner import Ownership, claim
from sqlserver.config.settings import Settings
from sqlserver.core.errors import ConfigurationFault
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
            announce(f"listening on {_shown(host)}:{port}")
            await stop.wait()
            log.info("stopping")


@asynccontextmanager
async def listening(settings: Settings, ownership: Ownership) -> AsyncIterator[tuple[str, int]]:
    """A running server's address; leaving the block stops it."""
    _refuse_open_address(settings.host)
    application = await Application.open(settings, ownership.token)
    try:
        server = WireServer(
            application.sessions,
            max_connections=settings.max_connections,
            max_message_bytes=settings.max_message_bytes,
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


def _refuse_open_address(host: str) -> None:
    """There is no authentication yet, so nobody but this machine may connect."""
    if host not in ("127.0.0.1", "::1", "localhost"):
        raise ConfigurationFault(
            f"refusing to listen on {host}: clients are not authenticated yet",
            hint="Listen on 127.0.0.1 and reach it through an SSH tunnel.",
        )


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
