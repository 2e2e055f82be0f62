"""COPY: what it reads becomes a query on the ordinary road; what comes in is inserted piece by piece."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlserver.core.client_session import BoundParameter
from sqlserver.core.copy import CopyIn, CopySink
from sqlserver.core.errors import FeatureNotSupported, InsufficientPrivilege, ServerError, SyntaxFault, UndefinedColumn
from sqlserver.core.pgtypes import JSONB
from sqlserver.core.result import Column, CommandTag, Result
from sqlserver.engines.duckdb_types import pg_type
from sqlserver.session.copy_sinks import LogSink, Run, TableSink, TypedRows
from sqlserver.session.copy_target import (
    CopyTarget,
    check_columns,
    generated_columns,
    log_relation,
    qualified,
    relation_target,
    table_columns,
    table_target,
)
from sqlserver.session.positions import positions_from, positions_within
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.sql.copy_statement import CopyStatement, parse_copy
from sqlserver.sql.quote import quote_identifier

_COPIED = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "FROM", "("})
"""What may stand in the brackets; DuckDB's queries may begin with FROM."""


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
    if copy.table is None:
        statement = await _inner_query(state, copy)
    else:
        [statement] = await state.reader.read(await _table_query(state, copy, copy.table))
    try:
        with positions_within(copy.query_start, statement):
            result = await run(state, statement, parameters)
    except ServerError as error:
        if copy.table is not None:
            error.position = error.hint = None  # the text is the server's own
        raise
    if result.columns is None:
        raise FeatureNotSupported("COPY query must have a RETURNING clause")
    names = [column.name for column in result.columns]
    if copy.table is not None and any(name not in (*names, "*") for name in copy.options.force_quote):
        _check_forced("FORCE_QUOTE", copy.options.force_quote, names, await table_columns(state, copy.table), copy)
    else:
        _check_forced("FORCE_QUOTE", copy.options.force_quote, names, (), copy)
    return Result(CommandTag("COPY", counts_rows=True), result.columns, result.rows, copy_out=copy.options)


async def _inner_query(state: SessionState, copy: CopyStatement) -> Statement:
    with positions_from(copy.query_start):
        statements = await state.reader.read(copy.query)
        if len(statements) > 1:
            raise SyntaxFault('syntax error at or near ";"', position=copy.query.find(";", statements[0].start) + 1)
        if statements and statements[0].verb not in _COPIED and statements[0].fault is None:
            first = statements[0]
            raise SyntaxFault(f'syntax error at or near "{first.words[0]}"', position=first.start + 1)
    if not statements:
        raise SyntaxFault('syntax error at or near ")"', position=copy.query_start + len(copy.query) + 1)
    return statements[0]


async def _table_query(state: SessionState, copy: CopyStatement, table: tuple[str, ...]) -> str:
    """What the table holds, without its generated columns."""
    generated = await generated_columns(state, table)
    if generated:
        known = await table_columns(state, table)
        check_columns(copy.columns, known, generated, table[-1])
        listed: Sequence[str] = copy.columns or [name for name in known if name not in generated]
    else:
        check_columns(copy.columns, copy.columns, (), table[-1])
        listed = copy.columns
    return f"SELECT {', '.join(map(quote_identifier, listed)) or '*'} FROM {qualified(table)}"


async def _copy_in(state: SessionState, copy: CopyStatement, parameters: Sequence[BoundParameter], run: Run) -> Result:
    table = copy.table or ()
    relation = log_relation(table)
    if state.settings.flag("transaction_read_only"):
        raise ServerError("cannot execute COPY FROM in a read-only transaction", sqlstate="25006")
    if relation is not None:
        target = relation_target(copy, relation)
    else:
        await state.transaction.begin_implicit()
        target = await table_target(state, copy)
        await state.foreign_keys.wait(table[-1])
    columns = tuple(Column(name, *pg_type(target.types[name])) for name in target.chosen)
    if relation is None and copy.options.format == "binary":
        columns = await _as_told(state, target, columns)
    for option, names in (("FORCE_NULL", copy.options.force_null), ("FORCE_NOT_NULL", copy.options.force_not_null)):
        _check_forced(option, names, target.chosen, target.types, copy)
    rows = TypedRows(state, target, state.private_name("copy"))
    sink: CopySink = TableSink(rows) if relation is None else LogSink(rows, run)
    return Result(CommandTag("COPY"), copy_in=CopyIn(table[-1], columns, copy.options, sink))


async def _as_told(state: SessionState, target: CopyTarget, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Columns as a query tells them: jsonb in binary is not json."""
    listed = ", ".join(map(quote_identifier, target.chosen))
    told = (await state.engine.describe(f"SELECT {listed} FROM {qualified(target.table)}")).columns or columns
    return tuple(one if one.type is JSONB else column for column, one in zip(columns, told, strict=True))


def _check_forced(
    option: str, names: Collection[str], copied: Collection[str], known: Collection[str], copy: CopyStatement
) -> None:
    """``known`` are the table's columns, ``copied`` those of this COPY."""
    for name in names:
        if name in copied or name == "*":
            continue
        if name in known:
            raise ServerError(f'{option} column "{name}" not referenced by COPY', sqlstate="42P10")
        of = f' of relation "{copy.table[-1]}"' if copy.table else ""
        raise UndefinedColumn(f'column "{name}"{of} does not exist')
