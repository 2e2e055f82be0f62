"""The whole road of one statement, from its text to its rows.

transaction, setting and database commands → the session itself
MARK, CORRECT, SHOW TABLES …               → commands
PostgreSQL's catalog in it                 → DuckDB, rewritten to the emulated catalog's tables
log relations in it                        → copies of what is needed, under private names
operators in it                            → stages answered outside the engine, looked up by the final query
anything else                              → DuckDB, byte for byte
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pyarrow as pa

from sqlserver.commands import find_command
from sqlserver.commands.command import Command, CommandContext
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import FeatureNotSupported, ServerError, UndefinedObject, UndefinedTable
from sqlserver.core.log_relation_plan import LogRelationPlan
from sqlserver.core.result import CommandTag, Result
from sqlserver.engines.engine import COUNTED, EngineResult, StatementKind
from sqlserver.execute.log_relations import log_query_result, materialise, release
from sqlserver.execute.semantic_plan import read_table, run_semantic_plan
from sqlserver.plan.dialect.edit import Numbering
from sqlserver.plan.semantic import plan_statement_asking
from sqlserver.session.accepted_statements import accept
from sqlserver.session.access import authorise, authorise_command, authorise_query, change_of_user
from sqlserver.session.broken_constraints import name_constraint
from sqlserver.session.catalog_statements import run_catalog
from sqlserver.session.copy_commands import run_copy
from sqlserver.session.describe import relabelled
from sqlserver.session.explain import as_query_plan
from sqlserver.session.hints import leading_hints
from sqlserver.session.own_commands import run_own_command
from sqlserver.session.own_numbers import execute_numbered, with_last_numbers
from sqlserver.session.patience import run_patiently
from sqlserver.session.reading import Reading, read_statement
from sqlserver.session.second_reading import may_be_read_again, read_again
from sqlserver.session.sequence_names import with_sequence_names
from sqlserver.session.sequence_relations import with_sequence_rows
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.effects import table_effects
from sqlserver.session.tidying import run_tidily
from sqlserver.session.transaction import State
from sqlserver.session.transaction_commands import is_transaction_command, run_transaction_command
from sqlserver.sql.copy_statement import is_copy
from sqlserver.sql.parameters import bind_statement


async def run_statement(
    state: SessionState, statement: Statement, parameters: Sequence[BoundParameter], *, alone: bool
) -> Result:
    """Up to the statement's first rows. ``alone``: it is the whole simple query, so DuckDB may commit by itself."""
    if statement.is_query:
        return await _query(state, statement, parameters, alone=alone)
    answered = await _answered_here(state, statement, parameters)
    if answered is not None:
        return answered
    if state.engine_settings.stale:
        await state.engine_settings.apply()
    command = find_command(statement.upper_words, statement.text)
    if command is not None:
        return await _run_command(state, command, statement, parameters)
    if is_copy(statement.words):
        return await run_copy(state, statement, parameters, _inner)
    if statement.verb in ("VACUUM", "ANALYZE"):
        return await run_tidily(state, statement, partial(_query, state, statement, (), alone=True))
    return await _query(state, statement, parameters, alone=alone)


async def _answered_here(
    state: SessionState, statement: Statement, parameters: Sequence[BoundParameter]
) -> Result | None:
    """What the session answers by itself; None for everything else. 42501 for what the role may not."""
    authorise(state, statement)
    if is_transaction_command(statement.words):
        return await run_transaction_command(state, statement)
    result = change_of_user(state, statement.words)
    if result is None:
        result = accept(statement.text, statement.upper_words, in_block=state.transaction.state is State.BLOCK)
    if result is None:
        result = await run_own_command(state, statement, parameters, _inner)
    return result


async def _run_command(
    state: SessionState, command: Command, statement: Statement, parameters: Sequence[BoundParameter]
) -> Result:
    # Not under ``running``: its queries can be cancelled, its writing must not be cut in the middle.
    request = command.parse(statement.text, parameters)
    authorise_command(state, command, request)
    return await command.run(request, command_context(state))


