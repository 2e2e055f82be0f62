"""One ALTER TABLE under way: the table as it is by now, and what every action needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sqlserver.catalog.objects import ConstraintObject
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.declared import Declared, TableName
from sqlserver.core.errors import ServerError
from sqlserver.core.notice import Notice
from sqlserver.core.result import Result
from sqlserver.engines.declared_constraints import insertion, removal
from sqlserver.engines.duckdb_constraints import constraints_of
from sqlserver.plan.dialect import rewrite
from sqlserver.plan.dialect.edit import Text
from sqlserver.plan.dialect.table_constraints import declared
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.declarations import columns_of, rows
from sqlserver.session.tables.rebuild import (
    Definition,
    definition_of,
    rebuild,
)
from sqlserver.sql.alter_table import AlterTable
from sqlserver.sql.quote import quote_identifier, quote_text
from sqlserver.sql.table_elements import Constraint

RunInner = Callable[[SessionState, Statement, Sequence[BoundParameter]], Awaitable[Result]]
"""The pipeline, for what is left to DuckDB."""


class Alteration:
    """``table`` changes with RENAME and SET SCHEMA."""

    def __init__(
        self, state: SessionState, text: Text, alter: AlterTable, table: TableName, run_inner: RunInner | None
    ) -> None:
        self.state = state
        self.text = text
        self.alter = alter
        self.table = table
        self.run_inner = run_inner

    def written(self, start: int, end: int) -> str:
        return self.text.sql[self.text.tokens[start].start : self.text.tokens[end - 1].end] if end > start else ""

    async def leave(self, action: str) -> None:
        """To DuckDB, on the ordinary road."""
        (statement,) = await self.state.reader.read(f"ALTER TABLE {sql_name(self.table)} {action}")
        if statement.fault is not None:
            raise statement.fault
        try:
            if self.run_inner is not None:
                await self.run_inner(self.state, statement, ())
        except ServerError as error:
            error.position = None
            raise

    async def constraints(self) -> tuple[ConstraintObject, ...]:
        found = await rows(
            self.state,
            "SELECT constraint_type, constraint_column_names, expression, constraint_text, referenced_table, "
            "referenced_column_names FROM system.main.duckdb_constraints() WHERE database_name = current_database() "
            f"AND schema_name = {quote_text(self.table[0])} AND table_name = {quote_text(self.table[1])}",
        )
        names = ("constraint_type", "constraint_column_names", "expression", "constraint_text", "referenced_table",
                 "referenced_column_names")  # fmt: skip
        own = [(self.table, dict(zip(names, row, strict=True))) for row in found]
        return constraints_of(own, await self.state.engine.declared(), {self.table})

    async def taken(self) -> set[str]:
        return {one.name for one in await self.constraints()}

    async def named(self, constraint: Constraint) -> Declared:
        """A constraint of the statement, under its name or the one PostgreSQL gives it."""
        columns = await columns_of(self.state, self.table)
        return declared(self.text, constraint, self.table, await self.taken(), columns)

    async def change(self, action: str) -> None:
        """By DuckDB, as it stands."""
        await self.state.engine.execute(f"ALTER TABLE {sql_name(self.table)} {action}")

    async def keep(self, change: Callable[[list[Declared]], list[Declared]]) -> None:
        """Writes down what the table is declared with anew: ``change`` of what it is now, all checks named."""
        before = [one for one in await self.state.engine.declared() if one.table == self.table]
        checks = iter([one for one in before if one.kind == "c"])
        named = [
            Declared(self.table, one.name, "c", one.columns, (one.expression or "").removeprefix("(").removesuffix(")"))
            for one in await self.constraints()
            if one.kind == "c" and next(checks, None) is None
        ]
        after = change([*before, *named])
        await self.state.engine.declare([removal(self.table), *([insertion(after)] if after else [])])

    async def rewrite(self, everything: Sequence[Declared]) -> None:
        """All that is declared, where something of it has changed."""
        if list(everything) != list(await self.state.engine.declared()):
            tables = {one.table for one in await self.state.engine.declared()} | {one.table for one in everything}
            await self.state.engine.declare([*map(removal, sorted(tables)), insertion(everything)])

    async def rebuild(self, definition: Definition, wanted: Declared | None = None) -> None:
        try:
            await rebuild(self.state, self.table, definition)
        except ServerError as error:
            error.position = None
            if error.sqlstate == "23514" and wanted is not None:
                message = f'check constraint "{wanted.name}" of relation "{self.table[1]}" is violated by some row'
                raise ServerError(message, sqlstate="23514") from error
            raise

    async def is_bound(self, column: str) -> bool:
        """Whether DuckDB refuses to change a column, for an index of the table or a constraint over it."""
        definition = await definition_of(self.state, self.table)
        constraints = await self.constraints()
        return bool(definition.indexes or definition.keeps_type(column)) or any(
            column in one.columns or one.kind == "c" for one in constraints if one.kind != "f"
        )

    async def numbers(self, column: str, start: int) -> str:
        """A new sequence for a column, as its default."""
        sequence = sql_name((self.table[0], f"{self.table[1]}_{column}_seq"))
        await self.state.engine.execute(f"CREATE OR REPLACE SEQUENCE {sequence} START WITH {start}")
        return f"nextval({quote_text(sequence)})"

    def notice(self, message: str) -> None:
        self.state.notify(Notice(message))


def in_dialect(expression: str) -> str:
    """PostgreSQL's spelling of an expression to DuckDB's."""
    found = rewrite(f"SELECT {expression}")
    return expression if found is None else found.sql.removeprefix("SELECT ")


def column_in_dialect(text: str) -> str:
    """PostgreSQL's spelling of a column's definition to DuckDB's."""
    found = rewrite(f"CREATE TABLE t ({text})")
    return text if found is None else found.sql.removeprefix("CREATE TABLE t (").removesuffix(")")


def sql_name(table: TableName) -> str:
    return f"{quote_identifier(table[0])}.{quote_identifier(table[1])}"
