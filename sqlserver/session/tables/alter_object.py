"""ALTER INDEX and ALTER SEQUENCE: names change by making the index anew; a sequence can be set to another number.

Owners, storage and OWNED BY say nothing here.
"""

from __future__ import annotations

import re

from sqlserver.catalog.quoting import quote_identifier as printed_name
from sqlserver.core.errors import FeatureNotSupported, InsufficientPrivilege, UndefinedTable
from sqlserver.core.result import CommandTag, Result
from sqlserver.core.roles import Role
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.alter_table import rename_key
from sqlserver.session.tables.declarations import rows
from sqlserver.sql.quote import quote_identifier, quote_text
from sqlserver.sql.table_elements import name_of, qualified_name
from sqlserver.sql.tokens import Token, tokenize

_CHANGES = re.compile(r"\b(?:increment|minvalue|maxvalue|cycle|start)\b", re.IGNORECASE)


async def run_alter_object(state: SessionState, statement: Statement) -> Result:
    """42P01 for what is not there, 0A000 for what DuckDB cannot change."""
    if state.authority.role() < Role.ANALYST:
        raise InsufficientPrivilege(f"must be owner of the {statement.words[1].lower()}")
    tokens = [token for token in tokenize(statement.text) if not token.is_symbol(";")]
    words = [token.upper for token in tokens]
    at = 4 if words[2:4] == ["IF", "EXISTS"] else 2
    name, end = qualified_name(tokens, at)
    await state.transaction.begin_implicit()
    state.transaction.wrote()
    if words[1] == "INDEX":
        await _alter_index(state, name, tokens[end:], if_exists=at == 4)
    else:
        await _alter_sequence(state, name, tokens[end:], statement.text, if_exists=at == 4)
    return Result(CommandTag(f"ALTER {words[1]}"))


async def _alter_index(state: SessionState, name: tuple[str, ...], action: list[Token], *, if_exists: bool) -> None:
    if [token.upper for token in action[:2]] != ["RENAME", "TO"]:
        return
    new = name_of(action[2])
    found = await rows(
        state,
        "SELECT schema_name, sql FROM system.main.duckdb_indexes() WHERE database_name = current_database() "
        f"AND index_name = {quote_text(name[-1])}",
    )
    if not found:
        if not await rename_key(state, name[-1], new) and not if_exists:
            raise UndefinedTable(f'relation "{".".join(name)}" does not exist')
        return
    schema, sql = str(found[0][0]), str(found[0][1])
    await state.engine.execute(f"DROP INDEX {quote_identifier(schema)}.{quote_identifier(name[-1])}")
    tokens = tokenize(sql)
    at = next(n for n, token in enumerate(tokens) if token.upper == "INDEX") + 1
    on = next(n for n, token in enumerate(tokens) if token.upper == "ON") + 1
    table, end = qualified_name(tokens, on)
    target = ".".join(map(quote_identifier, (schema, table[-1])))
    await state.engine.execute(
        f"{sql[: tokens[at].start]}{printed_name(new)} ON {target}{sql[tokens[end - 1].end :]}"
    )  # fmt: skip


async def _alter_sequence(
    state: SessionState, name: tuple[str, ...], action: list[Token], text: str, *, if_exists: bool
) -> None:
    found = await rows(
        state,
        "SELECT schema_name, start_value FROM system.main.duckdb_sequences() WHERE database_name = current_database() "
        f"AND sequence_name = {quote_text(name[-1])}",
    )
    if not found:
        if not if_exists:
            raise UndefinedTable(f'relation "{".".join(name)}" does not exist')
        return
    words = [token.upper for token in action]
    if words[:1] == ["RENAME"] or words[:2] == ["SET", "SCHEMA"]:
        raise FeatureNotSupported("sequences cannot be renamed", hint="Make a new one and set it with setval().")
    if "RESTART" in words:
        number = next((token.text for token in action if token.kind == "number"), str(found[0][1]))
        sequence = f"{quote_identifier(str(found[0][0]))}.{quote_identifier(name[-1])}"
        await rows(state, f"SELECT setval({quote_text(sequence)}, {number}, false)")
    elif _CHANGES.search(text):
        raise FeatureNotSupported("the options of a sequence cannot be changed")
