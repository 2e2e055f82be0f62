"""The statements that a session answers by itself: settings, cursors, prepared statements, databases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pyarrow as pa

from sqlserver.core.client_session import BoundParameter, StatementDescription
from sqlserver.core.errors import ActiveTransaction, ServerError, SyntaxFault
from sqlserver.core.result import CommandTag, Result
from sqlserver.core.roles import Role
from sqlserver.session import cursor_commands, prepare_commands
from sqlserver.session.cursor import Cursor, Movement
from sqlserver.session.database_commands import is_database_command, run_database_command
from sqlserver.session.describe import described
from sqlserver.session.notification_commands import run_notification_command
from sqlserver.session.positions import positions_within
from sqlserver.session.prepared import Prepared
from sqlserver.session.setting_commands import discard_target
from sqlserver.session.several_objects import one_by_one
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.commands import is_table_command, run_table_command
from sqlserver.session.tables.dropping import release_each_other
from sqlserver.session.transaction import State
from sqlserver.session.unsupported import drops_nothing

Run = Callable[[SessionState, Statement, Sequence[BoundParameter]], Awaitable[Result]]
"""The pipeline, for the statement inside DECLARE or EXECUTE."""


async def run_own_command(
    state: SessionState, statement: Statement, parameters: Sequence[BoundParameter], run: Run
) -> Result | None:
    """None for what is not the session's own."""
    words, commands = statement.words, state.setting_commands
    if is_table_command(statement.upper_words):
        return await run_table_command(state, statement, run)
    match statement.verb:
        case "SET":
            return commands.set(statement.text, words, in_block=state.transaction.state is State.BLOCK)
        case "RESET":
            return commands.reset(words)
        case "SHOW":
            return commands.show(words)
        case "DISCARD":
            return await _discard(state, discard_target(words))
        case "PREPARE" if words[1:2] != ("TRANSACTION",):
            return await _prepare(state, statement)
        case "EXECUTE":
            return await _execute(state, statement, run)
        case "LISTEN" | "UNLISTEN" | "NOTIFY":
            return await run_notification_command(state, statement.text)
        case "DEALLOCATE":
            return prepare_commands.deallocate(statement.text, state.prepared)
        case "DECLARE" | "FETCH" | "MOVE" | "CLOSE":
            return await _cursor_command(state, statement, parameters, run)
        case "CREATE" | "DROP" if is_database_command(words):
            return await run_database_command(
                statement.text, state.services.databases, state.transaction, state.database, state.notify
            )
        case "DROP" if statement.fault is not None:
            return await _drop(state, statement, run)
    return None


async def _drop(state: SessionState, statement: Statement, run: Run) -> Result | None:
    """Several objects in one statement, or one of a kind that there is none of."""
    tag = drops_nothing(statement.upper_words)
    if tag is not None:
        return Result(CommandTag(tag))
    single = one_by_one(statement.text)
    if not single:
        return None
    state.authority.require(Role.ANALYST, f"for DROP {statement.upper_words[1]}")
    await release_each_other(state, single)
    return await _each_in_turn(state, single, run)


async def _cursor_command(
    state: SessionState, statement: Statement, parameters: Sequence[BoundParameter], run: Run
) -> Result:
    if statement.verb == "DECLARE":
        return await _declare(state, statement, parameters, run)
    if statement.verb == "CLOSE":
        return await cursor_commands.close(statement.text, state.prepared)
    cursor, movement = await _moved(state, statement, run)
    if statement.verb == "FETCH":
        return cursor_commands.fetch(cursor, movement)
    return await cursor_commands.move(cursor, movement)


async def _discard(state: SessionState, target: str) -> Result:
    if target == "ALL":
        if state.transaction.state is not State.NONE:
            raise ActiveTransaction("DISCARD ALL cannot run inside a transaction block")
        state.prepared.deallocate(None)
        await state.prepared.close_all(held=True)
        state.settings.reset()
        state.notifications.close()
    if target in ("ALL", "TEMP", "TEMPORARY"):
        await _drop_temporary_tables(state)
    return Result(CommandTag(f"DISCARD {target}"))


