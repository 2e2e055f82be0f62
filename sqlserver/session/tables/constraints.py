"""Constraints that ALTER TABLE adds, drops and renames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlserver.catalog.objects import ConstraintObject
from sqlserver.core.declared import Declared
from sqlserver.core.errors import ServerError, UndefinedColumn, UndefinedObject
from sqlserver.engines.declared_constraints import removal
from sqlserver.session.tables.alteration import Alteration, in_dialect
from sqlserver.session.tables.declarations import resolved
from sqlserver.session.tables.rebuild import (
    Definition,
    Piece,
    definition_of,
    without_words,
)
from sqlserver.sql.alter_table import Action, Kind
from sqlserver.sql.quote import quote_identifier
from sqlserver.sql.tokens import tokenize


async def add_constraint(alteration: Alteration, one: Action) -> None:
    element = one.element
    if element is None or not element.constraints:
        await alteration.leave(alteration.written(one.start, one.end))
        return
    constraint = element.constraints[0]
    if one.index:
        constraint.columns = await take_index(alteration, one.index)
        constraint.name = one.name or one.index
    wanted = await alteration.named(constraint)
    if wanted.name in await alteration.taken():
        raise ServerError(
            f'constraint "{wanted.name}" for relation "{alteration.table[1]}" already exists', sqlstate="42710"
        )
    await declare(alteration, wanted)


async def take_index(alteration: Alteration, name: str) -> tuple[str, ...]:
    definition = await definition_of(alteration.state, alteration.table)
    index = next((one for one in definition.indexes if one.name == name), None)
    if index is None:
        raise UndefinedObject(f'index "{name}" does not exist')
    await alteration.state.engine.execute(
        f"DROP INDEX {quote_identifier(alteration.table[0])}.{quote_identifier(name)}"
    )
    return tuple(column for column in definition.columns if column in index.columns)


async def declare(alteration: Alteration, wanted: Declared) -> None:
    """A constraint, or that a column numbers its rows."""
    if wanted.kind == "f":
        wanted = await resolved(alteration.state, wanted)
        await alteration.state.foreign_keys.check_new(wanted)
    elif wanted.kind in "puc":
        definition = await definition_of(alteration.state, alteration.table)
        for column in wanted.columns:
            if column not in definition.columns:
                raise UndefinedColumn(f'column "{column}" named in key does not exist')
        if wanted.kind == "p" and any(one.kind == "p" for one in await alteration.constraints()):
            message = f'multiple primary keys for table "{alteration.table[1]}" are not allowed'
            raise ServerError(message, sqlstate="42P16")
        listed = ", ".join(map(quote_identifier, wanted.columns))
        body_text = {"p": f"PRIMARY KEY ({listed})", "u": f"UNIQUE ({listed})"}.get(wanted.kind) or in_dialect(
            f"CHECK ({wanted.expression})"
        )
        if wanted.kind == "c" or definition.indexes:
            piece = Piece("", body_text, kind=wanted.kind, names=wanted.columns)
            await alteration.keep(lambda known: [*known, wanted])  # checks go by their order
            await alteration.rebuild(replace(definition, pieces=(*definition.pieces, piece)), wanted)
        else:
            await alteration.change(f"ADD {body_text}")
    await alteration.keep(lambda known: [*known, wanted] if wanted not in known else known)


async def drop_constraint(alteration: Alteration, one: Action) -> None:
    found = next((each for each in await alteration.constraints() if each.name == one.name), None)
    if found is None:
        message = f'constraint "{one.name}" of relation "{alteration.table[1]}" does not exist'
        if not one.if_exists:
            raise UndefinedObject(message)
        alteration.notice(f"{message}, skipping")
        return
    if found.kind in "pu":
        await drop_references(alteration, found.columns, one)
    known = await alteration.state.engine.declared()
    kept = any(each.kind == "f" and each.table == alteration.table and each.name == one.name for each in known)
    if not kept:
        await alteration.keep(lambda known: known)
        await alteration.rebuild(
            _without(await definition_of(alteration.state, alteration.table), found, await alteration.constraints())
        )
    await alteration.keep(lambda known: [each for each in known if each.name != one.name])


async def drop_references(alteration: Alteration, columns: Sequence[str], one: Action) -> None:
    """The foreign keys of other tables that need what goes: they go with CASCADE. 2BP01 without.

    A key goes whole, a column with any key that it is part of.
    """
    goes = set(columns).intersection if one.kind is Kind.DROP_COLUMN else set(columns).__eq__
    for each in await alteration.state.engine.declared():
        reference = each.reference
        if reference is None or reference.table != alteration.table or not goes(set(reference.columns)):
            continue
        if not one.cascade:
            raise ServerError(
                f"cannot drop constraint {one.name} on table {alteration.table[1]} because other objects depend on it",
                detail=f"constraint {each.name} on table {each.table[1]} depends on index {one.name}",
                hint="Use DROP ... CASCADE to drop the dependent objects too.",
                sqlstate="2BP01",
            )
        await alteration.state.engine.declare([removal(each.table, each.name)])


async def rename_constraint(alteration: Alteration, one: Action) -> None:
    found = next((each for each in await alteration.constraints() if each.name == one.name), None)
    if found is None:
        raise UndefinedObject(f'constraint "{one.name}" for table "{alteration.table[1]}" does not exist')

    def change(known: list[Declared]) -> list[Declared]:
        if any(each.name == one.name for each in known):
            return [replace(each, name=one.other) if each.name == one.name else each for each in known]
        return [*known, Declared(alteration.table, one.other, found.kind, found.columns)]

    await alteration.keep(change)


def _without(definition: Definition, gone: ConstraintObject, all_: Sequence[ConstraintObject]) -> Definition:
    """Checks go by their order, keys by their columns; either may stand in a column's own text."""
    place = [one.name for one in all_ if one.kind == "c"].index(gone.name) if gone.kind == "c" else -1
    pieces: list[Piece] = []
    seen = 0
    for piece in definition.pieces:
        checks = piece.text.upper().count("CHECK(") if piece.column else int(piece.kind == "c")
        if gone.kind == "c" and checks and seen <= place < seen + checks:
            if piece.column:
                pieces.append(replace(piece, text=_without_check(piece.text, place - seen)))
        elif gone.kind != "c" and not piece.column and piece.kind == gone.kind and piece.names == gone.columns:
            pass
        elif gone.kind in "pu" and piece.column and gone.columns == (piece.column,):
            words = ("PRIMARY", "KEY") if gone.kind == "p" else ("UNIQUE",)
            pieces.append(replace(piece, text=without_words(piece.text, *words)))
        else:
            pieces.append(piece)
        seen += checks
    return replace(definition, pieces=tuple(pieces))


def _without_check(text: str, place: int) -> str:
    tokens = tokenize(text)
    starts = [at for at, token in enumerate(tokens) if token.upper == "CHECK"]
    at = starts[place]
    depth, end = 0, at + 1
    while end < len(tokens):
        depth += tokens[end].is_symbol("(") - tokens[end].is_symbol(")")
        end += 1
        if depth == 0:
            break
    return text[: tokens[at].start].rstrip() + text[tokens[end - 1].end :]
