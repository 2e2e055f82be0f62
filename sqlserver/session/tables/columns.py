"""Columns that ALTER TABLE adds, drops, renames and changes."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlserver.core.declared import Declared, TableName
from sqlserver.core.errors import ServerError, UndefinedColumn
from sqlserver.plan.dialect.declared_types import declared_in, type_at
from sqlserver.session.tables.alteration import Alteration, column_in_dialect, in_dialect, sql_name
from sqlserver.session.tables.constraints import declare, drop_references
from sqlserver.session.tables.declarations import rows
from sqlserver.session.tables.rebuild import (
    Definition,
    Piece,
    definition_of,
    renamed,
    renamed_inside,
    with_type,
    without_default,
    without_words,
)
from sqlserver.sql.alter_table import Action, Kind
from sqlserver.sql.quote import quote_identifier
from sqlserver.sql.table_elements import closing


async def is_needed(alteration: Alteration, one: Action) -> bool:
    """Whether a new column is NOT NULL and there is an index, where DuckDB refuses it."""
    if "NOT NULL" not in " ".join(token.upper for token in alteration.text.tokens[one.start : one.end]):
        return False
    return bool((await definition_of(alteration.state, alteration.table)).indexes)


def keeps_type(alteration: Alteration, one: Action) -> bool:
    """Whether the type that a column gets is kept in a check, which DuckDB can give a new table alone."""
    if one.kind is Kind.TYPE:
        return type_at(alteration.text, *one.value) is not None
    return one.element is not None and declared_in(alteration.text, one.element) is not None


async def add_column(alteration: Alteration, one: Action) -> None:
    element = one.element
    definition = await definition_of(alteration.state, alteration.table)
    needed = keeps_type(alteration, one) or await is_needed(alteration, one)
    if element is None or not (element.constraints or needed):
        await alteration.leave(alteration.written(one.start, one.end))
        return
    if one.name in definition.columns and one.if_exists:
        alteration.notice(f'column "{one.name}" of relation "{alteration.table[1]}" already exists, skipping')
        return
    tokens = alteration.text.tokens
    kept: list[str] = []
    at = element.start
    for constraint in element.constraints:
        kept.append(alteration.written(at, constraint.start))
        at = constraint.end
        if constraint.kind in ("i", "d"):
            if at < element.end and tokens[at].is_symbol("("):
                at = closing(tokens, at) + 1
            kept.append(f"DEFAULT {await alteration.numbers(one.name, 1)}")
    kept.append(alteration.text.sql[tokens[at].start : tokens[element.end - 1].end] if at < element.end else "")
    text = " ".join(kept)
    if needed:
        column = Piece(one.name, column_in_dialect(text))
        await alteration.keep(lambda known: known)
        await alteration.rebuild(replace(definition, pieces=(*definition.pieces, column)))
    else:
        await alteration.leave(f"ADD COLUMN {text}")
    for constraint in element.constraints:
        await declare(alteration, await alteration.named(constraint))


async def drop_column(alteration: Alteration, one: Action) -> None:
    definition = await definition_of(alteration.state, alteration.table)
    if one.name not in definition.columns:
        message = f'column "{one.name}" of relation "{alteration.table[1]}" does not exist'
        if not one.if_exists:
            raise UndefinedColumn(message)
        alteration.notice(f"{message}, skipping")
        return
    await drop_references(alteration, (one.name,), replace(one, name=one.name))
    constraints = await alteration.constraints()
    gone = {each.name for each in constraints if one.name in each.columns}
    await alteration.keep(lambda known: known)
    # DuckDB does not drop a column before one that a key or an index is over.
    if definition.indexes or any(each.kind in "pu" or one.name in each.columns for each in constraints):
        await alteration.rebuild(
            replace(
                definition,
                pieces=tuple(p for p in definition.pieces if p.column != one.name and one.name not in p.names),
                indexes=tuple(index for index in definition.indexes if one.name not in index.columns),
                comments=tuple(pair for pair in definition.comments if pair[0] != one.name),
            )
        )
    else:
        await alteration.state.engine.execute(
            f"ALTER TABLE {sql_name(alteration.table)} DROP {quote_identifier(one.name)}"
        )
    await alteration.keep(
        lambda known: [each for each in known if each.name not in gone and one.name not in each.columns]
    )


async def rename_column(alteration: Alteration, one: Action) -> None:
    definition = await definition_of(alteration.state, alteration.table)
    if one.name not in definition.columns:
        raise UndefinedColumn(f'column "{one.name}" does not exist')
    if one.other in definition.columns:
        message = f'column "{one.other}" of relation "{alteration.table[1]}" already exists'
        raise ServerError(message, sqlstate="42701")
    if definition.indexes or any(one.name in each.names for each in definition.pieces):
        await alteration.rebuild(_column_renamed(definition, one.name, one.other))
    else:
        names = f"{quote_identifier(one.name)} TO {quote_identifier(one.other)}"
        await alteration.change(f"RENAME {names}")
    changed = [_with_column(each, alteration.table, one) for each in await alteration.state.engine.declared()]
    await alteration.rewrite(changed)


async def change_column(alteration: Alteration, one: Action) -> None:
    definition = await definition_of(alteration.state, alteration.table)
    if one.name not in definition.columns:
        raise UndefinedColumn(f'column "{one.name}" of relation "{alteration.table[1]}" does not exist')
    text = definition.piece(one.name).text
    column = quote_identifier(one.name)
    if one.kind is Kind.TYPE:
        written = alteration.written(*one.value)
        kind = column_in_dialect(f"{column} {written}").removeprefix(f"{column} ")
        using, assigned = alteration.written(*one.using), f"CAST({column} AS {written})"
        # A cast cuts what is too long for varchar(n), an assignment refuses it.
        source = assigned if not using and keeps_type(alteration, one) else in_dialect(using or assigned)
        changed = definition.without_type(one.name).changed(one.name, with_type(text, kind), source)
    elif one.kind is Kind.DEFAULT:
        written = alteration.written(one.start, one.end)
        default = re.split(r"\bDEFAULT\b", written, maxsplit=1, flags=re.IGNORECASE)[1].strip()
        bare = without_default(text)
        changed = definition.changed(one.name, f"{bare} DEFAULT ({in_dialect(default)})" if default else bare)
    elif one.kind is Kind.SET_NOT_NULL:
        there = without_words(text, "NOT", "NULL") != text or without_words(text, "PRIMARY", "KEY") != text
        changed = definition.changed(one.name, text if there else f"{text} NOT NULL")
    else:
        changed = definition.changed(one.name, without_words(text, "NOT", "NULL"))
    await alteration.rebuild(changed)


async def identity(alteration: Alteration, one: Action) -> None:
    known = [each for each in await alteration.state.engine.declared() if each.table == alteration.table]
    numbered = any(each.kind in "id" and each.columns == (one.name,) for each in known)
    if one.kind is Kind.ADD_IDENTITY:
        largest = await rows(
            alteration.state, f"SELECT coalesce(max({quote_identifier(one.name)}), 0) FROM {sql_name(alteration.table)}"
        )
        default = await alteration.numbers(one.name, max(int(str(largest[0][0])), 0) + 1)
        await alteration.leave(f"ALTER COLUMN {quote_identifier(one.name)} SET DEFAULT {default}")
    elif one.kind is Kind.DROP_IDENTITY and numbered:
        await alteration.leave(f"ALTER COLUMN {quote_identifier(one.name)} DROP DEFAULT")
    elif not numbered and not one.if_exists:
        message = f'column "{one.name}" of relation "{alteration.table[1]}" is not an identity column'
        raise ServerError(message, sqlstate="55000")
    kind = "" if one.kind is Kind.DROP_IDENTITY else "i" if one.always else "d"
    added = [Declared(alteration.table, "", kind, (one.name,))] if kind else []
    await alteration.keep(
        lambda known: [
            *(each for each in known if each.kind not in "id" or each.columns != (one.name,)), *added
        ]
    )  # fmt: skip


def _column_renamed(definition: Definition, old: str, new: str) -> Definition:
    return replace(
        definition,
        pieces=tuple(
            replace(
                one,
                column=new if one.column == old else one.column,
                text=_piece_renamed(one, old, new),
                names=tuple(new if name == old else name for name in one.names),
            )
            for one in definition.pieces
        ),
        indexes=tuple(
            replace(one, sql=renamed_inside(one.sql, old, new)) if old in one.columns else one
            for one in definition.indexes
        ),
        comments=tuple((new if column == old else column, text) for column, text in definition.comments),
    )


def _piece_renamed(one: Piece, old: str, new: str) -> str:
    if not one.column:
        return renamed_inside(one.text, old, new)
    head = quote_identifier(one.column)
    behind = renamed_inside(one.text.removeprefix(head), old, new)
    return (quote_identifier(new) if one.column == old else head) + behind


def _with_column(each: Declared, table: TableName, one: Action) -> Declared:
    if each.table == table and (one.name in each.columns or each.kind == "c"):
        columns = tuple(one.other if name == one.name else name for name in each.columns)
        each = replace(each, columns=columns, expression=renamed(each.expression, one.name, one.other))
    if each.reference is not None and each.reference.table == table and one.name in each.reference.columns:
        columns = tuple(one.other if name == one.name else name for name in each.reference.columns)
        each = replace(each, reference=replace(each.reference, columns=columns))
    return each
