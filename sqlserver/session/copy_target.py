"""The table of a COPY: its columns as DuckDB has them, those that the statement means, the INSERT that fills them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sqlserver.catalog.semantic_operators import ALL_RELATIONS
from sqlserver.core.errors import FeatureNotSupported, ServerError, UndefinedColumn, UndefinedTable
from sqlserver.core.pgtypes import BOOL, UNKNOWN
from sqlserver.execute.semantic_plan import read_table
from sqlserver.session.copy_faults import spelled
from sqlserver.session.state import SessionState
from sqlserver.sql.copy_statement import CopyStatement
from sqlserver.sql.quote import quote_identifier, quote_literal
from sqlserver.sql.tokens import tokenize

_QUERIES = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "FROM"})


@dataclass(frozen=True, slots=True)
class CopyTarget:
    """``types``: every column's, in DuckDB's spelling; ``chosen`` those that the data hold, in their order."""

    table: tuple[str, ...]
    types: Mapping[str, str]
    chosen: tuple[str, ...]
    defaults: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    where_start: int = 0

    def insert(self, source: str) -> str:
        """``source`` is a query that gives the chosen columns in their types."""
        listed = ", ".join(map(quote_identifier, self.chosen))
        return f"INSERT INTO {qualified(self.table)} ({listed}) {self.filtered(source)}"

    def filtered(self, source: str) -> str:
        """The rows that WHERE lets through."""
        if not self.where:
            return source
        listed = ", ".join(map(quote_identifier, self.chosen))
        return f"SELECT {listed} FROM {self._rows(source)} WHERE ({self.where})"

    def condition(self) -> str:
        """A query that gives what WHERE gives."""
        return f"SELECT ({self.where}) FROM {self._rows(self.no_rows())}"

    def _rows(self, source: str) -> str:
        """All columns by their names: those without data hold their defaults."""
        others = "".join(
            f", CAST({self.defaults.get(name, 'NULL')} AS {kind}) AS {quote_identifier(name)}"
            for name, kind in self.types.items()
            if name not in self.chosen
        )
        return f"(SELECT *{others} FROM ({source})) AS {quote_identifier(self.table[-1])}"

    def no_rows(self) -> str:
        return "SELECT " + ", ".join(
            f"CAST(NULL AS {self.types[name]}) AS {quote_identifier(name)}" for name in self.chosen
        )

    def client_position(self, position: int | None, statement: str) -> int | None:
        """A place in ``statement``, which ends with the condition, as one in the client's COPY."""
        if position is None or not self.where:
            return None
        inside = position - (len(statement) - len(self.where) - 1)
        return inside + self.where_start if inside > 0 else None


async def table_target(state: SessionState, copy: CopyStatement) -> CopyTarget:
    """42P01, 42703, 42701, 42P10 for a generated column, 42809 for a view, and what is wrong with WHERE."""
    table = copy.table or ()
    types, defaults = await _described(state, table)
    generated = await generated_columns(state, table)
    chosen = copy.columns or tuple(name for name in types if name not in generated)
    check_columns(copy.columns, types, generated, table[-1])
    target = CopyTarget(table, _without(types, generated), chosen, defaults, copy.where, copy.where_start)
    await _check(state, target)
    return target


def log_relation(table: Sequence[str]) -> str | None:
    """The log relation that a name means; None for a table of DuckDB's."""
    return table[-1] if table[:-1] in ((), ("public",)) and table[-1] in ALL_RELATIONS else None


def relation_target(copy: CopyStatement, relation: str) -> CopyTarget:
    """The same for a log relation. 42703, 42701."""
    types = {column.name: column.duckdb_type for column in ALL_RELATIONS[relation].columns}
    check_columns(copy.columns, types, (), relation)
    return CopyTarget((relation,), types, copy.columns or tuple(types), {}, copy.where, copy.where_start)


def check_columns(listed: Sequence[str], known: Collection[str], generated: Collection[str], table: str) -> None:
    for name in listed:
        if name not in known:
            raise UndefinedColumn(f'column "{name}" of relation "{table}" does not exist')
        if name in generated:
            raise ServerError(
                f'column "{name}" is a generated column', detail="Generated columns cannot be used in COPY.",
                sqlstate="42P10",
            )  # fmt: skip
        if listed.count(name) > 1:
            raise ServerError(f'column "{name}" specified more than once', sqlstate="42701")


async def generated_columns(state: SessionState, table: Sequence[str]) -> frozenset[str]:
    """Of the table that a name means: by its schema, or the first of the search path."""
    schema = f" AND schema_name = {quote_literal(table[-2])}" if len(table) > 1 else ""
    found = await read_table(
        await state.engine.execute(
            "SELECT list(column_name) FILTER (is_generated) FROM system.main.duckdb_columns() "
            f"WHERE table_name = {quote_literal(table[-1])}{schema} GROUP BY database_name, schema_name "
            "ORDER BY database_name <> 'temp', list_position(current_schemas(true), schema_name) NULLS LAST LIMIT 1"
        )
    )
    return frozenset(found.column(0)[0].as_py() or ()) if found.num_rows else frozenset()


async def table_columns(state: SessionState, table: Sequence[str]) -> tuple[str, ...]:
    return tuple((await _described(state, table))[0])


async def _described(state: SessionState, table: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The columns' types and defaults. A default that counts is left out: looking at it would count."""
    try:
        found = await read_table(await state.engine.execute(f"DESCRIBE {qualified(table)}"))
    except ServerError as error:
        error.position = None
        if error.sqlstate == UndefinedTable.sqlstate:
            raise UndefinedTable(f'relation "{".".join(table)}" does not exist') from error
        raise
    names = found.column(0).to_pylist()
    defaults = dict(zip(names, found.column(4).to_pylist(), strict=True))
    return (
        dict(zip(names, found.column(1).to_pylist(), strict=True)),
        {name: text for name, text in defaults.items() if text is not None and "nextval" not in text.lower()},
    )


async def _check(state: SessionState, target: CopyTarget) -> None:
    """Binds the INSERT before any data are asked for."""
    _refuse_subquery(target)
    statement = target.insert(target.no_rows())
    try:
        await state.engine.describe(statement)
    except ServerError as error:
        error.position = target.client_position(error.position, statement)
        if error.message.endswith("is not an table"):
            raise ServerError(f'cannot copy to view "{target.table[-1]}"', sqlstate="42809") from error
        raise
    if target.where:
        columns = (await state.engine.describe(target.condition())).columns or ()
        if columns and columns[0].type not in (BOOL, UNKNOWN):
            raise ServerError(
                f"argument of WHERE must be type boolean, not type {spelled(columns[0].type)}",
                sqlstate="42804",
                position=target.where_start + len(target.where) - len(target.where.lstrip()) + 1,
            )


def _refuse_subquery(target: CopyTarget) -> None:
    tokens = tokenize(target.where)
    for token, after in pairwise(tokens):
        if token.is_symbol("(") and after.upper in _QUERIES:
            raise FeatureNotSupported(
                "cannot use subquery in COPY FROM WHERE condition", position=target.where_start + token.start + 1
            )


def qualified(name: Sequence[str]) -> str:
    return ".".join(map(quote_identifier, name))


def _without(types: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    return {name: kind for name, kind in types.items() if name not in names}
