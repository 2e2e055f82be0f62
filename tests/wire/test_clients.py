"""Real clients against the front end: psql, psycopg and asyncpg, over the fake session."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import asyncpg
import psycopg
import pytest

from tests.wire.conftest import RunningServer

VALUES: list[tuple[str, Any]] = [
    ("int4", -7),
    ("int8", 2**62),
    ("float8", 1.5e-9),
    ("float8", float("inf")),
    ("bool", True),
    ("text", "ünï {quoted} \\ 'text'"),
    ("text", ""),
    ("bytea", b"\x00\xff\\x"),
    ("date", dt.date(1999, 12, 31)),
    ("time", dt.time(23, 59, 59, 1)),
    ("timestamp", dt.datetime(2026, 1, 2, 3, 4, 5, 678000)),
    ("timestamptz", dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)),
    ("uuid", uuid.UUID("c9764ce0-7131-4769-bef2-9588de0021bf")),
    ("numeric", Decimal("-12345678.0000987600")),
    ("numeric", Decimal("0E-10")),
    ("int4", None),
]
# asyncpg looks array types up in the catalog, which the fake session has not.
ARRAYS: list[tuple[str, Any]] = [("_int4", [1, None, 3]), ("_int4", [7])]


async def run_psql(binary: str, wire: RunningServer, *arguments: str, stdin: str = "") -> tuple[str, str]:
    host, port = wire.address
    process = await asyncio.create_subprocess_exec(
        binary, f"host={host} port={port} user=app dbname=db", "-X", "-A", "-t", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate(stdin.encode())
    return out.decode(), err.decode()


async def test_psql_prints_rows_notices_and_errors(psql: str, wire: RunningServer) -> None:
    out, err = await run_psql(
        psql, wire, "-v", "VERBOSITY=verbose", stdin="numbers 2;\nnotice hi;\nfail;\nnumbers 1;\n"
    )
    assert out.split("\n") == ["0", "1", "NOTICE", "0", ""]
    assert "NOTICE:  00000: hi" in err
    assert "ERROR:  42601: syntax error" in err
    assert "HINT:  write better" in err


async def test_psql_is_told_that_the_database_is_missing(psql: str, wire: RunningServer) -> None:
    host, port = wire.address
    process = await asyncio.create_subprocess_exec(
        psql, f"host={host} port={port} user=app dbname=missing", stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert b'FATAL:  database "missing" does not exist' in err


async def psycopg_connection(wire: RunningServer) -> psycopg.AsyncConnection[Any]:
    host, port = wire.address
    return await psycopg.AsyncConnection.connect(f"host={host} port={port} user=app dbname=db", autocommit=True)


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
async def test_psycopg_gets_back_what_it_sends(wire: RunningServer, binary: bool) -> None:
    async with await psycopg_connection(wire) as connection:
        for name, value in VALUES + ARRAYS if binary else VALUES:
            cursor = psycopg.AsyncRawCursor(connection)
            cursor.format = psycopg.pq.Format(int(binary))
            await cursor.execute(f"echo {name}", [value], binary=binary)
            assert await cursor.fetchone() == (value,)


async def test_psycopg_pipelines_and_recovers_from_an_error(wire: RunningServer) -> None:
    async with await psycopg_connection(wire) as connection:
        async with connection.pipeline():
            cursors = [await connection.execute("numbers 3", prepare=True) for _ in range(5)]
        assert [await one.fetchall() for one in cursors] == [[(0,), (1,), (2,)]] * 5
        with pytest.raises(psycopg.errors.SyntaxError) as caught:
            await connection.execute("fail")
        assert caught.value.diag.message_hint == "write better"
        await connection.execute("numbers 1")


async def test_asyncpg_gets_back_what_it_sends(wire: RunningServer) -> None:
    host, port = wire.address
    connection = await asyncpg.connect(host=host, port=port, user="app", database="db", ssl=False)
    for name, value in VALUES:
        assert await connection.fetchval(f"echo {name}", value) == value
    assert [row["n"] for row in await connection.fetch("numbers 25")] == list(range(25))
    with pytest.raises(asyncpg.PostgresSyntaxError):
        await connection.fetch("fail")
    await connection.close()


async def test_asyncpg_cursors_use_suspended_portals(wire: RunningServer) -> None:
    host, port = wire.address
    connection = await asyncpg.connect(host=host, port=port, user="app", database="db", ssl=False)
    await connection.execute("begin")
    statement = await connection.prepare("numbers 25")
    wire.session.calls.clear()
    connection._top_xact = object()  # a cursor insists on a transaction of asyncpg's own making
    cursor = await statement.cursor()
    connection._top_xact = None
    assert [len(await cursor.fetch(10)) for _ in range(4)] == [10, 10, 5, 0]
    assert wire.session.calls.count("run numbers 25") == 1
    await connection.close()


async def test_asyncpg_timeouts_cancel_the_statement(wire: RunningServer) -> None:
    host, port = wire.address
    connection = await asyncpg.connect(host=host, port=port, user="app", database="db", ssl=False)
    with pytest.raises(TimeoutError):
        await connection.fetch("wait", timeout=0.2)
    assert [row["n"] for row in await connection.fetch("numbers 1")] == [0]
    assert "cancel" in wire.session.calls
    await connection.close()