async def _inner(state: SessionState, statement: Statement, parameters: Sequence[BoundParameter]) -> Result:
    """The statement inside DECLARE or EXECUTE."""
    return await run_statement(state, statement, parameters, alone=False)


async def _query(
    state: SessionState, statement: Statement, parameters: Sequence[BoundParameter], *, alone: bool
) -> Result:
    if state.engine_settings.stale:
        await state.engine_settings.apply()
    if authorise_query(state):
        await state.transaction.begin_implicit()
    statement = await with_sequence_names(state, statement)
    statement = await with_sequence_rows(state, statement)
    statement = await with_last_numbers(state, statement, parameters)
    reading = read_statement(state, statement)
    if reading is None:
        try:
            if not statement.may_write:
                state.transaction.touch()
                return await _plain(state, statement, parameters, alone=alone)
            return await run_patiently(state, lambda: _plain(state, statement, parameters, alone=alone))
        except ServerError as error:
            # An unknown function may be an operator whose file came a moment ago.
            if error.sqlstate != "42883" or state.transaction.open:
                raise
            reading = read_statement(state, statement, fresh=True)
            if reading is None:
                raise
    state.transaction.touch()
    if reading.logs is not None and reading.logs.clickhouse_sql is not None:
        return await state.running.run(log_query_result(reading.logs.clickhouse_sql, state.services.store))
    if reading.catalog is not None and reading.logs is None:
        return _result(await state.running.run(run_catalog(state, reading.catalog, parameters)))
    # Several engine steps must see one snapshot. The session ends this transaction with the statement.
    await state.transaction.begin_implicit()
    try:
        result = await state.running.run(_steps(state, statement, reading, parameters))
        if statement.may_write:
            state.transaction.wrote()
        return _result(result)
    except ServerError as error:
        if error.position is not None and reading.logs is not None and reading.semantic is None:
            error.position = reading.client_position(error.position)
        raise


async def _plain(
    state: SessionState, statement: Statement, parameters: Sequence[BoundParameter], *, alone: bool
) -> Result:
    if statement.fault is not None:
        raise statement.fault
    if statement.may_write:
        _refuse_if_read_only(state, statement)
        if not alone:
            await state.transaction.begin_implicit()
            state.running.check()
    if statement.rewritten is not None and statement.rewritten.numbering is not None:
        await _make_sequences(state, statement.rewritten.numbering)
    effects = await table_effects(state, statement)
    result = await _executed(state, statement, parameters)
    if statement.may_write:
        state.transaction.wrote()  # also where an effect fails: what the statement wrote stays until the rollback
    if effects is not None:
        await effects()
    if statement.verb == "EXPLAIN":
        result = await as_query_plan(statement, result)
    elif statement.rewritten is not None and result.columns is not None:
        result = replace(result, columns=relabelled(statement, result.columns))
    return _result(result)


async def _executed(state: SessionState, statement: Statement, parameters: Sequence[BoundParameter]) -> EngineResult:
    try:
        if state.transaction.has_savepoints or (state.transaction.open and may_be_read_again(state, statement)):
            # An error that the binder finds leaves DuckDB's transaction whole, so that a savepoint can be gone back to.
            await state.engine.describe(statement.text, [parameter.oid for parameter in parameters])
        return await execute_numbered(state, statement, parameters)
    except UndefinedTable as error:
        if statement.verb != "SHOW" or len(statement.words) != 2:
            raise
        raise UndefinedObject(f'unrecognized configuration parameter "{statement.words[1]}"') from error
    except ServerError as error:
        again = await read_again(state, statement, error)
        if again is None:
            await name_constraint(state, error, statement.text)
            raise
        return await execute_numbered(state, again, parameters)


