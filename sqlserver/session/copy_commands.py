"""COPY: what it reads becomes a query on the ordinary road; what comes in is inserted batch by batch.

All batches are one transaction, so a fault in the middle loads nothing. Rows for a log relation are gathered and go the
way of INSERT, because the store knows no transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import Protocol

import pyarrow as pa

from sqlserver.catalog.semantic_operators import ALL_RELATIONS
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.copy import CopyIn, CopySink, copy_place
from sqlserver.core.errors import (
    FeatureNotSupported,
    InsufficientPrivilege,
    InvalidTextRepresentation,
    ServerError,
    UndefinedColumn,
    UndefinedTable,
)
from sqlserver.core.result import Column, CommandTag, Result
from sqlserver.engines.array_text import parse_array_text
from sqlserver.engines.duckdb_types import pg_type
from sqlserver.execute.semantic_plan import read_table
from sqlserver.session.positions import positions_from, positions_within
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.sql.copy_statement import CopyStatement, parse_copy
from sqlserver.sql.quote import quote_identifier

Run = Callable[[SessionState, Statement, Sequence[BoundParameter]], Awaitable[Result]]
"""The pipeline, for the query inside COPY and for the INSERT into a log relation."""


async def run_copy(state: SessionState, statement: Statement, parameters: Sequence[BoundParameter], run: Run) -> Result:
    """Raises 42501 for a file of the server's, 42601, 42P01, 42703; of the data nothing is read yet."""
    copy = parse_copy(statement.text)
    if copy.file is not None:
        raise _no_files(copy)
    return await (_copy_in if copy.into_table else _copy_out)(state, copy, parameters, run)


def _no_files(copy: CopyStatement) -> ServerError:
    direction, role = ("from", "read") if copy.into_table else ("to", "write")
    return InsufficientPrivilege(
        f"permission denied to COPY {direction} a file",
        hint="Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone."
        + (" Files in the server's files folder are read with read_csv('name.csv')." if role == "read" else ""),
        position=copy.file_start + 1,
    )


async def _copy_out(state: SessionState, copy: CopyStatement, parameters: Sequence[BoundParameter], run: Run) -> Result:
    text, start = copy.query, copy.query_start
    if copy.table is not None:
        listed = ", ".join(map(quote_identifier, copy.columns)) or "*"
        text, start = f"SELECT {listed} FROM {_quoted(copy.table)}", -1
    with positions_from(max(start, 0)):
        statements = await state.reader.read(text)
    if len(statements) != 1:
        raise FeatureNotSupported("COPY takes one query")
    try:
        with positions_within(start, statements[0]):
            result = await run(state, statements[0], parameters)
    except ServerError as error:
        if start < 0:  # the text is the server's own
            error.position = None
        raise
    if result.columns is None:
        raise FeatureNotSupported("COPY query must have a RETURNING clause")
    _check_names(copy.options.force_quote, result.columns, "FORCE_QUOTE")
    return Result(CommandTag("COPY", counts_rows=True), result.columns, result.rows, copy_out=copy.options)


async def _copy_in(state: SessionState, copy: CopyStatement, parameters: Sequence[BoundParameter], run: Run) -> Result:
    table = copy.table or ()
    relation = ALL_RELATIONS.get(table[-1]) if table[:-1] in ((), ("public",)) else None
    if relation is not None and copy.where:
        raise FeatureNotSupported("COPY FROM … WHERE is not supported for log relations")
    if state.settings.flag("transaction_read_only"):
        raise ServerError("cannot execute COPY FROM in a read-only transaction", sqlstate="25006")
    if relation is not None:
        known = {column.name: column.duckdb_type for column in relation.columns}
    else:
        await state.transaction.begin_implicit()
        known = await _types(state, table)
    for name in copy.columns:
        if name not in known:
            raise UndefinedColumn(f'column "{name}" of relation "{table[-1]}" does not exist')
        if copy.columns.count(name) > 1:
            raise ServerError(f'column "{name}" specified more than once', sqlstate="42701")
    types = {name: known[name] for name in copy.columns} if copy.columns else known
    columns = tuple(Column(name, *pg_type(kind)) for name, kind in types.items())
    for option, names in (("FORCE_NULL", copy.options.force_null), ("FORCE_NOT_NULL", copy.options.force_not_null)):
        _check_names(names, columns, option)
    rows = _Rows(state, table[-1], types, state.private_name("copy"))
    sink: CopySink = _TableSink(rows, copy) if relation is None else _LogSink(rows, run)
    return Result(CommandTag("COPY"), copy_in=CopyIn(table[-1], columns, copy.options, sink))


