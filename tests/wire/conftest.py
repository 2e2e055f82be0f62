"""A WireServer on a free port over fake sessions, and raw clients for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from sqlserver.wire.server import WireServer
from tests.wire.client_codec import WireClient
from tests.wire.fake_session import FakeFactory, FakeSession


@dataclass
class RunningServer:
    server: WireServer
    factory: FakeFactory
    address: tuple[str, int]
    clients: list[WireClient] = field(default_factory=list)

    async def open(self) -> WireClient:
        self.clients.append(await WireClient.open(self.address))
        return self.clients[-1]

    async def connect(self, minor: int = 0, **parameters: str) -> WireClient:
        self.clients.append(await WireClient.connect(self.address, minor, **parameters))
        return self.clients[-1]

    @property
    def session(self) -> FakeSession:
        """The one opened last."""
        return self.factory.sessions[-1]


StartServer = Callable[..., Awaitable[RunningServer]]


@pytest.fixture
async def start_wire() -> AsyncIterator[StartServer]:
    running: list[RunningServer] = []

    async def start(**options: Any) -> RunningServer:
        factory = FakeFactory()
        server = WireServer(factory, **options)
        running.append(RunningServer(server, factory, await server.start("127.0.0.1", 0)))
        return running[-1]

    yield start
    for one in running:
        for client in one.clients:
            client.writer.transport.abort()
        await one.server.stop(0)


@pytest.fixture
async def wire(start_wire: StartServer) -> RunningServer:
    return await start_wire()
