"""Where the rows of a COPY FROM go: a table of DuckDB's, or a log relation.

All batches are one transaction, so a fault in the middle loads nothing. The log store knows none: rows for a log
relation are read into their types as they come, kept in a file, and written when the last one is there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

import pyarrow as pa

from sqlserver.core.client_session import BoundParameter
from sqlserver.core.copy import CopyIn, CopySink, copy_place
from sqlserver.core.errors import QueryCanceled, ServerError
from sqlserver.core.notice import Notice
from sqlserver.core.result import CommandTag, Result
from sqlserver.engines.input_text import Read, duckdb_text, read_text
from sqlserver.execute.semantic_plan import read_table
from sqlserver.session.copy_faults import unreadable
from sqlserver.session.copy_target import CopyTarget
from sqlserver.session.kept_tables import KeptTables
from sqlserver.session.running import Running
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.sql.quote import quote_identifier

Run = Callable[[SessionState, Statement, Sequence[BoundParameter]], Awaitable[Result]]
"""The pipeline, for the query inside COPY and for the INSERT into a log relation."""

_UNREADABLE = frozenset({"22P02", "22003", "22007", "22008", "22000"})
_IMPORTED_AT_ONCE = 64 * 1024 * 1024  # bytes


def _element_texts(value: Read | None) -> Any:
    if isinstance(value, list):
        return [_element_texts(one) for one in value]
    return None if value is None else duckdb_text(value)


class TypedRows:
    """Batches of a COPY as a relation of this session that statements can read under ``name``."""

    def __init__(self, state: SessionState, target: CopyTarget, name: str) -> None:
        self.state = state
        self.target = target
        self.name = name

    @property
    def _types(self) -> Mapping[str, str]:
        return {name: self.target.types[name] for name in self.target.chosen}

    def source(self) -> str:
        """A query that gives the columns in their types."""
        listed = []
        for name, kind in self._types.items():
            column = quote_identifier(name)
            listed.append(column if kind == "VARCHAR" else f"CAST({column} AS {kind}) AS {column}")
        return f"SELECT {', '.join(listed)} FROM {self.name}"

    async def load(self, batch: pa.RecordBatch, line: int) -> pa.Table:
        """Makes the batch readable; arrays, which DuckDB spells otherwise, as lists."""
        columns = []
        for (name, kind), array in zip(self._types.items(), batch.columns, strict=True):
            textual = kind.endswith("[]") and pa.types.is_string(array.type)
            columns.append(self._lists(array, name, kind, line) if textual else array)
        data = pa.table(columns, names=list(self.target.chosen))
        await self.state.engine.load_table(self.name, data)
        return data

    async def drop(self) -> None:
        await self.state.engine.drop_table(self.name)

    def _lists(self, array: pa.Array, name: str, kind: str, line: int) -> pa.Array:
        arrow_type = pa.string()
        for _ in range(kind.count("[]")):
            arrow_type = pa.list_(arrow_type)
        lists = []
        for at, text in enumerate(array.to_pylist()):
            try:
                lists.append(None if text is None else _element_texts(read_text(text, kind)))
            except ServerError as error:
                error.context = self._place(line, at, name, text)
                raise
        return pa.array(lists, arrow_type)

    async def explain(self, error: ServerError, batch: pa.RecordBatch, data: pa.Table, line: int) -> ServerError:
        """``error`` with the place of the first value that is to blame, found by asking again."""
        if error.sqlstate == "23502":
            self._tell_null(error, batch, line)
        if error.sqlstate not in _UNREADABLE or error.context is not None:
            return error
        await self.state.transaction.fail()
        numbered = data.append_column("__row", pa.array(range(data.num_rows), pa.int64()))
        await self.state.engine.load_table(self.name, numbered)
        try:
            for number, (name, kind) in enumerate(self._types.items()):
                if kind == "VARCHAR" or not pa.types.is_string(batch.column(number).type):
                    continue
                found = await read_table(await self.state.engine.execute(self._unread(name, kind)))
                if found.num_rows:
                    row, is_number = found.column(0)[0].as_py(), found.column(1)[0].as_py()
                    value = batch.column(number)[row].as_py()
                    error.context = self._place(line, row, name, value)
                    return unreadable(error, kind, value, is_number=is_number)
        except ServerError:  # a type that this transaction made is gone with it: the first error has to do
            return error
        finally:
            await self.drop()
        return error

    def _unread(self, name: str, kind: str) -> str:
        """The first row whose value its type cannot read, and whether it is a number."""
        column = quote_identifier(name)
        tried = f"TRY_CAST({column} AS {kind})"
        wrong = f"{tried} IS NULL"
        if kind.endswith("[]"):
            wrong += f" OR list_count(flatten([{tried}])) < list_count(flatten([{column}]))"
        return (
            f"SELECT __row, TRY_CAST({column} AS DOUBLE) IS NOT NULL FROM {self.name} "
            f"WHERE {column} IS NOT NULL AND ({wrong}) ORDER BY __row LIMIT 1"
        )

    def _tell_null(self, error: ServerError, batch: pa.RecordBatch, line: int) -> None:
        for name, column in zip(self.target.chosen, batch.columns, strict=True):
            if column.null_count and error.message.startswith(f'null value in column "{name}" '):
                row = column.is_null().index(pa.scalar(value=True)).as_py()
                error.context = copy_place(self.target.table[-1], line and line + row)

    def _place(self, line: int, row: int, name: str, value: str | None) -> str:
        return copy_place(self.target.table[-1], line and line + row, name, value)


class TableSink:
    """Into a table of DuckDB's."""

    def __init__(self, rows: TypedRows) -> None:
        self._rows = rows
        self._count = 0

    async def write(self, rows: pa.RecordBatch, line: int) -> None:
        mine = self._rows
        mine.state.running.check()
        data = await mine.load(rows, line)
        statement = mine.target.insert(mine.source())
        try:
            result = await mine.state.engine.execute(statement)
        except ServerError as error:
            error.position = mine.target.client_position(error.position, statement)
            raise await mine.explain(error, rows, data, line) from error
        self._count += result.affected or 0

    async def finish(self) -> CommandTag:
        state = self._rows.state
        state.running.check()
        await self._rows.drop()
        state.transaction.wrote()
        return CommandTag(f"COPY {self._count}")

    async def abort(self) -> None:
        await self._rows.state.transaction.fail()