async def _types(state: SessionState, table: Sequence[str]) -> dict[str, str]:
    try:
        found = await read_table(await state.engine.execute(f"DESCRIBE {_quoted(table)}"))
    except ServerError as error:
        error.position = None
        if error.sqlstate == UndefinedTable.sqlstate:
            raise UndefinedTable(f'relation "{".".join(table)}" does not exist') from error
        raise
    return dict(zip(found.column(0).to_pylist(), found.column(1).to_pylist(), strict=True))


def _check_names(names: Collection[str], columns: Sequence[Column], option: str) -> None:
    known = {column.name for column in columns} | {"*"}
    for name in names:
        if name not in known:
            raise UndefinedColumn(f'{option} column "{name}" not referenced by COPY')


_TYPE_NAMES = {
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "TIME WITH TIME ZONE": "time with time zone",
}
"""As PostgreSQL's messages spell what its catalog abbreviates."""


def _quoted(name: Sequence[str]) -> str:
    return ".".join(map(quote_identifier, name))


class _Rows:
    """Batches of a COPY as a relation of this session that statements can read under ``name``."""

    def __init__(self, state: SessionState, table: str, types: dict[str, str], name: str) -> None:
        self.state = state
        self.table = table
        self.types = types
        self.name = name

    def prepared(self, batch: pa.RecordBatch, line: int) -> pa.Table:
        """Arrays, which DuckDB spells otherwise, as lists."""
        columns = []
        for (name, kind), array in zip(self.types.items(), batch.columns, strict=True):
            if kind.endswith("[]") and pa.types.is_string(array.type):
                columns.append(self._lists(array, name, kind, line))
            else:
                columns.append(array)
        return pa.table(columns, names=list(self.types))

    def _lists(self, array: pa.Array, name: str, kind: str, line: int) -> pa.Array:
        arrow_type = pa.string()
        for _ in range(kind.count("[]")):
            arrow_type = pa.list_(arrow_type)
        lists = []
        for at, text in enumerate(array.to_pylist()):
            try:
                lists.append(None if text is None else parse_array_text(text))
            except ServerError as error:
                error.detail = copy_place(self.table, line and line + at, name, text)
                raise
        return pa.array(lists, arrow_type)

    def select_list(self) -> str:
        """The columns in their types, for ``SELECT … FROM name``."""
        listed = []
        for name, kind in self.types.items():
            column = quote_identifier(name)
            listed.append(column if kind == "VARCHAR" else f"CAST({column} AS {kind}) AS {column}")
        return ", ".join(listed)

    async def explain(self, error: ServerError, data: pa.Table, line: int) -> ServerError:
        """``error`` with the place of the first value that its type cannot read, found by asking again."""
        if error.sqlstate not in ("22P02", "22003", "22007", "22008", "22000"):
            return error
        await self.state.transaction.fail()
        numbered = data.append_column("__row", pa.array(range(data.num_rows), pa.int64()))
        await self.state.engine.load_table(self.name, numbered)
        try:
            for name, kind in self.types.items():
                if kind == "VARCHAR" or not pa.types.is_string(data.column(name).type):
                    continue
                column = quote_identifier(name)
                query = (
                    f"SELECT __row, {column} FROM {self.name} WHERE {column} IS NOT NULL "
                    f"AND TRY_CAST({column} AS {kind}) IS NULL ORDER BY __row LIMIT 1"
                )
                found = await read_table(await self.state.engine.execute(query))
                if found.num_rows:
                    row, value = found.column(0)[0].as_py(), found.column(1)[0].as_py()
                    return self._unreadable(error, name, kind, value, line and line + row)
        except ServerError:  # a type that this transaction made is gone with it: the first error has to do
            return error
        finally:
            await self.state.engine.drop_table(self.name)
        return error

    def _unreadable(self, error: ServerError, name: str, kind: str, value: str, line: int) -> ServerError:
        error.detail = copy_place(self.table, line, name, value)
        if error.sqlstate != InvalidTextRepresentation.sqlstate:
            return error
        spelled = _TYPE_NAMES.get(kind, pg_type(kind)[0].name)
        sqlstate = "22007" if kind.startswith(("DATE", "TIME", "INTERVAL")) else error.sqlstate
        message = f'invalid input syntax for type {spelled}: "{value}"'
        return ServerError(message, sqlstate=sqlstate, detail=error.detail)


