"""A ClientSession with a language of its own, small enough to read at once:

numbers N      N rows of n int4, in batches of ten          set NAME=VALUE   changes a parameter
echo TYPE      one row: the parameter $1                    notice TEXT      a NOTICE, then done
wait           until it is cancelled                        notice-wait      a NOTICE, then wait
fail | bug     a ServerError | an unexpected exception      begin, commit, rollback
wide N         N rows of a long text                        die              57P01
    unfit          done, but the next sync cannot commit
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import pyarrow as pa

from sqlserver.core import pgtypes as pg
from sqlserver.core.client_session import (
    BoundParameter,
    Deliver,
    IdleLimit,
    StartupRequest,
    StatementDescription,
    TransactionStatus,
)
from sqlserver.core.errors import (
    AdminShutdown,
    FailedTransaction,
    InvalidCatalogName,
    InvalidCursorName,
    InvalidStatementName,
    QueryCanceled,
    SerializationFailure,
    ServerError,
    SyntaxFault,
)
from sqlserver.core.notice import Notice, NoticeSink
from sqlserver.core.output_style import OutputStyle
from sqlserver.core.result import Column, CommandTag, Result, Rows

ARROW = {
    "int4": pa.int32(), "int8": pa.int64(), "float8": pa.float64(), "bool": pa.bool_(), "text": pa.string(),
    "bytea": pa.binary(), "date": pa.date32(), "timestamp": pa.timestamp("us"), "uuid": pa.string(),
    "timestamptz": pa.timestamp("us", "UTC"), "numeric": pa.decimal128(38, 10), "time": pa.time64("us"),
    "_int4": pa.list_(pa.int32()), "_text": pa.list_(pa.string()), "jsonb": pa.string(),
}  # fmt: skip
TYPES = {one.name: one for one in pg.BY_OID.values()}


class FakeSession:
    def __init__(self, request: StartupRequest, notices: NoticeSink) -> None:
        self.request = request
        self.notices = notices
        self.transaction_status = TransactionStatus.IDLE
        self.calls: list[str] = []
        self.closed = asyncio.Event()
        self.waiting = asyncio.Event()
        self.rows_made = 0
        self._cancelled: asyncio.Future[None] | None = None
        self._statements: dict[str, tuple[str, tuple[int, ...]]] = {}
        self._portals: dict[str, Result | tuple[str, Sequence[BoundParameter]]] = {}
        self._parameters = {"server_version": "15.0", "client_encoding": "UTF8", "TimeZone": "UTC"} | {
            name: value for name, value in request.options.items() if name == "application_name"
        }

    def parameters(self) -> Mapping[str, str]:
        return self._parameters

    def output_style(self) -> OutputStyle:
        return OutputStyle(self._parameters["TimeZone"])

    def idle_limit(self) -> IdleLimit | None:
        return None

    async def simple_query(self, sql: str, deliver: Deliver) -> None:
        texts = [text.strip() for text in sql.split(";")]
        for text in [one for one in texts if one] or [""]:
            await deliver(await self._run(text, ()))

    async def parse(self, name: str, sql: str, parameter_oids: Sequence[int]) -> None:
        self.calls.append(f"parse {sql}")
        if sql == "fail":
            raise SyntaxFault("syntax error", position=1)
        self._statements[name] = (sql, tuple(parameter_oids))

    async def describe_statement(self, name: str) -> StatementDescription:
        self.calls.append(f"describe {name}")
        sql, oids = self._statement(name)
        word, _, rest = sql.partition(" ")
        types = (TYPES[rest],) if word == "echo" else tuple(pg.BY_OID[oid] for oid in oids)
        return StatementDescription(types, _columns(sql))

    def _statement(self, name: str) -> tuple[str, tuple[int, ...]]:
        if name not in self._statements:
            raise InvalidStatementName(f'prepared statement "{name}" does not exist')
        return self._statements[name]

    async def bind(self, portal: str, statement: str, parameters: Sequence[BoundParameter]) -> None:
        self._portals[portal] = (self._statement(statement)[0], parameters)

    def _portal(self, name: str) -> Result | tuple[str, Sequence[BoundParameter]]:
        if name not in self._portals:
            raise InvalidCursorName(f'portal "{name}" does not exist')
        return self._portals[name]

    async def describe_portal(self, name: str) -> tuple[Column, ...] | None:
        portal = self._portal(name)
        return portal.columns if isinstance(portal, Result) else _columns(portal[0])

    async def execute(self, portal: str) -> Result:
        found = self._portal(portal)
        if not isinstance(found, Result):
            found = self._portals[portal] = await self._run(*found)
        return found

    async def close_statement(self, name: str) -> None:
        self._statements.pop(name, None)

    async def close_portal(self, name: str) -> None:
        self._portals.pop(name, None)

    async def sync(self) -> None:
        self.calls.append("sync")
        if "run unfit" in self.calls:
            self.calls.clear()
            raise SerializationFailure("could not commit")

    async def fail(self) -> None:
        self.calls.append("fail")
        if self.transaction_status is TransactionStatus.ACTIVE:
            self.transaction_status = TransactionStatus.FAILED

    def cancel(self, fault: ServerError | None = None) -> None:
        self.calls.append("cancel")
        if self._cancelled is not None and not self._cancelled.done():
            self._cancelled.set_exception(fault or QueryCanceled())

    async def close(self) -> None:
        self.closed.set()

    async def _run(self, sql: str, parameters: Sequence[BoundParameter]) -> Result:
        self.calls.append(f"run {sql}")
        word, _, rest = sql.partition(" ")
        if self.transaction_status is TransactionStatus.FAILED and word != "rollback":
            raise FailedTransaction("current transaction is aborted, commands ignored until end of transaction block")
        match word:
            case "":
                return Result(CommandTag(""), empty_query=True)
            case "begin" | "commit" | "rollback":
                self.transaction_status = TransactionStatus.ACTIVE if word == "begin" else TransactionStatus.IDLE
            case "set":
                name, _, value = rest.partition("=")
                self._parameters = {**self._parameters, name: value}
            case "notice" | "notice-wait":
                self.notices(Notice(rest or "hello"))
            case "fail":
                raise SyntaxFault("syntax error", detail="there", hint="write better", position=3)
            case "bug":
                raise RuntimeError("secret /etc/path")
            case "die":
                raise AdminShutdown("terminating connection")
            case _:
                pass
        if word.endswith("wait"):
            await self._wait()
        columns = _columns(sql)
        if columns is None:
            return Result(CommandTag(word.upper()))
        return Result(CommandTag("SELECT", counts_rows=True), columns, Rows(self._batches(word, rest, parameters)))

    async def _wait(self) -> None:
        self._cancelled = asyncio.get_running_loop().create_future()
        self.waiting.set()
        await self._cancelled

    async def _batches(
        self, word: str, rest: str, parameters: Sequence[BoundParameter]
    ) -> AsyncIterator[pa.RecordBatch]:
        if word == "echo":
            value = parameters[0].value
            if rest == "_int4" and isinstance(value, str):
                value = [None if item == "NULL" else int(item) for item in value.strip("{}").split(",")]
            array = pa.array([value], pa.string()).cast(ARROW[rest]) if isinstance(value, str) else None
            if array is None:
                array = pa.array([str(value) if rest == "uuid" else value], ARROW[rest])
            yield pa.record_batch([array], ["echo"])
            return
        step = 10 if word == "numbers" else 1000
        for start in range(0, int(rest), step):
            count = min(step, int(rest) - start)
            self.rows_made += count
            numbers = pa.array(range(start, start + count), pa.int32())
            yield pa.record_batch([numbers if word == "numbers" else pa.array(["x" * 1000] * count)], ["n"])


def _columns(sql: str) -> tuple[Column, ...] | None:
    word, _, rest = sql.partition(" ")
    if word == "echo":
        return (Column("echo", TYPES[rest]),)
    return {"numbers": (Column("n", pg.INT4),), "wide": (Column("n", pg.TEXT),)}.get(word)


class FakeFactory:
    """Keeps the sessions it opened; database ``missing`` does not exist."""

    def __init__(self) -> None:
        self.sessions: list[FakeSession] = []

    async def open_session(self, request: StartupRequest, notices: NoticeSink) -> FakeSession:
        if request.database == "missing":
            raise InvalidCatalogName('database "missing" does not exist')
        session = FakeSession(request, notices)
        self.sessions.append(session)
        return session
