"""What a statement takes and returns, found without running it and without asking any model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sqlserver.commands import find_command
from sqlserver.core.client_session import StatementDescription
from sqlserver.core.errors import ServerError
from sqlserver.core.log_relation_plan import LogRelationPlan
from sqlserver.core.pgtypes import BY_OID, TEXT, PgType
from sqlserver.core.result import Column
from sqlserver.engines.engine import Description
from sqlserver.execute.answers_table import answers_table, no_arguments
from sqlserver.execute.log_relations import log_query_result, materialise_empty, release
from sqlserver.plan.semantic import plan_statement
from sqlserver.session.accepted_statements import is_accepted
from sqlserver.session.catalog_statements import describe_catalog
from sqlserver.session.cursor_commands import read_movement
from sqlserver.session.database_commands import is_database_command
from sqlserver.session.explain import plan_columns
from sqlserver.session.notification_commands import NOTIFICATION_VERBS
from sqlserver.session.own_numbers import with_last_numbers
from sqlserver.session.prepare_commands import read_execution
from sqlserver.session.reading import Reading, read_statement
from sqlserver.session.second_reading import read_again
from sqlserver.session.sequence_relations import with_sequence_rows
from sqlserver.session.several_objects import one_by_one
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.commands import is_table_command
from sqlserver.session.transaction import State
from sqlserver.session.transaction_commands import is_transaction_command
from sqlserver.session.unsupported import drops_nothing
from sqlserver.sql.copy_statement import is_copy, parse_copy
from sqlserver.sql.tokens import TokenKind, tokenize

_SESSION_VERBS = NOTIFICATION_VERBS | {
    "SET", "RESET", "DISCARD", "DEALLOCATE", "DECLARE", "MOVE", "CLOSE", "PREPARE",
}  # fmt: skip
"""Statements of the session itself, or settings of DuckDB's: neither takes parameters or returns rows."""
_SEVERAL = frozenset({"DROP", "TRUNCATE"})
NOT_KEPT = frozenset({"FETCH", "EXECUTE"})
"""What these return depends on what stands under the name when they run."""


def check_statement(state: SessionState, statement: Statement) -> None:
    """Parse time: a syntax error is told now, names are looked up when the statement is described or run."""
    if statement.fault is None or statement.verb in _SESSION_VERBS or statement.verb in NOT_KEPT:
        return
    if is_transaction_command(statement.words) or is_accepted(statement.upper_words):
        return
    if is_table_command(statement.upper_words):
        return
    if statement.verb in _SEVERAL and (drops_nothing(statement.upper_words) or one_by_one(statement.text)):
        return
    if statement.verb == "SHOW" and state.setting_commands.show_columns(statement.words) is not None:
        return
    if is_copy(statement.words):
        parse_copy(statement.text)
        return
    if find_command(statement.upper_words, statement.text) is None and read_statement(state, statement) is None:
        raise statement.fault


async def described(state: SessionState, statement: Statement, oids: Sequence[int]) -> StatementDescription:
    """``oids`` are the types the client gave at Parse; 0 or a missing one is open."""
    if (
        statement.verb in _SESSION_VERBS
        or is_accepted(statement.upper_words)
        or is_transaction_command(statement.words)
        or is_database_command(statement.words)
        or is_copy(statement.words)
        or (statement.fault is not None and statement.verb in _SEVERAL)
        or _numbers_rows(statement)
        or is_table_command(statement.upper_words)
    ):
        return StatementDescription((), None)
    if state.engine_settings.stale:
        await state.engine_settings.apply()
    if statement.verb == "FETCH":
        return StatementDescription((), state.prepared.cursor(read_movement(statement.text)[0]).columns)
    if statement.verb == "EXECUTE":
        executed = state.prepared.statement(read_execution(statement.text).name)
        if executed.statement is None:
            return StatementDescription((), None)
        return StatementDescription((), (await described(state, executed.statement, executed.parameter_oids)).columns)
    if statement.verb == "SHOW" and (columns := state.setting_commands.show_columns(statement.words)) is not None:
        return StatementDescription((), columns)
    command = find_command(statement.upper_words, statement.text)
    if command is not None:
        request = command.parse(statement.text, None)
        types = _types(statement.text, oids, command.parameter_types(request))
        return StatementDescription(types, command.columns(request))
    statement = await with_sequence_rows(state, statement)
    statement = await with_last_numbers(state, statement, None)
    reading = read_statement(state, statement)
    if reading is None:
        if statement.fault is not None:
            raise statement.fault
        description = await _plain(state, statement, oids)
        if statement.verb == "EXPLAIN":
            return StatementDescription(description.parameter_types, plan_columns(statement))
        return StatementDescription(description.parameter_types, relabelled(statement, description.columns))
    if reading.logs is not None and reading.logs.clickhouse_sql is not None:
        return StatementDescription(_types(statement.text, oids), await _store_columns(state, reading.logs))
    if reading.catalog is not None and reading.logs is None:
        return await describe_catalog(state, reading.catalog, oids)
    return await _in_own_transaction(state, reading, oids)


