"""The listening end: accepts connections, keeps one task for each, and ends them in good order."""

from __future__ import annotations

import asyncio

from sqlserver.core.client_session import SessionFactory
from sqlserver.wire.admission import Admission
from sqlserver.wire.authentication import EntryRules, FailureDelays
from sqlserver.wire.cancel import CancelRegistry
from sqlserver.wire.channel import Channel
from sqlserver.wire.connection import Connection, ConnectionContext

_LAST_WORDS = 1.0  # seconds for cancelled statements to end before their tasks are


class WireServer:
    """``max_message_bytes`` bounds one message of an authenticated client; before that the bound is 10 kB."""

    def __init__(
        self,
        factory: SessionFactory,
        *,
        max_connections: int = 100,
        max_message_bytes: int = 64 * 1024 * 1024,
        max_connections_per_address: int | None = None,
        max_connections_per_user: int | None = None,
        rules: EntryRules | None = None,
    ) -> None:
        admission = Admission(
            max_connections, per_address=max_connections_per_address, per_user=max_connections_per_user
        )
        self._context = ConnectionContext(
            factory, CancelRegistry(), admission, max_message_bytes, rules or EntryRules(), FailureDelays()
        )
        self._connections: dict[asyncio.Task[None], tuple[Connection, Channel]] = {}
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """The address that is listened on; port 0 takes a free one. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Channel(self._accept), host, port)
        address = self._server.sockets[0].getsockname()
        return address[0], address[1]

    def _accept(self, channel: Channel) -> None:
        channel.keep_alive()
        connection = Connection(channel, self._context)
        task = asyncio.get_running_loop().create_task(connection.run())
        self._connections[task] = (connection, channel)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._connections[task]

    async def stop(self, grace_seconds: float) -> None:
        """Idle clients get 57P01 at once, working ones after their statement or the grace; new ones 57P03."""
        self._context.admission.closed = True
        for connection, _ in self._connections.values():
            connection.shut_down(now=False)
        await self._wait(grace_seconds)
        if self._server is not None:
            self._server.close()
        for connection, _ in self._connections.values():
            connection.shut_down(now=True)
        await self._wait(_LAST_WORDS)
        for task, (_, channel) in self._connections.items():
            task.cancel()
            channel.abort()
        if self._connections:
            await asyncio.wait(self._connections)
        if self._server is not None:
            await self._server.wait_closed()

    async def _wait(self, seconds: float) -> None:
        if self._connections:
            await asyncio.wait(self._connections, timeout=seconds)
