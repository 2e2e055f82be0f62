"""ALTER TABLE, action by action: what DuckDB does by itself is left to it, declarations are written down, and for the
rest the table is made anew (``table_rebuild``)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from sqlserver.catalog.objects import ConstraintObject
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.declared import Declared, TableName
from sqlserver.core.errors import InsufficientPrivilege, ServerError, UndefinedColumn, UndefinedObject, UndefinedTable
from sqlserver.core.notice import Notice
from sqlserver.core.result import CommandTag, Result
from sqlserver.core.roles import Role
from sqlserver.engines.declared_constraints import insertion, removal
from sqlserver.engines.duckdb_constraints import constraints_of
from sqlserver.plan.dialect import rewrite
from sqlserver.plan.dialect.declared_types import declared_in, type_at
from sqlserver.plan.dialect.edit import Text
from sqlserver.plan.dialect.table_constraints import declared
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.table_declarations import located, resolved, rows
from sqlserver.session.table_rebuild import (
    Definition,
    Piece,
    definition_of,
    rebuild,
    renamed,
    with_type,
    without_default,
    without_words,
)
from sqlserver.sql.alter_table import Action, AlterTable, Kind, read_alter_table
from sqlserver.sql.quote import quote_identifier, quote_text
from sqlserver.sql.table_elements import closing
from sqlserver.sql.tokens import tokenize

Run = Callable[[SessionState, Statement, Sequence[BoundParameter]], Awaitable[Result]]
_DONE = Result(CommandTag("ALTER TABLE"))


async def run_alter_table(state: SessionState, statement: Statement, run: Run) -> Result | None:
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
    return await _Alteration(state, text, alter, table, run).run()


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


class _Alteration:
    """One statement's."""

    def __init__(self, state: SessionState, text: Text, alter: AlterTable, table: TableName, run: Run) -> None:
        self._state = state
        self._text = text
        self._alter = alter
        self._table = table
        self._run = run

    async def run(self) -> Result | None:
        if len(self._alter.actions) == 1 and await self._is_plain(self._alter.actions[0]):
            return None
        await self._state.transaction.begin_implicit()
        for action in self._alter.actions:
            await self._act(action)
        self._state.transaction.wrote()
        return _DONE

    async def _is_plain(self, one: Action) -> bool:
        if one.kind is Kind.ADD_COLUMN:
            kept = None if one.element is None else declared_in(self._text, one.element)
            return one.element is None or not (one.element.constraints or kept or self._is_needed(one))
        if one.kind in (Kind.TYPE, Kind.SET_NOT_NULL, Kind.DROP_NOT_NULL, Kind.DEFAULT):
            return not (await self._is_bound(one.name) or (one.kind is Kind.TYPE and self._keeps_type(one)))
        return one.kind is Kind.OTHER

    def _is_needed(self, one: Action) -> bool:
        """Whether a new column is NOT NULL, which DuckDB refuses where there is an index."""
        return "NOT NULL" in " ".join(token.upper for token in self._text.tokens[one.start : one.end])

    def _keeps_type(self, one: Action) -> bool:
        """Whether a column's new type is kept in a check."""
        return type_at(self._text, *one.value) is not None

    async def _is_bound(self, column: str) -> bool:
        """Whether DuckDB refuses to change a column, for an index of the table or a constraint over it."""
        definition = await definition_of(self._state, self._table)
        constraints = await self._constraints()
        return bool(definition.indexes or definition.keeps_type(column)) or any(
            column in one.columns or one.kind == "c" for one in constraints if one.kind != "f"
        )

    async def _act(self, one: Action) -> None:
        match one.kind:
            case Kind.NOTHING:
                pass
            case Kind.ADD_COLUMN:
                await self._add_column(one)
            case Kind.ADD_CONSTRAINT:
                await self._add_constraint(one)
            case Kind.DROP_CONSTRAINT:
                await self._drop_constraint(one)
            case Kind.RENAME_CONSTRAINT:
                await self._rename_constraint(one)
            case Kind.DROP_COLUMN:
                await self._drop_column(one)
            case Kind.RENAME_COLUMN:
                await self._rename_column(one)
            case Kind.RENAME | Kind.SET_SCHEMA:
                await self._move(one)
            case Kind.ADD_IDENTITY | Kind.SET_IDENTITY | Kind.DROP_IDENTITY:
                await self._identity(one)
            case Kind.TYPE | Kind.SET_NOT_NULL | Kind.DROP_NOT_NULL | Kind.DEFAULT if not await self._is_plain(one):
                await self._change_column(one)
            case _:
                await self._leave(self._written(one.start, one.end))

    def _written(self, start: int, end: int) -> str:
        return self._text.sql[self._text.tokens[start].start : self._text.tokens[end - 1].end] if end > start else ""

    async def _leave(self, action: str) -> None:
        """To DuckDB, on the ordinary road."""
        (statement,) = await self._state.reader.read(f"ALTER TABLE {_name(self._table)} {action}")
        if statement.fault is not None:
            raise statement.fault
        try:
            await self._run(self._state, statement, ())
        except ServerError as error:
            error.position = None
            raise

    async def _constraints(self) -> tuple[ConstraintObject, ...]:
        found = await rows(
            self._state,
            "SELECT constraint_type, constraint_column_names, expression, constraint_text, referenced_table, "
            "referenced_column_names FROM system.main.duckdb_constraints() WHERE database_name = current_database() "
            f"AND schema_name = {quote_text(self._table[0])} AND table_name = {quote_text(self._table[1])}",
        )
        names = ("constraint_type", "constraint_column_names", "expression", "constraint_text", "referenced_table",
                 "referenced_column_names")  # fmt: skip
        own = [(self._table, dict(zip(names, row, strict=True))) for row in found]
        return constraints_of(own, await self._state.engine.declared(), {self._table})

    async def _keep(self, change: Callable[[list[Declared]], list[Declared]]) -> None:
        """Writes down what the table is declared with anew: ``change`` of what it is now, all checks named."""
        before = [one for one in await self._state.engine.declared() if one.table == self._table]
        checks = iter([one for one in before if one.kind == "c"])
        named = [
            Declared(
                self._table, one.name, "c", one.columns, (one.expression or "").removeprefix("(").removesuffix(")")
            )
            for one in await self._constraints()
            if one.kind == "c" and next(checks, None) is None
        ]
        after = change([*before, *named])
        await self._state.engine.declare([removal(self._table), *([insertion(after)] if after else [])])

    async def _add_column(self, one: Action) -> None:
        element = one.element
        definition = await definition_of(self._state, self._table)
        needed = self._is_needed(one) and bool(definition.indexes)
        needed = needed or (element is not None and declared_in(self._text, element) is not None)
        if element is None or not (element.constraints or needed):
            await self._leave(self._written(one.start, one.end))
            return
        if one.name in definition.columns and one.if_exists:
            self._notice(f'column "{one.name}" of relation "{self._table[1]}" already exists, skipping')
            return
        tokens = self._text.tokens
        kept: list[str] = []
        at = element.start
        for constraint in element.constraints:
            kept.append(self._written(at, constraint.start))
            at = constraint.end
            if constraint.kind in ("i", "d"):
                if at < element.end and tokens[at].is_symbol("("):
                    at = closing(tokens, at) + 1
                kept.append(f"DEFAULT {await self._numbers(one.name, 1)}")
        kept.append(self._text.sql[tokens[at].start : tokens[element.end - 1].end] if at < element.end else "")
        text = " ".join(kept)
        if needed:
            column = Piece(one.name, _column_text(text))
            await self._keep(lambda known: known)
            await self._rebuild(replace(definition, pieces=(*definition.pieces, column)))
        else:
            await self._leave(f"ADD COLUMN {text}")
        for constraint in element.constraints:
            await self._declare(declared(self._text, constraint, self._table, await self._taken()), constraint.body)

    async def _taken(self) -> set[str]:
        return {one.name for one in await self._constraints()}

    async def _add_constraint(self, one: Action) -> None:
        element = one.element
        if element is None or not element.constraints:
            await self._leave(self._written(one.start, one.end))
            return
        constraint = element.constraints[0]
        if one.index:
            constraint.columns = await self._take_index(one.index)
            constraint.name = one.name or one.index
        wanted = declared(self._text, constraint, self._table, await self._taken())
        if wanted.name in await self._taken():
            raise ServerError(
                f'constraint "{wanted.name}" for relation "{self._table[1]}" already exists', sqlstate="42710"
            )
        await self._declare(wanted, constraint.body)

    async def _take_index(self, name: str) -> tuple[str, ...]:
        definition = await definition_of(self._state, self._table)
        index = next((one for one in definition.indexes if one.name == name), None)
        if index is None:
            raise UndefinedObject(f'index "{name}" does not exist')
        await self._state.engine.execute(f"DROP INDEX {quote_identifier(self._table[0])}.{quote_identifier(name)}")
        return tuple(column for column in definition.columns if column in index.columns)

    async def _declare(self, wanted: Declared, body: int) -> None:
        """A constraint, or that a column numbers its rows."""
        if wanted.kind == "f":
            wanted = await resolved(self._state, wanted)
            await self._state.foreign_keys.check_new(wanted)
        elif wanted.kind in "puc":
            definition = await definition_of(self._state, self._table)
            for column in wanted.columns:
                if column not in definition.columns:
                    raise UndefinedColumn(f'column "{column}" named in key does not exist')
            if wanted.kind == "p" and any(one.kind == "p" for one in await self._constraints()):
                message = f'multiple primary keys for table "{self._table[1]}" are not allowed'
                raise ServerError(message, sqlstate="42P16")
            listed = ", ".join(map(quote_identifier, wanted.columns))
            body_text = {"p": f"PRIMARY KEY ({listed})", "u": f"UNIQUE ({listed})"}.get(wanted.kind) or _dialect(
                f"CHECK ({wanted.expression})"
            )
            del body
            if wanted.kind == "c" or definition.indexes:
                piece = Piece("", body_text, kind=wanted.kind, names=wanted.columns)
                await self._keep(lambda known: [*known, wanted])  # checks go by their order
                await self._rebuild(replace(definition, pieces=(*definition.pieces, piece)), wanted)
            else:
                await self._state.engine.execute(f"ALTER TABLE {_name(self._table)} ADD {body_text}")
        await self._keep(lambda known: [*known, wanted] if wanted not in known else known)

    async def _rebuild(self, definition: Definition, wanted: Declared | None = None) -> None:
        try:
            await rebuild(self._state, self._table, definition)
        except ServerError as error:
            error.position = None
            if error.sqlstate == "23514" and wanted is not None:
                message = f'check constraint "{wanted.name}" of relation "{self._table[1]}" is violated by some row'
                raise ServerError(message, sqlstate="23514") from error
            raise

    async def _drop_constraint(self, one: Action) -> None:
        found = next((each for each in await self._constraints() if each.name == one.name), None)
        if found is None:
            message = f'constraint "{one.name}" of relation "{self._table[1]}" does not exist'
            if not one.if_exists:
                raise UndefinedObject(message)
            self._notice(f"{message}, skipping")
            return
        if found.kind in "pu":
            await self._drop_references(found.columns, one)
        known = await self._state.engine.declared()
        kept = any(each.kind == "f" and each.table == self._table and each.name == one.name for each in known)
        if not kept:
            await self._keep(lambda known: known)
            await self._rebuild(
                _without(await definition_of(self._state, self._table), found, await self._constraints())
            )
        await self._keep(lambda known: [each for each in known if each.name != one.name])

    async def _drop_references(self, columns: Sequence[str], one: Action) -> None:
        """The foreign keys of other tables that need what goes: they go with CASCADE. 2BP01 without."""
        for each in await self._state.engine.declared():
            reference = each.reference
            if reference is None or reference.table != self._table or set(reference.columns) != set(columns):
                continue
            if not one.cascade:
                raise ServerError(
                    f"cannot drop constraint {one.name} on table {self._table[1]} because other objects depend on it",
                    detail=f"constraint {each.name} on table {each.table[1]} depends on index {one.name}",
                    hint="Use DROP ... CASCADE to drop the dependent objects too.",
                    sqlstate="2BP01",
                )
            await self._state.engine.declare([removal(each.table, each.name)])

    async def _rename_constraint(self, one: Action) -> None:
        found = next((each for each in await self._constraints() if each.name == one.name), None)
        if found is None:
            raise UndefinedObject(f'constraint "{one.name}" for table "{self._table[1]}" does not exist')

        def change(known: list[Declared]) -> list[Declared]:
            if any(each.name == one.name for each in known):
                return [replace(each, name=one.other) if each.name == one.name else each for each in known]
            return [*known, Declared(self._table, one.other, found.kind, found.columns)]

        await self._keep(change)

    async def _drop_column(self, one: Action) -> None:
        definition = await definition_of(self._state, self._table)
        if one.name not in definition.columns:
            message = f'column "{one.name}" of relation "{self._table[1]}" does not exist'
            if not one.if_exists:
                raise UndefinedColumn(message)
            self._notice(f"{message}, skipping")
            return
        await self._drop_references((one.name,), replace(one, name=one.name))
        constraints = await self._constraints()
        gone = {each.name for each in constraints if one.name in each.columns}
        await self._keep(lambda known: known)
        # DuckDB does not drop a column before one that a key or an index is over.
        if definition.indexes or any(each.kind in "pu" or one.name in each.columns for each in constraints):
            await self._rebuild(
                replace(
                    definition,
                    pieces=tuple(p for p in definition.pieces if p.column != one.name and one.name not in p.names),
                    indexes=tuple(index for index in definition.indexes if one.name not in index.columns),
                    comments=tuple(pair for pair in definition.comments if pair[0] != one.name),
                )
            )
        else:
            await self._state.engine.execute(f"ALTER TABLE {_name(self._table)} DROP {quote_identifier(one.name)}")
        await self._keep(
            lambda known: [each for each in known if each.name not in gone and one.name not in each.columns]
        )

    async def _rename_column(self, one: Action) -> None:
        definition = await definition_of(self._state, self._table)
        if one.name not in definition.columns:
            raise UndefinedColumn(f'column "{one.name}" does not exist')
        if one.other in definition.columns:
            message = f'column "{one.other}" of relation "{self._table[1]}" already exists'
            raise ServerError(message, sqlstate="42701")
        if definition.indexes or any(one.name in each.names for each in definition.pieces):
            await self._rebuild(_column_renamed(definition, one.name, one.other))
        else:
            names = f"{quote_identifier(one.name)} TO {quote_identifier(one.other)}"
            await self._state.engine.execute(f"ALTER TABLE {_name(self._table)} RENAME {names}")
        changed = [_with_column(each, self._table, one) for each in await self._state.engine.declared()]
        await self._rewrite(changed)

    async def _move(self, one: Action) -> None:
        """RENAME TO and SET SCHEMA."""
        old = self._table
        new = (old[0], one.other) if one.kind is Kind.RENAME else (one.other, old[1])
        if new[0] != old[0] and not await rows(
            self._state, f"SELECT 1 FROM system.main.duckdb_schemas() WHERE schema_name = {quote_text(new[0])}"
        ):
            raise ServerError(f'schema "{new[0]}" does not exist', sqlstate="3F000")
        if await located(self._state, new) == new:
            raise ServerError(f'relation "{new[1]}" already exists', sqlstate="42P07")
        definition = await definition_of(self._state, old)
        await self._keep(lambda known: known)
        named = {one.name: one for one in await self._constraints() if one.kind in "pu"}
        await self._keep(
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
            await self._rebuild(replace(definition, table=new))
        else:
            await self._state.engine.execute(f"ALTER TABLE {_name(old)} RENAME TO {quote_identifier(new[1])}")
        await self._rewrite([_with_table(each, old, new) for each in await self._state.engine.declared()])
        self._table = new

    async def _rewrite(self, everything: Sequence[Declared]) -> None:
        """All that is declared, where something of it has changed."""
        if list(everything) != list(await self._state.engine.declared()):
            tables = {one.table for one in await self._state.engine.declared()} | {one.table for one in everything}
            await self._state.engine.declare([*map(removal, sorted(tables)), insertion(everything)])

    async def _identity(self, one: Action) -> None:
        known = [each for each in await self._state.engine.declared() if each.table == self._table]
        numbered = any(each.kind in "id" and each.columns == (one.name,) for each in known)
        if one.kind is Kind.ADD_IDENTITY:
            largest = await rows(
                self._state, f"SELECT coalesce(max({quote_identifier(one.name)}), 0) FROM {_name(self._table)}"
            )
            default = await self._numbers(one.name, max(int(str(largest[0][0])), 0) + 1)
            await self._leave(f"ALTER COLUMN {quote_identifier(one.name)} SET DEFAULT {default}")
        elif one.kind is Kind.DROP_IDENTITY and numbered:
            await self._leave(f"ALTER COLUMN {quote_identifier(one.name)} DROP DEFAULT")
        elif not numbered and not one.if_exists:
            message = f'column "{one.name}" of relation "{self._table[1]}" is not an identity column'
            raise ServerError(message, sqlstate="55000")
        kind = "" if one.kind is Kind.DROP_IDENTITY else "i" if one.always else "d"
        added = [Declared(self._table, "", kind, (one.name,))] if kind else []
        await self._keep(
            lambda known: [
                *(each for each in known if each.kind not in "id" or each.columns != (one.name,)), *added
            ]
        )  # fmt: skip

    async def _numbers(self, column: str, start: int) -> str:
        """A new sequence for a column, as its default."""
        sequence = _name((self._table[0], f"{self._table[1]}_{column}_seq"))
        await self._state.engine.execute(f"CREATE OR REPLACE SEQUENCE {sequence} START WITH {start}")
        return f"nextval({quote_text(sequence)})"

    async def _change_column(self, one: Action) -> None:
        definition = await definition_of(self._state, self._table)
        if one.name not in definition.columns:
            raise UndefinedColumn(f'column "{one.name}" of relation "{self._table[1]}" does not exist')
        text = definition.piece(one.name).text
        column = quote_identifier(one.name)
        if one.kind is Kind.TYPE:
            written = self._written(*one.value)
            kind = _column_text(f"{column} {written}").removeprefix(f"{column} ")
            assigned = f"CAST({column} AS {written})"
            using = self._written(*one.using)
            # A cast cuts what is too long for varchar(n), an assignment refuses it.
            source = assigned if not using and self._keeps_type(one) else _dialect(using or assigned)
            changed = definition.without_type(one.name).changed(one.name, with_type(text, kind), source)
        elif one.kind is Kind.DEFAULT:
            written = self._written(one.start, one.end)
            default = re.split(r"\bDEFAULT\b", written, maxsplit=1, flags=re.IGNORECASE)[1].strip()
            bare = without_default(text)
            changed = definition.changed(one.name, f"{bare} DEFAULT ({_dialect(default)})" if default else bare)
        elif one.kind is Kind.SET_NOT_NULL:
            there = without_words(text, "NOT", "NULL") != text or without_words(text, "PRIMARY", "KEY") != text
            changed = definition.changed(one.name, text if there else f"{text} NOT NULL")
        else:
            changed = definition.changed(one.name, without_words(text, "NOT", "NULL"))
        await self._rebuild(changed)

    def _notice(self, message: str) -> None:
        self._state.notify(Notice(message))


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


def _column_renamed(definition: Definition, old: str, new: str) -> Definition:
    return replace(
        definition,
        pieces=tuple(
            replace(
                one,
                column=new if one.column == old else one.column,
                text=renamed(one.text, old, new),
                names=tuple(new if name == old else name for name in one.names),
            )
            for one in definition.pieces
        ),
        indexes=tuple(
            replace(one, sql=renamed(one.sql, old, new)) if old in one.columns else one for one in definition.indexes
        ),
        comments=tuple((new if column == old else column, text) for column, text in definition.comments),
    )


def _with_column(each: Declared, table: TableName, one: Action) -> Declared:
    if each.table == table and (one.name in each.columns or each.kind == "c"):
        columns = tuple(one.other if name == one.name else name for name in each.columns)
        each = replace(each, columns=columns, expression=renamed(each.expression, one.name, one.other))
    if each.reference is not None and each.reference.table == table and one.name in each.reference.columns:
        columns = tuple(one.other if name == one.name else name for name in each.reference.columns)
        each = replace(each, reference=replace(each.reference, columns=columns))
    return each


def _with_table(each: Declared, old: TableName, new: TableName) -> Declared:
    if each.table == old:
        each = replace(each, table=new)
    if each.reference is not None and each.reference.table == old:
        each = replace(each, reference=replace(each.reference, table=new))
    return each


def _column_text(text: str) -> str:
    """PostgreSQL's spelling of a column's definition to DuckDB's."""
    found = rewrite(f"CREATE TABLE t ({text})")
    return text if found is None else found.sql.removeprefix("CREATE TABLE t (").removesuffix(")")


def _dialect(expression: str) -> str:
    """PostgreSQL's spelling of an expression to DuckDB's."""
    found = rewrite(f"SELECT {expression}")
    return expression if found is None else found.sql.removeprefix("SELECT ")


def _name(table: TableName) -> str:
    return f"{quote_identifier(table[0])}.{quote_identifier(table[1])}"
