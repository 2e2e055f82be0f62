"""What goes with a table beside its rows: what it was declared with, the foreign keys of others, its own sequences."""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.declared import Declared, TableName
from sqlserver.core.errors import ServerError
from sqlserver.engines.declared_constraints import TABLE, literal, removal
from sqlserver.session.state import SessionState
from sqlserver.session.tables.declarations import located, rows
from sqlserver.sql.quote import quote_identifier, quote_text
from sqlserver.sql.table_elements import qualified_name
from sqlserver.sql.tokens import tokenize


class Dropping:
    """``before`` the statement runs, ``after`` it has."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._gone: list[Declared] = []
        self._sequences: list[str] = []
        self._table: TableName | None = None
        self._schema = ""

    async def before(self, text: str) -> bool:
        """Whether there is anything to do afterwards. 2BP01 where other tables refer to what goes."""
        tokens = tokenize(text)
        words = [token.upper for token in tokens]
        at = 4 if words[2:4] == ["IF", "EXISTS"] else 2
        if words[1:2] not in (["TABLE"], ["SCHEMA"]) or at >= len(tokens):
            return False
        name, _ = qualified_name(tokens, at)
        if words[1] == "SCHEMA":
            self._schema = name[-1]
            self._gone = [
                one
                for one in await self._state.engine.declared()
                if self._schema == one.table[0] or (one.reference and self._schema == one.reference.table[0])
            ]
            return bool(self._gone)
        self._table = await located(self._state, name)
        if self._table is None:
            return False
        known = await self._state.engine.declared()
        referring = [
            one
            for one in known
            if one.reference is not None and one.reference.table == self._table and one.table != self._table
        ]
        if referring and "CASCADE" not in words[at:]:
            raise ServerError(
                f"cannot drop table {self._table[1]} because other objects depend on it",
                detail="\n".join(
                    f"constraint {one.name} on table {one.table[1]} depends on table {self._table[1]}"
                    for one in referring
                ),
                hint="Use DROP ... CASCADE to drop the dependent objects too.",
                sqlstate="2BP01",
            )
        self._gone = [one for one in known if one.table == self._table or one in referring]
        self._sequences = [name for name, _ in await own_sequences(self._state, self._table)]
        return bool(self._gone or self._sequences)

    async def after(self) -> None:
        changes = [removal(one.table, None if one.table == self._table else one.name) for one in self._gone]
        if self._schema:
            changes += [f"DELETE FROM {TABLE} WHERE table_schema = {literal(self._schema)}"]
        if changes:
            await self._state.engine.declare(list(dict.fromkeys(changes)))
        for sequence in self._sequences:
            await self._state.engine.execute(f"DROP SEQUENCE IF EXISTS {sequence}")


async def own_sequences(state: SessionState, table: TableName) -> list[tuple[str, int]]:
    """Those that SERIAL made for its columns, unless another table counts by one as well; and where each starts."""
    found = await rows(
        state,
        "SELECT s.schema_name, s.sequence_name, s.start_value FROM system.main.duckdb_sequences() AS s JOIN "
        "system.main.duckdb_columns() AS c ON c.database_name = s.database_name AND c.schema_name = s.schema_name "
        f"WHERE s.database_name = current_database() AND c.schema_name = {quote_text(table[0])} AND c.table_name = "
        f"{quote_text(table[1])} AND s.sequence_name = {quote_text(table[1])} || '_' || c.column_name || '_seq' "
        "AND contains(c.column_default, s.sequence_name) AND NOT EXISTS (SELECT 1 FROM "
        "system.main.duckdb_columns() AS o WHERE o.database_name = s.database_name AND (o.schema_name, "
        "o.table_name) <> (c.schema_name, c.table_name) AND contains(o.column_default, s.sequence_name))",
    )
    return [
        (f"{quote_identifier(str(schema))}.{quote_identifier(str(name))}", int(str(start)))
        for schema, name, start in found
    ]


async def release_each_other(state: SessionState, statements: Sequence[str]) -> None:
    """Of tables that are dropped together: what they refer to each other by goes first."""
    tables = set()
    for sql in statements:
        tokens = tokenize(sql)
        at = 4 if [token.upper for token in tokens[2:4]] == ["IF", "EXISTS"] else 2
        if tokens[1].upper != "TABLE":
            return
        tables.add(await located(state, qualified_name(tokens, at)[0]))
    known = await state.engine.declared()
    between = [one for one in known if one.reference is not None and {one.table, one.reference.table} <= tables]
    if between:
        await state.transaction.begin_implicit()
        state.transaction.wrote()
        await state.engine.declare([removal(one.table, one.name) for one in between])
