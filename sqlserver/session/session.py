"""One connection's session: the ``ClientSession`` that the front ends drive.

Holds the state a connection has (settings, transaction, prepared statements, portals) and hands every statement to
``pipeline.run``. All methods run on the event loop, one at a time, but for ``cancel``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial

import pyarrow as pa

from sqlserver.core.client_session import BoundParameter, Deliver, IdleLimit, StatementDescription, TransactionStatus
from sqlserver.core.errors import ChangedResultType, QueryCanceled, ServerError, SyntaxFault
from sqlserver.core.output_style import OutputStyle
from sqlserver.core.result import Column, CommandTag, Result, Rows
from sqlserver.session.copy_sinks import ending_with
from sqlserver.session.describe import NOT_KEPT, check_statement, described
from sqlserver.session.pipeline import run_statement
from sqlserver.session.prepared import Portal, Prepared
from sqlserver.session.settings_in_use import SettingsInUse
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.transaction_commands import ends_failed_block, is_transaction_command


class Session:
    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._closed = False
        self._reported_settings: Mapping[str, str] = {}
        self._parameters: Mapping[str, str] = {}
        self._in_use = SettingsInUse(state.settings)

    @property
    def session_id(self) -> str:
        return self._state.session_id

    @property
    def transaction_status(self) -> TransactionStatus:
        return self._state.transaction.status

    def parameters(self) -> Mapping[str, str]:
        reported = self._state.settings.reported()
        if reported is not self._reported_settings:
            self._reported_settings = reported
            self._parameters = {**reported, "session_authorization": self._state.db_user}
        return self._parameters

    def output_style(self) -> OutputStyle:
        return self._in_use.output_style()

    def idle_limit(self) -> IdleLimit | None:
        return self._in_use.idle_limit(in_block=self.transaction_status is not TransactionStatus.IDLE)

    async def simple_query(self, sql: str, deliver: Deliver) -> None:
        state = self._state
        state.running.text = sql
        await state.prepared.drop_unnamed()
        statements = await state.reader.read(sql)
        if not statements:
            await deliver(Result(CommandTag(""), empty_query=True))
        alone = len(statements) == 1
        for statement in statements:
            last = statement is statements[-1]
            await deliver(await self._run(statement, (), alone=alone, ends_unit=last))

    async def parse(self, name: str, sql: str, parameter_oids: Sequence[int]) -> None:
        if not name:
            self._state.prepared.remove(name)
        statements = await self._state.reader.read(sql)
        if len(statements) > 1:
            raise SyntaxFault("cannot insert multiple commands into a prepared statement")
        statement = statements[0] if statements else None
        if statement is not None:
            self._refuse_if_failed(statement)
            try:
                check_statement(self._state, statement)
            except ServerError as error:
                statement.place(error)
                raise
        self._state.prepared.add(name, Prepared(statement, tuple(parameter_oids)))

    async def describe_statement(self, name: str) -> StatementDescription:
        return await self._description(self._state.prepared.statement(name))

    async def _description(self, prepared: Prepared) -> StatementDescription:
        if prepared.description is not None:
            return prepared.description
        description = await self._described(prepared)
        if prepared.statement is None or prepared.statement.verb not in NOT_KEPT:
            prepared.description = description
        return description

    async def bind(self, portal: str, statement: str, parameters: Sequence[BoundParameter]) -> None:
        prepared = self._state.prepared.statement(statement)
        if prepared.statement is not None:
            self._refuse_if_failed(prepared.statement)
        prepared.check_count(statement, len(parameters))
        await self._state.prepared.open(portal, Portal(prepared, tuple(parameters)))

    async def describe_portal(self, name: str) -> tuple[Column, ...] | None:
        portal = self._state.prepared.portal(name)
        return (await self._description(portal.prepared)).columns

    async def execute(self, portal: str) -> Result:
        opened = self._state.prepared.portal(portal)
        if opened.result is not None:
            # The time limit is each Execute's own, as in PostgreSQL: what lies between is the client's.
            self._state.running.start(self._state.settings.seconds("statement_timeout"))
            return opened.result
        statement = opened.prepared.statement
        if statement is None:
            opened.result = Result(CommandTag(""), empty_query=True)
        else:
            self._state.running.text = statement.source or statement.text
            result = await self._run(statement, opened.parameters, alone=False, ends_unit=False)
            await _refuse_changed(opened.prepared.description, result)
            opened.result = result
        return opened.result

    async def close_statement(self, name: str) -> None:
        self._state.prepared.remove(name)

    async def close_portal(self, name: str) -> None:
        await self._state.prepared.close(name)

    async def sync(self) -> None:
        self._state.running.finish()
        if not self._state.transaction.open or self.transaction_status is TransactionStatus.IDLE:
            await self._state.prepared.close_all()
        await self._state.transaction.end_implicit()

    async def fail(self) -> None:
        self._state.running.finish()
        await self._state.prepared.close_all()
        await self._state.transaction.fail()

    def cancel(self, fault: ServerError | None = None) -> None:
        self._state.running.stop(fault)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._state.running.stop()
        await self._state.prepared.close_all()
        await self._state.close()

    async def _run(
        self, statement: Statement, parameters: Sequence[BoundParameter], *, alone: bool, ends_unit: bool
    ) -> Result:
        """A statement up to its first rows, or to its end. ``alone``: the engine may end its transaction by itself;
        ``ends_unit``: the implicit transaction ends with it, before its command tag is sent."""
        result = await self._start(statement, parameters, alone=alone)
        if result.rows is not None and not result.rows.complete:
            rows = result.rows
            result.rows = Rows(self._watched(rows, statement, ends_unit))
            result.rows.when_done(rows.close).when_done(self._stopped)
        elif result.copy_in is not None:
            result.copy_in = ending_with(result.copy_in, self._state.running, partial(self._finish, ends_unit))
        else:
            await self._finish(ends_unit)
        return result

    async def _start(self, statement: Statement, parameters: Sequence[BoundParameter], *, alone: bool) -> Result:
        state = self._state
        self._refuse_if_failed(statement)
        state.running.start(state.settings.seconds("statement_timeout"))
        try:
            return await run_statement(state, statement, parameters, alone=alone)
        except ServerError as error:
            state.running.finish()
            raise self._told(error, statement) from error.__cause__
        except BaseException:
            state.running.finish()
            raise

    async def _watched(self, rows: Rows, statement: Statement, ends_unit: bool) -> AsyncIterator[pa.RecordBatch]:
        """The rows, the statement counted as running until they are drained."""
        running = self._state.running
        try:
            while (batch := await rows.take()) is not None:
                running.check()
                yield batch
        except ServerError as error:
            raise self._told(error, statement) from error.__cause__
        running.finish()
        if ends_unit:
            await self._state.transaction.end_implicit()

    async def _stopped(self) -> None:
        self._state.running.finish()

    def _told(self, error: ServerError, statement: Statement) -> ServerError:
        """The error as the client is told it: who stopped the statement, and where in the client's own text."""
        if isinstance(error, QueryCanceled):
            return self._state.running.explained(error)
        statement.place(error)
        return error

    async def _finish(self, ends_unit: bool) -> None:
        self._state.running.finish()
        if ends_unit:
            await self._state.transaction.end_implicit()

    async def _described(self, prepared: Prepared) -> StatementDescription:
        if prepared.statement is None:
            return StatementDescription((), None)
        try:
            return await described(self._state, prepared.statement, prepared.parameter_oids)
        except ServerError as error:
            prepared.statement.place(error)
            raise

    def _refuse_if_failed(self, statement: Statement) -> None:
        if not (is_transaction_command(statement.words) and ends_failed_block(statement.words)):
            self._state.transaction.refuse_if_failed()


async def _refuse_changed(described: StatementDescription | None, result: Result) -> None:
    """A table may have changed since the client was told the columns; rows of another shape would be misread."""
    if described is None or described.columns is None or result.columns is None:
        return
    if [column.type.oid for column in described.columns] != [column.type.oid for column in result.columns]:
        if result.rows is not None:
            await result.rows.close()
        raise ChangedResultType("cached plan must not change result type")
