"""ALTER TABLE, action by action: what DuckDB does by itself is left to it, declarations are written down, and for the
rest the table is made anew (``rebuild``)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from sqlserver.core.declared import Declared, TableName
from sqlserver.core.errors import InsufficientPrivilege, ServerError, UndefinedTable
from sqlserver.core.result import CommandTag, Result
from sqlserver.core.roles import Role
from sqlserver.plan.dialect.edit import Text
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.alteration import Alteration, RunInner
from sqlserver.session.tables.columns import (
    add_column,
    change_column,
    drop_column,
    identity,
    is_needed,
    keeps_type,
    rename_column,
)
from sqlserver.session.tables.constraints import add_constraint, drop_constraint, rename_constraint
from sqlserver.session.tables.declarations import located, rows
from sqlserver.session.tables.rebuild import (
    definition_of,
)
from sqlserver.sql.alter_table import Action, AlterTable, Kind, read_alter_table
from sqlserver.sql.quote import quote_identifier, quote_text
from sqlserver.sql.tokens import tokenize

_DONE = Result(CommandTag("ALTER TABLE"))


async def run_alter_table(state: SessionState, statement: Statement, run: RunInner) -> Result | None:
    """None where DuckDB does it all as it was written."""
    source = statement.source or statement.text
    text = Text(source, tokenize(source))
    alter = read_alter_table(text.tokens)
    if alter is None or [one.kind for one in alter.actions] == [Kind.OTHER]:
        return None
    if state.authority.role() < Role.ANALYST:
        raise InsufficientPrivilege(f"must be owner of table {alter.table[-1]}")
    table = await located(state, alter.table)
    if table is None:
        return await _elsewhere(state, alter)
    alteration = Alteration(state, text, alter, table, run)
    if len(alter.actions) == 1 and await _is_plain(alteration, alter.actions[0]):
        return None
    await state.transaction.begin_implicit()
    state.transaction.wrote()  # before the first action: one that fails leaves those before it done
    for action in alter.actions:
        await _act(alteration, action)
    return _DONE


async def _elsewhere(state: SessionState, alter: AlterTable) -> Result | None:
    """Of what is no table of this database: a view, a sequence, a temporary or an attached table."""
    if any(one.kind is not Kind.NOTHING for one in alter.actions):
        return None
    found = await state.engine.binds(f"SELECT 1 FROM {'.'.join(map(quote_identifier, alter.table))} LIMIT 0")
    sequence = await rows(
        state, f"SELECT 1 FROM system.main.duckdb_sequences() WHERE sequence_name = {quote_text(alter.table[-1])}"
    )
    if not (found or sequence or alter.if_exists):
        raise UndefinedTable(f'relation "{".".join(alter.table)}" does not exist')
    return _DONE


async def rename_key(state: SessionState, name: str, new: str) -> bool:
    """Of a key, by the name of its index, whichever table it is of. Whether there is one."""
    for one in await rows(
        state,
        "SELECT DISTINCT schema_name, table_name FROM system.main.duckdb_constraints() WHERE database_name = "
        "current_database() AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')",
    ):
        table = (str(one[0]), str(one[1]))
        action = Action(Kind.RENAME_CONSTRAINT, 0, 0, name, new)
        alteration = Alteration(state, Text("", []), AlterTable(table, 0, False, (action,)), table, None)
        if any(each.name == name for each in await alteration.constraints()):
            await rename_constraint(alteration, action)
            return True
    return False


async def _is_plain(alteration: Alteration, one: Action) -> bool:
    if one.kind is Kind.ADD_COLUMN:
        return one.element is None or not (
            one.element.constraints or keeps_type(alteration, one) or await is_needed(alteration, one)
        )
    if one.kind in _CHANGES:
        return not (keeps_type(alteration, one) or await alteration.is_bound(one.name))
    return one.kind is Kind.OTHER


async def _act(alteration: Alteration, one: Action) -> None:
    if one.kind in _CHANGES and not await _is_plain(alteration, one):
        await change_column(alteration, one)
    elif one.kind in _ACTIONS:
        await _ACTIONS[one.kind](alteration, one)
    elif one.kind is not Kind.NOTHING:
        await alteration.leave(alteration.written(one.start, one.end))


async def _move(alteration: Alteration, one: Action) -> None:
    """RENAME TO and SET SCHEMA."""
    old = alteration.table
    new = (old[0], one.other) if one.kind is Kind.RENAME else (one.other, old[1])
    if new[0] != old[0] and not await rows(
        alteration.state, f"SELECT 1 FROM system.main.duckdb_schemas() WHERE schema_name = {quote_text(new[0])}"
    ):
        raise ServerError(f'schema "{new[0]}" does not exist', sqlstate="3F000")
    if await located(alteration.state, new) == new:
        raise ServerError(f'relation "{new[1]}" already exists', sqlstate="42P07")
    definition = await definition_of(alteration.state, old)
    await alteration.keep(lambda known: known)
    named = {one.name: one for one in await alteration.constraints() if one.kind in "pu"}
    await alteration.keep(
        lambda known: [
            *known,
            *(
                Declared(old, name, each.kind, each.columns)
                for name, each in named.items()
                if name not in {other.name for other in known}
            ),
        ]
    )  # keys keep their names
    if definition.indexes or one.kind is Kind.SET_SCHEMA:
        await alteration.rebuild(replace(definition, table=new))
    else:
        await alteration.change(f"RENAME TO {quote_identifier(new[1])}")
    await alteration.rewrite([_with_table(each, old, new) for each in await alteration.state.engine.declared()])
    alteration.table = new


def _with_table(each: Declared, old: TableName, new: TableName) -> Declared:
    if each.table == old:
        each = replace(each, table=new)
    if each.reference is not None and each.reference.table == old:
        each = replace(each, reference=replace(each.reference, table=new))
    return each


_CHANGES = frozenset({Kind.TYPE, Kind.SET_NOT_NULL, Kind.DROP_NOT_NULL, Kind.DEFAULT})
_ACTIONS: Mapping[Kind, Callable[[Alteration, Action], Awaitable[None]]] = {
    Kind.ADD_COLUMN: add_column,
    Kind.ADD_CONSTRAINT: add_constraint,
    Kind.DROP_CONSTRAINT: drop_constraint,
    Kind.RENAME_CONSTRAINT: rename_constraint,
    Kind.DROP_COLUMN: drop_column,
    Kind.RENAME_COLUMN: rename_column,
    Kind.RENAME: _move,
    Kind.SET_SCHEMA: _move,
    Kind.ADD_IDENTITY: identity,
    Kind.SET_IDENTITY: identity,
    Kind.DROP_IDENTITY: identity,
}
