"""The requests of this machine's own commands (``sqlserver run``, ``sqlserver db``), over the ordinary wire port.

A client that brings the owner's token as startup parameter ``sqlserver.token`` gets a ``ControlSession`` instead of a
SQL session: each simple query is one request as JSON, its rows are the reply, notices and errors are the protocol's.
So the commands need no second port, and cancel and disconnect work as everywhere. With ``sqlserver.session=sql`` it
gets a SQL session after all, without a password, as an administrator.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import pyarrow as pa

from sqlserver.app.cascade_run import CascadeRunner
from sqlserver.app.entry import TOKEN_PARAMETER, shows_token
from sqlserver.core import pgtypes
from sqlserver.core.client_session import (
    BoundParameter,
    ClientSession,
    Deliver,
    IdleLimit,
    SessionFactory,
    StartupRequest,
    StatementDescription,
    TransactionStatus,
)
from sqlserver.core.errors import FeatureNotSupported, InvalidAuthorization, ProtocolViolation, ServerError
from sqlserver.core.notice import NoticeSink
from sqlserver.core.output_style import OutputStyle
from sqlserver.core.result import Column, CommandTag, Result, rows_of
from sqlserver.session.running import Running
from sqlserver.store.migrations import Migrations

SESSION_PARAMETER = "sqlserver.session"

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ControlParts:
    cascades: CascadeRunner
    migrations: Migrations


class ControlSessions:
    """A ``SessionFactory`` in front of the SQL sessions' own."""

    def __init__(self, sessions: SessionFactory, parts: ControlParts, token: str) -> None:
        self._sessions = sessions
        self._parts = parts
        self._token = token

    async def open_session(self, request: StartupRequest, notices: NoticeSink) -> ClientSession:
        if TOKEN_PARAMETER not in request.options:
            return await self._sessions.open_session(request, notices)
        if not shows_token(request, self._token):
            raise InvalidAuthorization("the token is not this server's")
        if request.options.get(SESSION_PARAMETER) == "sql":
            own = (TOKEN_PARAMETER, SESSION_PARAMETER)
            options = {name: value for name, value in request.options.items() if name not in own}
            return await self._sessions.open_session(replace(request, options=options), notices)
        return ControlSession(self._parts, request.user, notices)


class ControlSession:
    """Implements ``ClientSession`` for simple queries alone; the extended protocol is refused."""

    def __init__(self, parts: ControlParts, user: str, notices: NoticeSink) -> None:
        self._parts = parts
        self._user = user
        self._notices = notices
        self._running = Running(lambda: None)
        self._requests: Mapping[str, Callable[[Mapping[str, Any]], Awaitable[list[Row]]]] = {
            "run_cascade": self._run_cascade,
            "migration_status": self._migration_status,
            "migrate": self._migrate,
        }

    transaction_status = TransactionStatus.IDLE

    def parameters(self) -> Mapping[str, str]:
        return {"client_encoding": "UTF8", "server_encoding": "UTF8", "standard_conforming_strings": "on"}

    def output_style(self) -> OutputStyle:
        return OutputStyle()

    def idle_limit(self) -> IdleLimit | None:
        return None

    async def simple_query(self, sql: str, deliver: Deliver) -> None:
        try:
            request = json.loads(sql)
            handler = self._requests[request["do"]]
        except (ValueError, KeyError, TypeError):
            raise ProtocolViolation("not a control request") from None
        self._running.start(None)
        try:
            rows = await self._running.run(_coroutine(handler(request)))
        finally:
            self._running.finish()
        await deliver(_result(rows))

    async def _run_cascade(self, request: Mapping[str, Any]) -> list[Row]:
        answer = await self._parts.cascades.run_text(
            request["text"],
            request["path"],
            request["inputs"],
            session_id=request["session_id"],
            db_user=self._user,
            notify=self._notices,
        )
        return [{"output": answer.output, "trace_id": answer.trace_id}]

    async def _migration_status(self, _: Mapping[str, Any]) -> list[Row]:
        return [
            {"name": row.name, "state": row.state, "applied_at": row.applied_at}
            for row in await self._parts.migrations.status()
        ]

    async def _migrate(self, request: Mapping[str, Any]) -> list[Row]:
        await self._parts.migrations.migrate()
        return await self._migration_status(request)

    async def parse(self, name: str, sql: str, parameter_oids: Sequence[int]) -> None:
        _refuse()

    async def describe_statement(self, name: str) -> StatementDescription:
        _refuse()

    async def bind(self, portal: str, statement: str, parameters: Sequence[BoundParameter]) -> None:
        _refuse()

    async def describe_portal(self, name: str) -> tuple[Column, ...] | None:
        _refuse()

    async def execute(self, portal: str) -> Result:
        _refuse()

    async def close_statement(self, name: str) -> None:
        """There are none."""

    async def close_portal(self, name: str) -> None:
        """There are none."""

    async def sync(self) -> None:
        """There is no transaction."""

    async def fail(self) -> None:
        self._running.finish()

    def cancel(self, fault: ServerError | None = None) -> None:
        self._running.stop(fault)

    async def close(self) -> None:
        self._running.stop()


async def _coroutine(work: Awaitable[list[Row]]) -> list[Row]:
    return await work


def _refuse() -> NoReturn:
    raise FeatureNotSupported("a control session takes simple queries only")


def _result(rows: list[Row]) -> Result:
    """All columns are text, named by the first row."""
    names = list(rows[0]) if rows else []
    columns = tuple(Column(name, pgtypes.TEXT) for name in names)
    table = pa.table({name: pa.array([str(row[name]) for row in rows], pa.string()) for name in names})

    return Result(CommandTag("SELECT", counts_rows=True), columns, rows_of(*table.to_batches()))