async def _make_sequences(state: SessionState, numbering: Numbering) -> None:
    """A new table counts from 1; a column added to one takes a sequence of its own."""
    await state.transaction.begin_implicit()
    state.transaction.wrote()
    there = await state.engine.binds(f"SELECT 1 FROM {numbering.table} LIMIT 0")
    make = "CREATE SEQUENCE IF NOT EXISTS" if there else "CREATE OR REPLACE SEQUENCE"
    for sequence in numbering.sequences:
        await state.engine.execute(f"{make} {sequence}")


def _refuse_if_read_only(state: SessionState, statement: Statement) -> None:
    default = state.transaction.state is State.NONE and state.settings.flag("default_transaction_read_only")
    if default or state.settings.flag("transaction_read_only"):
        what = statement.verb if statement.parsed is None else statement.parsed.tag.removesuffix(" 0")
        raise ServerError(f"cannot execute {what} in a read-only transaction", sqlstate="25006")


async def _steps(
    state: SessionState, statement: Statement, reading: Reading, parameters: Sequence[BoundParameter]
) -> EngineResult:
    if reading.logs is not None:
        await materialise(
            reading.logs,
            state.services.store,
            state.engine,
            state.marks.overlay,
            parameters=parameters,
            operators=state.services.operators.current(),
        )
    result = await _answered(state, statement, reading, parameters)
    return result if reading.logs is None else _released(result, reading.logs, state)


async def _answered(
    state: SessionState, statement: Statement, reading: Reading, parameters: Sequence[BoundParameter]
) -> EngineResult:
    if reading.catalog is not None:
        return await run_catalog(state, reading.catalog, parameters)
    if reading.semantic is None:
        return await state.engine.execute(reading.text, parameters)
    semantic = state.new_semantic_statement(statement.text, leading_hints(statement.text))
    if state.first_use is not None:
        state.notify(state.first_use)
        state.first_use = None
    plan = await plan_statement_asking(
        bind_statement(reading.semantic, parameters), prefix=state.private_name("answers"), binds=state.engine.binds
    )
    result = await run_semantic_plan(plan, state.engine, state.services.answerer, semantic)
    state.last_semantic_caller_id = semantic.caller_id
    return result


def _released(result: EngineResult, logs: LogRelationPlan, state: SessionState) -> EngineResult:
    """The same result; the copies of the log relations go when its rows are done with."""
    if result.rows is not None:
        result.rows.when_done(lambda: release(logs, state.engine))
    return result


def command_context(state: SessionState) -> CommandContext:
    return CommandContext(
        select=lambda sql, parameters: select_table(state, sql, parameters),
        store=state.services.store,
        marks=state.marks,
        notices=state.notify,
        session_id=state.session_id,
        caller_id=state.new_caller_id(),
        last_semantic_caller_id=state.last_semantic_caller_id,
        db_user=state.db_user,
        users=state.services.users,
    )


async def select_table(state: SessionState, sql: str, parameters: Sequence[BoundParameter]) -> pa.Table:
    """A command's own query, on the same road as a client's."""
    statements = await state.reader.read(sql)
    if len(statements) != 1:
        raise ServerError("a command's query must be one statement")
    own = not state.transaction.open
    last = state.last_semantic_caller_id
    result = await _query(state, statements[0], parameters, alone=True)
    state.last_semantic_caller_id = last  # LAST means the client's previous statement, not a command's own query
    if result.rows is None or result.columns is None:
        raise FeatureNotSupported("a command's query must return rows")
    table = await read_table(EngineResult(StatementKind.SELECT, result.columns, result.rows, None))
    if own:
        await state.transaction.end_implicit()
    return table


def _result(result: EngineResult) -> Result:
    counted = result.kind in COUNTED
    if result.rows is not None and result.columns is not None:
        return Result(CommandTag(result.tag, counts_rows=counted), result.columns, result.rows)
    if counted and result.affected is not None:
        return Result(CommandTag(f"{result.tag} {result.affected}"))
    return Result(CommandTag(result.tag))