class _TableSink:
    """Into a table of DuckDB's."""

    def __init__(self, rows: _Rows, copy: CopyStatement) -> None:
        self._rows = rows
        self._copy = copy
        self._count = 0

    async def write(self, rows: pa.RecordBatch, line: int) -> None:
        mine, engine = self._rows, self._rows.state.engine
        mine.state.running.check()
        data = mine.prepared(rows, line)
        await engine.load_table(mine.name, data)
        try:
            result = await engine.execute(self._statement())
        except ServerError as error:
            error.position = self._where_position(error.position)
            raise await mine.explain(error, data, line) from error
        self._count += result.affected or 0

    def _statement(self) -> str:
        mine, table = self._rows, self._copy.table or ()
        listed = ", ".join(map(quote_identifier, mine.types))
        select = f"SELECT {mine.select_list()} FROM {mine.name}"
        if self._copy.where:
            select = f"SELECT * FROM ({select}) AS {quote_identifier(table[-1])} WHERE ({self._copy.where})"
        return f"INSERT INTO {_quoted(table)} ({listed}) {select}"

    def _where_position(self, position: int | None) -> int | None:
        if position is None or not self._copy.where:
            return None
        inside = position - (len(self._statement()) - len(self._copy.where) - 1)
        return inside + self._copy.where_start if inside > 0 else None

    async def finish(self) -> CommandTag:
        self._rows.state.running.check()
        await self._rows.state.engine.drop_table(self._rows.name)
        self._rows.state.transaction.wrote()
        return CommandTag(f"COPY {self._count}")

    async def abort(self) -> None:
        await self._rows.state.transaction.fail()


class _LogSink:
    """Into a log relation, as one INSERT when all rows are there."""

    def __init__(self, rows: _Rows, run: Run) -> None:
        self._rows = rows
        self._run = run
        self._batches: list[pa.Table] = []
        self._first_line = 0

    async def write(self, rows: pa.RecordBatch, line: int) -> None:
        self._rows.state.running.check()
        self._first_line = self._first_line or line
        self._batches.append(self._rows.prepared(rows, line))

    async def finish(self) -> CommandTag:
        mine = self._rows
        if not self._batches:
            return CommandTag("COPY 0")
        data = pa.concat_tables(self._batches, promote_options="permissive")
        await mine.state.engine.load_table(mine.name, data)
        listed = ", ".join(map(quote_identifier, mine.types))
        text = f"INSERT INTO {mine.table} ({listed}) SELECT {mine.select_list()} FROM {mine.name}"
        try:
            [statement] = await mine.state.reader.read(text)
            await self._run(mine.state, statement, ())
        except ServerError as error:
            error.position = None
            raise await mine.explain(error, data, self._first_line) from error
        await mine.state.engine.drop_table(mine.name)
        return CommandTag(f"COPY {data.num_rows}")

    async def abort(self) -> None:
        self._batches.clear()
        await self._rows.state.transaction.fail()


class Ending(Protocol):
    async def __call__(self) -> None: ...


class UnitSink:
    """A sink whose end is the statement's: ``ended`` commits an implicit transaction where that is due."""

    def __init__(self, sink: CopySink, ended: Ending) -> None:
        self._sink = sink
        self._ended = ended
        self.write = sink.write
        self.abort = sink.abort

    async def finish(self) -> CommandTag:
        tag = await self._sink.finish()
        await self._ended()
        return tag


def ending_with(copy_in: CopyIn, ended: Ending) -> CopyIn:
    return replace(copy_in, sink=UnitSink(copy_in.sink, ended))
