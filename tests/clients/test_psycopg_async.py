"""psycopg 3 on asyncio, and the types it looks up in the catalog."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from psycopg.types import TypeInfo

from tests.clients import scenario
from tests.processes import EndpointProcess, SqlServerProcess

pytestmark = pytest.mark.slow


@pytest.fixture
async def connection(server: SqlServerProcess) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    async with await psycopg.AsyncConnection.connect(server.url(), autocommit=True) as opened:
        yield opened


async def test_parameters_and_nulls(connection: psycopg.AsyncConnection[Any]) -> None:
    cursor = await connection.execute("SELECT %s::int, %s::text", (7, None))
    assert await cursor.fetchone() == (7, None)


async def test_nested_transactions_use_savepoints(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute("CREATE TABLE nested (n integer)")
    async with connection.transaction():
        await connection.execute("INSERT INTO nested VALUES (1)")
        async with connection.transaction():
            await connection.execute("INSERT INTO nested VALUES (2)")
    cursor = await connection.execute("SELECT count(*) FROM nested")
    assert await cursor.fetchone() == (2,)


async def test_a_pipeline_of_many_statements(connection: psycopg.AsyncConnection[Any]) -> None:
    async with connection.pipeline():
        cursors = [await connection.execute("SELECT %s::int", (n,)) for n in range(100)]
    assert [await cursor.fetchone() for cursor in cursors] == [(n,) for n in range(100)]


async def test_a_large_result_streams(connection: psycopg.AsyncConnection[Any]) -> None:
    total = 0
    async for number, _ in connection.cursor().stream(scenario.LARGE):
        total += number
    assert total == scenario.LARGE_SUM


async def test_cancelling_the_task_cancels_the_statement(connection: psycopg.AsyncConnection[Any]) -> None:
    task = asyncio.create_task(connection.execute(scenario.ENDLESS))
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises((asyncio.CancelledError, psycopg.errors.QueryCanceled)):
        await task
    cursor = await connection.execute("SELECT 'still here'")
    assert await cursor.fetchone() == ("still here",)


async def test_many_connections_at_once(server: SqlServerProcess) -> None:
    async def one(n: int) -> Any:
        async with await psycopg.AsyncConnection.connect(server.url()) as opened:
            cursor = await opened.execute("SELECT %s::int * 2", (n,))
            return await cursor.fetchone()

    assert await asyncio.gather(*(one(n) for n in range(20))) == [(2 * n,) for n in range(20)]


@pytest.mark.parametrize("name", ["integer", "text", "jsonb", "numeric"])
async def test_types_are_looked_up_in_the_catalog(connection: psycopg.AsyncConnection[Any], name: str) -> None:
    found = await TypeInfo.fetch(connection, name)
    assert found is not None
    assert found.oid == psycopg.adapters.types[name].oid
    assert found.array_oid == psycopg.adapters.types[name].array_oid


async def test_enums_are_registered_from_the_catalog(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
    found = await psycopg.types.enum.EnumInfo.fetch(connection, "mood")
    assert found is not None
    assert list(found.labels) == ["sad", "ok"]


async def test_means(connection: psycopg.AsyncConnection[Any], endpoint: EndpointProcess) -> None:
    endpoint.reset()
    cursor = await connection.execute("SELECT %s MEANS %s", ("bamboo brush", "eco-friendly"))
    assert await cursor.fetchone() == (True,)
    assert endpoint.count() == 1
