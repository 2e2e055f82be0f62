"""SQLAlchemy's three drivers behind one fixture."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients.installed import module
from tests.processes import SqlServerProcess

Work = Callable[[Any], Any]
Run = Callable[[Work], Any]


@pytest.fixture(scope="module", params=["psycopg", "psycopg2", "asyncpg"])
def run(request: pytest.FixtureRequest, server: SqlServerProcess) -> Iterator[Run]:
    """Runs a function of a SQLAlchemy Connection over each driver, in a transaction that is committed and on a database
    of the driver's own."""
    sa, aio = module("sqlalchemy"), module("sqlalchemy.ext.asyncio")
    for driver in ("psycopg2", "asyncpg", "greenlet"):
        module(driver)
    server.rows(f"CREATE DATABASE sa_{request.param};")
    url = server.url(f"sa_{request.param}").replace("postgresql", f"postgresql+{request.param}")
    if request.param != "asyncpg":
        engine = sa.create_engine(url)

        def run_sync(work: Work) -> Any:
            with engine.begin() as connection:
                return work(connection)

        yield run_sync
        engine.dispose()
        return
    loop = asyncio.new_event_loop()
    asynchronous = aio.create_async_engine(url)

    async def run_once(work: Work) -> Any:
        async with asynchronous.begin() as connection:
            return await connection.run_sync(work)

    yield lambda work: loop.run_until_complete(run_once(work))
    loop.run_until_complete(asynchronous.dispose())
    loop.close()