async def _drop_temporary_tables(state: SessionState) -> None:
    found = await state.engine.execute(
        "SELECT 'DROP VIEW ' || format('{}.{}', 'temp.main', '\"' || replace(view_name, '\"', '\"\"') || '\"') "
        "FROM system.main.duckdb_views() WHERE temporary AND NOT internal AND view_name NOT LIKE '\\_\\_%' ESCAPE '\\' "
        "UNION ALL SELECT 'DROP TABLE ' || format('{}.{}', 'temp.main', '\"' || replace(table_name, '\"', '\"\"') || "
        "'\"') FROM system.main.duckdb_tables() WHERE temporary AND NOT internal"
    )
    drops: list[str] = []
    while found.rows is not None and (batch := await found.rows.take()) is not None:
        drops += batch.column(0).to_pylist()
    for drop in drops:
        await state.engine.execute(drop)


async def inner_statement(state: SessionState, outer: Statement, start: int) -> Statement:
    """The statement inside another; its positions count from there."""
    statements = await state.reader.read(outer.text[start:])
    if len(statements) != 1:
        raise SyntaxFault("syntax error at end of input", position=len(outer.text) + 1)
    return statements[0]


async def _each_in_turn(state: SessionState, statements: Sequence[str], run: Run) -> Result:
    await state.transaction.begin_implicit()
    for sql in statements:
        (statement,) = await state.reader.read(sql)
        try:
            result = await run(state, statement, ())
        except ServerError as error:
            error.position = None  # it counts in a text that the client never sent
            raise
    return result


async def _prepare(state: SessionState, statement: Statement) -> Result:
    preparation = prepare_commands.read_preparation(statement.text)
    inner = await inner_statement(state, statement, preparation.body_start)
    if inner.verb in ("PREPARE", "EXECUTE", "DECLARE", "FETCH"):
        at = preparation.body_start + inner.start + 1
        raise SyntaxFault(f'syntax error at or near "{inner.words[0]}"', position=at)
    prepared = Prepared(inner, preparation.oids, from_sql=True)
    with positions_within(preparation.body_start, inner):
        await describe_prepared(state, prepared)
    state.prepared.add(preparation.name, prepared)
    return Result(CommandTag("PREPARE"))


async def describe_prepared(state: SessionState, prepared: Prepared) -> StatementDescription:
    """Keeps the description: names and types are checked, as PostgreSQL does when it prepares."""
    if prepared.statement is None:
        return StatementDescription((), None)
    if prepared.description is None:
        prepared.description = await described(state, prepared.statement, prepared.parameter_oids)
    return prepared.description


async def _execute(state: SessionState, statement: Statement, run: Run) -> Result:
    execution = prepare_commands.read_execution(statement.text)
    prepared = state.prepared.statement(execution.name)
    if prepared.statement is None:
        return Result(CommandTag(""), empty_query=True)
    count = len((await describe_prepared(state, prepared)).parameters)
    declared = (*prepared.parameter_oids, *(0,) * count)[:count]

    async def evaluate(sql: str) -> tuple[pa.Table, Sequence[int]]:
        result = await state.engine.execute(sql)
        if result.rows is None or result.columns is None:
            raise ServerError("EXECUTE's arguments gave no row")
        batch = await result.rows.take()
        await result.rows.close()
        return pa.Table.from_batches([batch] if batch is not None else []), [one.type.oid for one in result.columns]

    arguments = await prepare_commands.bound_arguments(execution, declared, evaluate)
    return await run(state, prepared.statement, arguments)


async def _declare(state: SessionState, statement: Statement, parameters: Sequence[BoundParameter], run: Run) -> Result:
    declaration = cursor_commands.read_declaration(statement.text)
    if state.transaction.state is not State.BLOCK and not declaration.hold:
        raise ServerError("DECLARE CURSOR can only be used in transaction blocks", sqlstate="25P01")
    query = await inner_statement(state, statement, declaration.query_start)
    if query.verb not in ("SELECT", "WITH", "VALUES", "TABLE", "FROM"):
        at = declaration.query_start + query.start + 1
        raise SyntaxFault(f'syntax error at or near "{query.words[0]}"', position=at)
    with positions_within(declaration.query_start, query):
        text = statement.source or statement.text
        result = await cursor_commands.declare(declaration, text, state.prepared, lambda: run(state, query, parameters))
    if state.transaction.state is not State.BLOCK:
        await state.prepared.hold_cursors()
    return result


async def _moved(state: SessionState, statement: Statement, run: Run) -> tuple[Cursor, Movement]:
    name, movement = cursor_commands.read_movement(statement.text)
    portal = state.prepared.waiting_portal(name)
    if portal is not None and portal.prepared.statement is not None:
        portal.result = await run(state, portal.prepared.statement, portal.parameters)
    return state.prepared.cursor(name), movement
