"""asyncpg: everything prepared, everything binary, types loaded from the catalog."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from tests.clients import scenario
from tests.processes import EndpointProcess, SqlServerProcess

pytestmark = pytest.mark.slow


@pytest.fixture
async def connection(server: SqlServerProcess) -> AsyncIterator[Any]:
    opened = await asyncpg.connect(server.url())
    yield opened
    await opened.close()


async def test_it_connects_and_says_where_it_is(connection: Any) -> None:
    assert connection.get_server_version()[0] == 15
    assert connection.get_settings().server_encoding == "UTF8"
    assert await connection.fetchval("SELECT current_database()") == "default"


async def test_all_types_and_nulls_come_back_as_sent(connection: Any) -> None:
    await connection.execute(scenario.create_types("typed"))
    marks = ", ".join(f"${n}" for n in range(1, len(scenario.ROW) + 1))
    await connection.executemany(f"INSERT INTO typed VALUES ({marks})", [scenario.VALUES, scenario.NULLS])
    found = await connection.fetch("SELECT * FROM typed ORDER BY i4")
    assert [list(row.values()) for row in found] == [scenario.VALUES, scenario.NULLS]
    statement = await connection.prepare("SELECT * FROM typed")
    names = {"boolean": "bool", "smallint": "int2", "integer": "int4", "bigint": "int8", "real": "float4",
             "double precision": "float8", "integer[]": "int4[]", "numeric(12,4)": "numeric",
             "varchar(20)": "varchar"}  # fmt: skip
    told = [attribute.type.name for attribute in statement.get_attributes()]
    assert told == [names.get(typed.type, typed.type) for typed in scenario.ROW]


async def test_a_varchar_is_told_as_varchar(connection: Any) -> None:
    statement = await connection.prepare("SELECT 'x'::varchar(20)")
    assert [attribute.type.name for attribute in statement.get_attributes()] == ["varchar"]


async def test_json_comes_as_text_and_as_the_client_decodes_it(connection: Any) -> None:
    assert await connection.fetchval("SELECT $1::jsonb", '{"a": 1}') == '{"a": 1}'


async def test_parameter_types_are_told_before_execution(connection: Any) -> None:
    await connection.execute("CREATE TABLE told (id integer, day date, price numeric(8,2), tags text[])")
    statement = await connection.prepare("SELECT * FROM told WHERE id = $1 AND day > $2 AND price < $3 AND tags = $4")
    assert [p.name for p in statement.get_parameters()] == ["int4", "date", "numeric", "text[]"]
    with pytest.raises(asyncpg.DataError):
        await statement.fetch("not a number", None, None, None)


async def test_lists_bind_as_arrays(connection: Any) -> None:
    query = "SELECT i FROM generate_series(1, 5) AS g(i) WHERE i = ANY($1::int[]) ORDER BY i"
    assert [row["i"] for row in await connection.fetch(query, [2, 4, 9])] == [2, 4]


async def test_records_and_composites_are_decoded(connection: Any) -> None:
    record = await connection.fetchval("SELECT ROW(1, 'x', NULL)")
    assert tuple(record) == (1, "x", None)


@pytest.mark.parametrize(("sql", "state"), scenario.ERRORS)
async def test_errors_are_the_exception_of_their_sqlstate(connection: Any, sql: str, state: str) -> None:
    await connection.execute(scenario.CREATE_GUARDED)
    with pytest.raises(asyncpg.PostgresError) as caught:
        await connection.fetch(sql)
    assert caught.value.sqlstate == state
    assert await connection.fetchval("SELECT 1") == 1


async def test_a_transaction_is_all_or_nothing(connection: Any) -> None:
    await connection.execute("CREATE TABLE moved (n integer)")
    with pytest.raises(asyncpg.UndefinedColumnError):  # noqa: PT012 the block is what is tested
        async with connection.transaction():
            await connection.execute("INSERT INTO moved VALUES (1)")
            await connection.execute("SELECT broken")
    assert await connection.fetchval("SELECT count(*) FROM moved") == 0
    async with connection.transaction():
        await connection.execute("INSERT INTO moved VALUES (1)")
        async with connection.transaction():
            await connection.execute("INSERT INTO moved VALUES (2)")
    assert await connection.fetchval("SELECT count(*) FROM moved") == 2


@pytest.mark.parametrize("isolation", ["serializable", "repeatable_read"])
async def test_isolation_levels_and_read_only(connection: Any, isolation: str) -> None:
    async with connection.transaction(isolation=isolation, readonly=True):
        assert await connection.fetchval("SHOW transaction_isolation") == isolation.replace("_", " ")


async def test_a_prepared_statement_is_used_again_after_the_table_changed(connection: Any) -> None:
    await connection.execute("CREATE TABLE changing (n integer)")
    await connection.execute("INSERT INTO changing VALUES (1)")
    assert [tuple(row) for row in await connection.fetch("SELECT * FROM changing")] == [(1,)]
    await connection.execute("ALTER TABLE changing ADD COLUMN t text")
    assert [tuple(row) for row in await connection.fetch("SELECT * FROM changing")] == [(1, None)]


async def test_the_large_result_comes_whole_and_through_a_cursor(connection: Any) -> None:
    assert sum(row["i"] for row in await connection.fetch(scenario.LARGE)) == scenario.LARGE_SUM
    async with connection.transaction():
        total = 0
        async for row in connection.cursor(scenario.LARGE, prefetch=5000):
            total += row["i"]
        cursor = await connection.cursor("SELECT i FROM generate_series(1, 100) AS g(i)")
        assert await cursor.forward(10) == 10
        assert (await cursor.fetchrow())["i"] == 11
    assert total == scenario.LARGE_SUM


async def test_copy_in_and_out(connection: Any) -> None:
    await connection.execute("CREATE TABLE copied (n integer, t text)")
    records = [(n, None if n % 3 == 0 else f"t{n}") for n in range(1000)]
    assert await connection.copy_records_to_table("copied", records=records) == "COPY 1000"
    out = io.BytesIO()
    assert await connection.copy_from_table("copied", output=out, format="csv") == "COPY 1000"
    assert out.getvalue().splitlines()[:2] == [b"0,", b"1,t1"]
    out.seek(0)
    assert await connection.copy_to_table("copied", source=out, format="csv") == "COPY 1000"
    query_out = io.BytesIO()
    await connection.copy_from_query("SELECT count(*) FROM copied WHERE n < $1", 10, output=query_out)
    assert query_out.getvalue() == b"20\n"


async def test_a_timeout_cancels_the_statement(connection: Any) -> None:
    with pytest.raises(TimeoutError):
        await connection.fetch(scenario.ENDLESS, timeout=0.5)
    assert await connection.fetchval("SELECT 1") == 1


async def test_a_pool_resets_what_the_last_user_set(server: SqlServerProcess) -> None:
    async with asyncpg.create_pool(server.url(), min_size=1, max_size=4) as pool:
        async with pool.acquire() as one:
            await one.execute("SET statement_timeout = '5s'")
        values = await asyncio.gather(*(pool.fetchval("SHOW statement_timeout") for _ in range(20)))
    assert set(values) == {"0"}


async def test_enums_are_introspected(connection: Any) -> None:
    await connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
    assert await connection.fetchval("SELECT 'ok'::mood") == "ok"
    assert await connection.fetchval("SELECT ARRAY['ok'::mood, NULL]") == ["ok", None]


async def test_means_and_mark(connection: Any, endpoint: EndpointProcess) -> None:
    notices: list[str] = []
    connection.add_log_listener(lambda _connection, message: notices.append(message.message))
    for statement in scenario.PRODUCTS:
        await connection.execute(statement)
    assert [tuple(row) for row in await connection.fetch(scenario.MEANS)] == scenario.MEANS_ROWS
    asked = await connection.fetch("SELECT id FROM products WHERE description MEANS $1 ORDER BY id", "eco-friendly")
    assert [row["id"] for row in asked] == [1, 3]
    assert await connection.execute(scenario.MARK) == "MARK 1"
    endpoint.reset()
    assert [tuple(row) for row in await connection.fetch(scenario.MEANS)] == scenario.MEANS_ROWS
    assert scenario.injected(endpoint) == [1, 1, 1]
    await asyncio.sleep(0)
    assert any("Injected 1 training examples" in notice for notice in notices)
