"""How a command line reaches the data: through the server that owns the directory, or one started for the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlserver.app.owner import claim, current_owner
from sqlserver.app.server import listening
from sqlserver.config.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect; ``token`` goes into the startup option ``sqlserver.token``."""

    host: str
    port: int
    token: str


def with_server(settings: Settings, work: Callable[[Address], T]) -> T:
    """Runs ``work`` (blocking, on a thread of its own) against the owner, or against a server on a free loopback port
    that lives as long as the work."""
    owner = current_owner(settings.data_dir)
    if owner is not None:
        return work(Address(owner.host, owner.port, owner.token))
    return asyncio.run(_with_own_server(settings, work))


async def _with_own_server(settings: Settings, work: Callable[[Address], T]) -> T:
    with claim(settings.data_dir) as ownership:
        async with listening(replace(settings, host="127.0.0.1", port=0), ownership) as (host, port):
            return await asyncio.to_thread(work, Address(host, port, ownership.token))