class LogSink:
    """Into a log relation. Marks are one INSERT, hence one batch for UNDO MARK; imported calls, which may be many, are
    written some megabytes at a time."""

    def __init__(self, rows: TypedRows, run: Run) -> None:
        self._rows = rows
        self._run = run
        self._kept = KeptTables()

    async def write(self, rows: pa.RecordBatch, line: int) -> None:
        mine = self._rows
        mine.state.running.check()
        data = await mine.load(rows, line)
        statement = mine.target.filtered(mine.source())
        try:
            self._kept.add(await read_table(await mine.state.engine.execute(statement)))
        except ServerError as error:
            error.position = mine.target.client_position(error.position, statement)
            raise await mine.explain(error, rows, data, line) from error

    async def finish(self) -> CommandTag:
        mine = self._rows
        relation = mine.target.table[-1]
        at_once = _IMPORTED_AT_ONCE if relation == "unified_logs" else None
        count = 0
        listed = ", ".join(map(quote_identifier, mine.target.chosen))
        with _telling_once(mine.state):
            for table in self._kept.tables(at_once):
                mine.state.running.check()
                await mine.state.engine.load_table(mine.name, table)
                [statement] = await mine.state.reader.read(
                    f"INSERT INTO {relation} ({listed}) SELECT {listed} FROM {mine.name}"
                )
                try:
                    await self._run(mine.state, statement, ())
                except ServerError as error:
                    error.position = None
                    raise
                count += table.num_rows
        self._kept.close()
        if count:
            await mine.drop()
        return CommandTag(f"COPY {count}")

    async def abort(self) -> None:
        self._kept.close()
        await self._rows.state.transaction.fail()


@contextmanager
def _telling_once(state: SessionState) -> Iterator[None]:
    """What every one of several statements would tell is told by the first."""
    told: set[Notice] = set()
    notify = state.notify

    def once(notice: Notice) -> None:
        if notice not in told:
            told.add(notice)
            notify(notice)

    state.notify = once
    try:
        yield
    finally:
        state.notify = notify


class Ending(Protocol):
    async def __call__(self) -> None: ...


class UnitSink:
    """A sink whose end is the statement's: ``ended`` commits an implicit transaction where that is due."""

    def __init__(self, sink: CopySink, running: Running, ended: Ending) -> None:
        self._sink = sink
        self._running = running
        self._ended = ended
        self.abort = sink.abort

    async def write(self, rows: pa.RecordBatch, line: int) -> None:
        try:
            await self._sink.write(rows, line)
        except QueryCanceled as canceled:
            raise self._running.explained(canceled) from canceled.__cause__

    async def finish(self) -> CommandTag:
        try:
            tag = await self._sink.finish()
        except QueryCanceled as canceled:
            raise self._running.explained(canceled) from canceled.__cause__
        await self._ended()
        return tag


def ending_with(copy_in: CopyIn, running: Running, ended: Ending) -> CopyIn:
    return replace(copy_in, sink=UnitSink(copy_in.sink, running, ended))
