"""Portals with row limits: other statements run between, and a transaction's end closes them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sqlserver.wire import messages as m
from tests.processes import SqlServerProcess
from tests.wire.client_codec import WireClient

ROWS = m.Parse("", "SELECT i FROM range(10000) AS r(i)", ())


@pytest.fixture
async def client(embedded_server: SqlServerProcess) -> AsyncIterator[WireClient]:
    address = (embedded_server.host, embedded_server.port)
    opened = await WireClient.connect(address, user="tester", database="default")
    yield opened
    await opened.close()


async def kinds(client: WireClient, *messages: object) -> list[str]:
    """The answers up to ReadyForQuery, a run of rows as its number."""
    named: list[str] = []
    rows = 0
    for one in await client.ask(*messages):
        if isinstance(one, tuple):  # a row
            rows += 1
            continue
        if rows:
            named.append(str(rows))
            rows = 0
        named.append(one.sqlstate if isinstance(one, m.ErrorResponse) else type(one).__name__)
    return named


async def test_a_suspended_portal_goes_on_after_other_statements(client: WireClient) -> None:
    await kinds(client, m.Query("BEGIN"))
    begun = await kinds(client, ROWS, m.Bind("p", "", (), (), ()), m.Execute("p", 5), m.Sync())
    assert begun == ["ParseComplete", "BindComplete", "5", "PortalSuspended", "ReadyForQuery"]
    await kinds(client, m.Query("CREATE OR REPLACE TABLE beside AS SELECT 1 AS a"))
    assert await kinds(client, m.Execute("p", 0), m.Sync()) == ["9995", "CommandComplete", "ReadyForQuery"]
    assert await kinds(client, m.Execute("p", 0), m.Sync()) == ["CommandComplete", "ReadyForQuery"]


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
async def test_the_end_of_the_transaction_closes_it(client: WireClient, end: str) -> None:
    await kinds(client, m.Query("BEGIN"))
    await kinds(client, ROWS, m.Bind("p", "", (), (), ()), m.Execute("p", 5), m.Sync())
    await kinds(client, m.Query(end))
    assert await kinds(client, m.Execute("p", 5), m.Sync()) == ["34000", "ReadyForQuery"]


async def test_without_a_block_a_portal_ends_with_its_sync(client: WireClient) -> None:
    await kinds(client, ROWS, m.Bind("p", "", (), (), ()), m.Execute("p", 5), m.Sync())
    assert await kinds(client, m.Execute("p", 5), m.Sync()) == ["34000", "ReadyForQuery"]


async def test_sql_fetches_from_a_portal_of_the_protocol(client: WireClient) -> None:
    await kinds(client, m.Query("BEGIN"))
    await kinds(client, ROWS, m.Bind("p", "", (), (), ()), m.Execute("p", 5), m.Sync())
    fetched = await kinds(client, m.Query("FETCH 7 FROM p"))
    assert fetched == ["RowDescription", "7", "CommandComplete", "ReadyForQuery"]


async def test_the_protocol_executes_a_cursor_of_sql(client: WireClient) -> None:
    await kinds(client, m.Query("BEGIN; DECLARE c CURSOR FOR SELECT i FROM range(20) AS r(i); FETCH 5 FROM c"))
    assert await kinds(client, m.Execute("c", 0), m.Sync()) == ["15", "CommandComplete", "ReadyForQuery"]
