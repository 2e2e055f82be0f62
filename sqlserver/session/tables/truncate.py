"""TRUNCATE of what DuckDB does not take: several tables, tables that others refer to, RESTART IDENTITY."""

from __future__ import annotations

from sqlserver.core.declared import TableName
from sqlserver.core.errors import FeatureNotSupported, UndefinedTable
from sqlserver.core.result import CommandTag, Result
from sqlserver.session.state import SessionState
from sqlserver.session.tables.declarations import located, rows
from sqlserver.session.tables.dropping import own_sequences
from sqlserver.sql.quote import quote_identifier, quote_text
from sqlserver.sql.table_elements import qualified_name, split_at_commas
from sqlserver.sql.tokens import tokenize

_ENDS = frozenset({"RESTART", "CONTINUE", "CASCADE", "RESTRICT"})


async def run_truncate(state: SessionState, sql: str) -> Result | None:
    """None for one table that nothing refers to. 42P01, and 0A000 where rows elsewhere refer to what would go."""
    tokens = [token for token in tokenize(sql) if not token.is_symbol(";")]
    words = [token.upper for token in tokens]
    start = 1 + (words[1:2] == ["TABLE"])
    end = next((at for at in range(start, len(tokens)) if words[at] in _ENDS), len(tokens))
    names = [qualified_name(tokens, at + (words[at] == "ONLY"))[0] for at, _ in split_at_commas(tokens, start, end)]
    if not names:
        return None
    found = [(name, await located(state, name)) for name in names]
    tables = [table for _, table in found if table is not None]
    if len(found) == 1 and (not tables or not (await _referring(state, tables) or "RESTART" in words)):
        return None
    missing = next((name for name, table in found if table is None), None)
    if missing is not None:
        raise UndefinedTable(f'relation "{".".join(missing)}" does not exist')
    while referring := await _referring(state, tables):
        if "CASCADE" not in words:
            table, target = referring[0]
            raise FeatureNotSupported(
                "cannot truncate a table referenced in a foreign key constraint",
                detail=f'Table "{table[1]}" references "{target[1]}".',
                hint=f'Truncate table "{table[1]}" at the same time, or use TRUNCATE ... CASCADE.',
            )
        tables += dict.fromkeys(table for table, _ in referring)
    await state.transaction.begin_implicit()
    state.transaction.wrote()
    for table in tables:
        await state.engine.execute(f"TRUNCATE {quote_identifier(table[0])}.{quote_identifier(table[1])}")
        if "RESTART" in words:
            for sequence, start in await own_sequences(state, table):
                await rows(state, f"SELECT setval({quote_text(sequence)}, {start}, false)")
    return Result(CommandTag("TRUNCATE TABLE"))


async def _referring(state: SessionState, tables: list[TableName]) -> list[tuple[TableName, TableName]]:
    """Other tables, each with the one of ``tables`` that it refers to."""
    return [
        (one.table, one.reference.table)
        for one in await state.engine.declared()
        if one.reference is not None and one.reference.table in tables and one.table not in tables
    ]
