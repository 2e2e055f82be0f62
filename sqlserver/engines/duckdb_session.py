"""One client session on DuckDB: a cursor, its transaction, its temporary tables.

Assumes statements arrive one at a time, as text of one statement; it reaches DuckDB byte for byte. After an error in a
transaction every statement but its end is refused (25P02), also where DuckDB itself would go on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from sqlserver.catalog.objects import ConstraintObject
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.declared import Declared
from sqlserver.core.errors import AdminShutdown, FailedTransaction, QueryCanceled, ServerError, SyntaxFault
from sqlserver.core.pgtypes import NUMERIC
from sqlserver.core.result import Column, Rows
from sqlserver.core.roles import Authority
from sqlserver.engines.declared_constraints import read_declared
from sqlserver.engines.duckdb_access import Inspection
from sqlserver.engines.duckdb_catalog import PrivateTables, Relation, ServerObjects
from sqlserver.engines.duckdb_constraints import read_constraints
from sqlserver.engines.duckdb_description import binder
from sqlserver.engines.duckdb_errors import read_fault, server_error
from sqlserver.engines.duckdb_execution import Execution
from sqlserver.engines.duckdb_lockdown import literal
from sqlserver.engines.duckdb_session_access import SessionAccess
from sqlserver.engines.duckdb_stream import BatchStream
from sqlserver.engines.duckdb_violations import is_violation, name_violation, target_of
from sqlserver.engines.duckdb_worker import Worker
from sqlserver.engines.engine import Description, EngineResult, ParsedStatement, StatementKind
from sqlserver.engines.relation_columns import RelationsSeen
from sqlserver.engines.statement_memory import StatementMemory
from sqlserver.engines.user_types import SessionTypes
from sqlserver.sql.column_origins import column_origins

if TYPE_CHECKING:
    from sqlserver.engines.duckdb_database import DuckDBDatabase

T = TypeVar("T")

_MAKES_TEMPORARY = frozenset({StatementKind.CREATE, StatementKind.CREATE_TABLE_AS})
_CHANGES_FUNCTIONS = frozenset({StatementKind.CREATE, StatementKind.DROP})


class DuckDBSession:
    """A SessionEngine. Made by ``DuckDBDatabase.session()``, used on one event loop."""

    def __init__(self, database: DuckDBDatabase, authority: Authority) -> None:
        self._database = database
        self._access = SessionAccess(database, authority)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._worker = Worker(database.threads, self._stop)
        self._stream: BatchStream | None = None
        self._memory = StatementMemory(database.changes)
        self._private_catalog = PrivateTables()
        self._relations = RelationsSeen()
        self._types = SessionTypes(database.user_types)
        self._has_temporary = False
        self._closed = False
        self._dropped_later: list[str] = []
        self.in_transaction = False
        self.transaction_failed = False

    def parse(self, sql: str) -> tuple[ParsedStatement, ...]:
        """SyntaxFault (42601) with the character position in ``sql``, from 1."""
        return self._database.parser.parse(sql)

    def can_parse(self, sql: str) -> bool:
        return self._database.parser.can_parse(sql)

    def function_exists(self, name: str) -> bool:
        """Whether a function or macro of this name (any case) can be called."""
        return name.lower() in self._database.functions

    async def execute(self, sql: str, parameters: Sequence[BoundParameter] = ()) -> EngineResult:
        """Runs one statement. Rows of a query stream; everything else has run to its end when this returns.

        Raises 25P02 in a failed transaction, 57014 when interrupted, 42501 for what the lock forbids.
        """
        statement = self._one(sql)
        if statement.kind is StatementKind.TRANSACTION:
            return await self._transaction(statement)
        self._refuse_failed()
        try:
            self._database.guard.check(statement)
            inspection = self._access.inspection(statement, self.in_transaction)
        except ServerError:
            self.transaction_failed = self.in_transaction
            raise
        try:
            return await self._call(lambda connection: self._run(connection, statement, parameters, inspection), sql)
        finally:
            self._memory.ran(statement)
            if not self.in_transaction:
                self._memory.transaction_ended()
            if statement.kind in _MAKES_TEMPORARY and "temp" in statement.text[:100].lower():
                self._has_temporary = True

    async def describe(self, sql: str, parameter_oids: Sequence[int] = ()) -> Description:
        """Types of parameters and columns without running the statement (PIVOT alone must be run to know them)."""
        statement = self._one(sql)
        if statement.kind is StatementKind.TRANSACTION:
            return Description((), None)
        self._refuse_failed()
        inspection = self._access.inspection(statement, self.in_transaction, runs=False)
        memory = self._memory.of(statement)
        key = tuple(parameter_oids)
        if memory is not None and key in memory.descriptions:
            return memory.descriptions[key]

        def work(connection: duckdb.DuckDBPyConnection) -> Description:
            self._inspect(connection, inspection)
            description = self._execution(connection).describe(statement, parameter_oids)
            return replace(description, columns=self._with_origins(connection, sql, description.columns))

        description = await self._call(work, sql)
        if memory is not None:
            memory.descriptions[key] = description
        return description

    def _with_origins(
        self, connection: duckdb.DuckDBPyConnection, sql: str, columns: tuple[Column, ...] | None
    ) -> tuple[Column, ...] | None:
        if not columns:
            return columns
        version = self._memory.changes
        origins = column_origins(sql, len(columns), lambda path: self._relations.columns(connection, path, version))
        if origins is None:
            return columns
        return tuple(
            replace(
                column,
                relation=origin.relation,
                number=origin.column,
                typmod=column.typmod if column.type is not NUMERIC or origin.has_modifier else -1,
            )
            for column, origin in zip(columns, origins, strict=True)
        )

    async def binds(self, sql: str) -> bool:
        """Whether every name in a plain query resolves. Nothing runs, and a "no" leaves the transaction as it is:
        a relation object is bound alone, where a statement that cannot be bound would abort the transaction."""
        self._refuse_failed()

        def bound(connection: duckdb.DuckDBPyConnection) -> bool:
            try:
                connection.sql(sql)
            except (duckdb.BinderException, duckdb.CatalogException):
                return False
            return True

        return await self._call(bound, sql, fails=False)

    @property
    def catalog_version(self) -> int:
        """Grows with whatever may change what names mean."""
        return self._memory.changes

    @property
    def catalog_private(self) -> bool:
        """Whether this session reads the emulated catalog under private names: see ``duckdb_catalog``."""
        return self.in_transaction or self._has_temporary

    async def prepare_catalog(
        self,
        relations: Collection[Relation],
        server: ServerObjects,
        names: Collection[tuple[str, str]] = (),
        statement: str = "",
    ) -> None:
        """Makes the emulated catalog's tables for the next statement; ``statement``: it reads nothing else. 42P01 for
        one of ``names`` that is not there."""
        if statement:
            self._memory.vouch(statement)
        own = self._has_temporary or self._memory.changed_here
        changes = self._memory.changes
        catalog = self._database.catalog

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            if not self.catalog_private:
                snapshot = catalog.prepare(relations, changes, server)
            else:
                tables = self._private_catalog
                shown = tables.own(connection, changes, server) if own else catalog.current(changes, server)
                snapshot = tables.prepare(connection, relations, shown)
            snapshot.check(names)

        await self._call(work, "")

    async def declared(self) -> tuple[Declared, ...]:
        """What tables were declared with beside what DuckDB keeps, as this transaction sees it."""
        changes, own = self._memory.changes, self._memory.changed_here
        known = None if own else self._database.declared.at(changes)
        if known is None:
            known = await self._call(read_declared, "", fails=False)
            if not self.in_transaction:
                self._database.declared.keep(changes, known)
        return known

    async def committed_constraints(self, table: Sequence[str]) -> tuple[ConstraintObject, ...]:
        """Of one table, as others see it; also when the transaction has failed."""

        def work() -> tuple[ConstraintObject, ...]:
            cursor = self._database.cursor(self._access.user)
            try:
                return read_constraints(cursor, table)
            finally:
                cursor.close()

        return await self._worker.call(work)

    async def declare(self, changes: Sequence[str]) -> None:
        """Changes that, inside a transaction: statements over the table that holds it."""

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            for sql in changes:
                connection.execute(sql)

        await self._call(work, "")
        self._memory.changed()

    async def load_table(self, name: str, table: Any) -> None:
        """A relation of this session alone over a pyarrow Table (0.5 ms; a temporary table takes 1.2 to 2.2 ms).

        The name is taken again by a later call and hides a table of the same name. A rollback drops it.
        """
        await self._call(lambda connection: connection.register(name, table), "")

    async def drop_table(self, name: str) -> None:
        """Frees what ``load_table`` made; in a failed transaction its end does so."""
        if self.transaction_failed:
            self._dropped_later.append(name)
        else:
            await self._call(lambda connection: connection.unregister(name), "")

    async def begin(self) -> None:
        """25001 inside a transaction."""
        await self._transact(self._access.begins())
        self.in_transaction = True

    async def commit(self) -> bool:
        """False where the transaction had failed and was rolled back instead. 40001 on a conflict, 25P01 outside."""
        if self.transaction_failed:
            await self.rollback()
            return False
        try:
            await self._transact("COMMIT")
        finally:
            self._memory.transaction_ended()
            self._private_catalog.forget()
            # DuckDB rolls a transaction back whose commit fails.
            self.in_transaction = self.transaction_failed = False
        return True

    async def rollback(self) -> None:
        """25P01 outside a transaction."""
        await self._transact("ROLLBACK")
        self._memory.transaction_ended()
        self._private_catalog.forget()
        self.in_transaction = self.transaction_failed = False
        while self._dropped_later:
            await self.drop_table(self._dropped_later.pop())

    async def set_time_zone(self, zone: str) -> None:
        """For casts between text and timestamps; results are shown in their own way."""
        await self._transact(f"SET TimeZone = {literal(zone)}")

    async def set_search_path(self, schemas: Sequence[str]) -> None:
        """Those of ``schemas`` that exist; ``public`` where none does."""

        def change(connection: duckdb.DuckDBPyConnection) -> None:
            there = connection.execute(
                "SELECT schema_name FROM system.main.duckdb_schemas() WHERE database_name = current_database()"
            ).fetchall()
            path = [name for name in schemas if (name,) in there] or ["public"]
            connection.execute(f"SET search_path = {literal(self._database.search_path(path))}")

        await self._call(change, "", fails=False)
        self._memory.forget()

    async def resume(self) -> bool:
        """After an error in a transaction: whether it can go on. DuckDB gives a transaction up when a statement fails
        while it runs, not when one cannot be bound."""
        self.transaction_failed = False
        try:
            await self._call(lambda connection: connection.execute("SELECT 1").fetchall(), "")
        except QueryCanceled:
            raise
        except ServerError:
            return False
        return True

    def interrupt(self) -> None:
        """Stops the call that runs now (57014), or the rows that are still to come of an open result."""
        self._worker.interrupt()
        if self._stream is not None and self._stream.open:
            self._stop()

    async def close(self) -> None:
        """Stops what runs, rolls back and frees the cursor. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._worker.interrupt()
        await self._worker.call(self._close_connection)
        self._database.forget(self)

    def _one(self, sql: str) -> ParsedStatement:
        statements = self._database.parser.parse(sql)
        if len(statements) != 1:
            raise SyntaxFault(
                "cannot insert multiple commands into a prepared statement" if statements else "there is no statement"
            )
        return statements[0]

    def _refuse_failed(self) -> None:
        if self.transaction_failed:
            raise FailedTransaction("current transaction is aborted, commands ignored until end of transaction block")

    async def _transaction(self, statement: ParsedStatement) -> EngineResult:
        tag = statement.tag
        if tag == "COMMIT":
            tag = "COMMIT" if await self.commit() else "ROLLBACK"
        elif tag == "ROLLBACK":
            await self.rollback()
        else:
            await self.begin()
        return EngineResult(statement.kind, None, None, None, tag)

    def _inspect(self, connection: duckdb.DuckDBPyConnection, inspection: Inspection | None) -> None:
        self._access.inspect(
            connection,
            inspection,
            self.in_transaction,
            lambda sql: binder(connection, sql)(None).writes,
            changed=self._memory.defined_here,
        )

    async def _transact(self, sql: str) -> None:
        await self._call(lambda connection: connection.execute(sql), sql, fails=False)

    async def _call(self, work: Callable[[duckdb.DuckDBPyConnection], T], sql: str, *, fails: bool = True) -> T:
        """One hop: an open result is set aside, errors become ServerError and fail the transaction."""

        def run() -> T:
            connection = self._connected()
            if self._stream is not None:
                self._stream.set_aside()
                self._stream = None
            return work(connection)

        return await self._translated(run, sql, fails=fails)

    async def _translated(self, run: Callable[[], T], sql: str, *, fails: bool = True) -> T:
        if self._closed:
            raise AdminShutdown("the session is closed")
        try:
            return await self._worker.call(run)
        except (duckdb.Error, OSError) as error:
            self.transaction_failed = self.transaction_failed or (fails and self.in_transaction)
            told = self._types.name_in(server_error(error, sql))
            if is_violation(told):
                await self._name_violation(told, error, sql)
            raise told from error
        except ServerError as error:
            self.transaction_failed = self.transaction_failed or (fails and self.in_transaction)
            self._types.name_in(error)
            raise
        except BaseException:
            self.transaction_failed = self.transaction_failed or (fails and self.in_transaction)
            raise

    async def _name_violation(self, told: ServerError, error: BaseException, sql: str) -> None:
        target = target_of(sql)
        if target is not None:
            objects = await self._worker.call(lambda: self._database.catalog.committed(self._memory.changes))
            name_violation(told, read_fault(error).message, target, objects)

    def _connected(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = self._database.cursor(self._access.user)
        return self._connection

    def _stop(self) -> None:
        if self._connection is not None:
            self._connection.interrupt()

    def _close_connection(self) -> None:
        if self._stream is not None:
            self._stream.stop()
        if self._connection is not None:
            self._connection.close()

    def _run(
        self,
        connection: duckdb.DuckDBPyConnection,
        statement: ParsedStatement,
        parameters: Sequence[BoundParameter],
        inspection: Inspection | None,
    ) -> EngineResult:
        self._inspect(connection, inspection)
        begun = self._execution(connection).begin(statement, parameters)
        if statement.kind in _CHANGES_FUNCTIONS and statement.tag.endswith(("FUNCTION", "MACRO")):
            self._database.refresh_functions(connection)
        if begun.columns is None:
            return EngineResult(statement.kind, None, None, begun.affected, statement.tag)
        return self._streamed(statement, begun.columns, begun.reader)

    def _execution(self, connection: duckdb.DuckDBPyConnection) -> Execution:
        own = self._has_temporary or self._memory.changed_here
        return Execution(connection, self._memory, self._types.asked(connection, self._memory.changes, own=own))

    def _streamed(self, statement: ParsedStatement, columns: tuple[Column, ...], reader: Any) -> EngineResult:
        stream = BatchStream(reader, lambda work: self._translated(work, statement.text))
        stream.fetch_first()
        self._stream = stream if stream.open else None
        return EngineResult(statement.kind, columns, Rows(stream, complete=not stream.open), None, statement.tag)
