"""A real store and a real DuckDB session, and the short road between them that tests of commands and relations take."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest
import pytest_asyncio

from sqlserver.commands import find_command
from sqlserver.commands.command import CommandContext
from sqlserver.commands.transaction_marks import TransactionMarks
from sqlserver.config.users_file import UsersFile
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import ServerError
from sqlserver.core.identity import canonical_json, inputs_text, uuid7
from sqlserver.core.notice import Notice
from sqlserver.core.result import Result
from sqlserver.engines.duckdb_database import DuckDBDatabase, DuckDBSettings
from sqlserver.engines.duckdb_session import DuckDBSession
from sqlserver.execute.log_relations import log_query_result, materialise, release
from sqlserver.execute.semantic_plan import read_table
from sqlserver.plan.log_relations import plan_log_relations
from sqlserver.sql.split import leading_words
from sqlserver.store.clickhouse import ClickHouseTarget
from sqlserver.store.log_store import LogStore


@dataclass
class LogSession:
    """``reads`` are the ClickHouse queries of the last ``select``."""

    store: LogStore
    engine: DuckDBSession
    marks: TransactionMarks
    users: UsersFile
    db_user: str = "ada"
    notices: list[Notice] = field(default_factory=list)
    last_semantic_caller_id: str | None = None

    async def select(self, sql: str, parameters: Sequence[BoundParameter] = ()) -> pa.Table:
        plan = plan_log_relations(sql, function_exists=self.engine.function_exists)
        if plan is None:
            return await read_table(await self.engine.execute(sql, parameters))
        if plan.clickhouse_sql is not None:
            return await taken(await log_query_result(plan.clickhouse_sql, self.store))
        await materialise(plan, self.store, self.engine, self.marks.overlay, parameters)
        try:
            return await read_table(await self.engine.execute(plan.sql, parameters))
        except ServerError as error:
            error.position = None if error.position is None else plan.client_position(error.position)
            raise
        finally:
            await release(plan, self.engine)

    async def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        table = await self.select(sql, bound(values))
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    async def run(self, sql: str, *values: object) -> Result:
        command = find_command(tuple(word.upper() for word in leading_words(sql)), sql)
        assert command is not None, sql
        self.notices.clear()
        context = CommandContext(
            self.select, self.store, self.marks, self.notices.append, "s-1", f"sql-{uuid7()}",
            self.last_semantic_caller_id, self.db_user, self.users,
        )  # fmt: skip
        result = await command.run(command.parse(sql, bound(values)), context)
        assert command.columns(command.parse(sql, None)) == result.columns
        return result

    async def tag(self, sql: str, *values: object) -> str:
        return (await self.run(sql, *values)).tag.render(0)

    def said(self) -> list[str]:
        return [notice.message for notice in self.notices]

    async def log(self, trace_id: str, text: str, output: str, **columns: object) -> None:
        """One answered call of semantic_matches.evaluate, as the server logs it."""
        inputs = {"text": text, "criterion": "eco-friendly"}
        request = canonical_json({"messages": [{"role": "user", "content": inputs_text(inputs)}]})
        row: dict[str, object] = {
            "trace_id": trace_id, "cascade_id": "semantic_matches", "cell_name": "evaluate", "output": output,
            "inputs_json": canonical_json(inputs), "full_request_json": request,
            "content_json": canonical_json({"role": "assistant", "content": output}), "cache_key": f"key-{trace_id}",
        } | columns  # fmt: skip
        await self.store.insert_relation("unified_logs", pa.Table.from_pylist([row]))


def bound(values: Sequence[object]) -> tuple[BoundParameter, ...]:
    return tuple(BoundParameter(value) for value in values)


async def taken(result: Result) -> pa.Table:
    assert result.rows is not None
    batches = []
    while (batch := await result.rows.take()) is not None:
        batches.append(batch)
    assert result.columns is not None
    return pa.Table.from_batches(batches) if batches else pa.table({c.name: pa.array([]) for c in result.columns})


@asynccontextmanager
async def open_session(clickhouse_path: Path, folder: Path) -> AsyncIterator[LogSession]:
    """A store in a database of its own and a DuckDB in memory."""
    target = ClickHouseTarget(path=clickhouse_path, database=f"test_{uuid4().hex}")
    store = await LogStore.open_at(target, folder / "spool", 1 << 30)
    database = DuckDBDatabase.open(None, DuckDBSettings(folder / "files", folder / "temp"))
    engine = database.session()
    yield LogSession(store, engine, TransactionMarks(store), UsersFile(folder))
    await engine.close()
    database.close()
    await store.clickhouse.control(f"DROP DATABASE {target.database} SYNC")
    await store.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_session(embedded_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LogSession]:
    """One for all tests of a module that write nothing; opening a store takes most of a test's time."""
    async with open_session(embedded_path, tmp_path_factory.mktemp("session")) as opened:
        yield opened


@pytest.fixture
async def session(embedded_path: Path, tmp_path: Path) -> AsyncIterator[LogSession]:
    async with open_session(embedded_path, tmp_path) as opened:
        yield opened