async def _plain(state: SessionState, statement: Statement, oids: Sequence[int]) -> Description:
    try:
        return await state.engine.describe(statement.text, oids)
    except ServerError as error:
        again = await read_again(state, statement, error)
        if again is None:
            raise
        return await state.engine.describe(again.text, oids)


def _numbers_rows(statement: Statement) -> bool:
    """A CREATE TABLE whose sequences are made when it runs: the engine could not bind it now."""
    return statement.rewritten is not None and statement.rewritten.numbering is not None


def relabelled(statement: Statement, columns: tuple[Column, ...] | None) -> tuple[Column, ...] | None:
    """Columns under the names of what the client wrote, where that was rewritten."""
    if columns is None or statement.rewritten is None or not statement.rewritten.labels:
        return columns
    labels = statement.rewritten.labels
    return tuple(replace(column, name=labels.get(column.name, column.name)) for column in columns)


async def _in_own_transaction(state: SessionState, reading: Reading, oids: Sequence[int]) -> StatementDescription:
    own = state.transaction.state is State.NONE
    await state.transaction.begin_implicit()
    try:
        return await _with_empty_relations(state, reading, oids)
    finally:
        if own:
            await state.transaction.rollback()


async def _with_empty_relations(state: SessionState, reading: Reading, oids: Sequence[int]) -> StatementDescription:
    """The final query over empty copies of the log relations and empty answers tables."""
    loaded: list[str] = []
    try:
        if reading.logs is not None:
            await materialise_empty(reading.logs, state.engine)
        if reading.catalog is not None:
            return await describe_catalog(state, reading.catalog, oids)
        if reading.semantic is None:
            description = await state.engine.describe(reading.text, oids)
            return StatementDescription(description.parameter_types, description.columns)
        # Its parameters stay in the final query: the engine tells their types by what they are compared with.
        plan = plan_statement(reading.semantic, prefix=state.private_name("answers"))
        for stage in plan.stages:
            loaded.append(stage.answers_table)
            empty = answers_table(stage.operator, no_arguments(stage.operator), ())
            await state.engine.load_table(stage.answers_table, empty)
        description = await state.engine.describe(plan.final_query, oids)
        return StatementDescription(description.parameter_types, description.columns)
    finally:
        for name in loaded:
            await state.engine.drop_table(name)
        if reading.logs is not None:
            await release(reading.logs, state.engine)


def _types(text: str, oids: Sequence[int], known: Mapping[int, PgType] = MappingProxyType({})) -> tuple[PgType, ...]:
    """The types given at Parse; where one was left open, what is ``known`` of parameter n, else text."""
    numbers = [
        int(token.text[1:]) for token in tokenize(text) if token.kind is TokenKind.PARAMETER and token.text != "?"
    ]
    count = max([len(oids), *numbers])
    given = (*oids, *(0,) * count)[:count]
    return tuple(BY_OID.get(oid, TEXT) if oid else known.get(n, TEXT) for n, oid in enumerate(given, 1))


async def _store_columns(state: SessionState, logs: LogRelationPlan) -> tuple[Column, ...]:
    if logs.clickhouse_sql is None:
        return ()
    probe = f"SELECT * FROM (\n{logs.clickhouse_sql}\n) LIMIT 0"
    return (await log_query_result(probe, state.services.store)).columns or ()
