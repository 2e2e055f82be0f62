"""``currval`` and ``lastval``: the numbers that this session's own rows were given.

DuckDB's ``currval`` is the sequence's last number, whoever took it. Where an INSERT of VALUES has its rows numbered by
sequences, the server has it return those columns too and keeps the last row's. After numbers that were taken otherwise
(``nextval`` by itself, INSERT with RETURNING, of a query or with ON CONFLICT) it is DuckDB that answers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import ServerError
from sqlserver.engines.duckdb_violations import target_of
from sqlserver.engines.engine import EngineResult
from sqlserver.execute.semantic_plan import read_table
from sqlserver.plan.dialect.edit import Rewritten
from sqlserver.session.last_numbers import LastNumbers, Name
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.declarations import located, rows
from sqlserver.sql.edits import Edit, applied
from sqlserver.sql.quote import quote_identifier, quote_text
from sqlserver.sql.split import head_tokens
from sqlserver.sql.table_elements import qualified_name, read_names
from sqlserver.sql.tokens import Token, TokenKind, tokenize

_SEQUENCE = re.compile(r"nextval\('((?:[^']|'')*)'")
_TAKEN = re.compile(r"\b(?:next|set)val\s*\(", re.IGNORECASE)
_TAKEN_FROM = re.compile(r"\b(?:next|set)val\s*\(\s*'((?:[^']|'')*)'", re.IGNORECASE)
_CONFLICT = re.compile(r"\bon\s+conflict\b", re.IGNORECASE)
_HEAD = 1000
"""What holds the column list of nearly every INSERT."""
_LABELS = {"_pg_currval": "currval", "_pg_lastval": "lastval"}


async def execute_numbered(
    state: SessionState, statement: Statement, parameters: Sequence[BoundParameter]
) -> EngineResult:
    """Runs the statement; one that numbers rows gives their numbers to ``state.numbers``."""
    columns = await _numbered(state, statement) if statement.may_number_rows else {}
    if not columns or not _gives_none(statement.text, columns):
        if state.numbers.last is not None:
            await _forget(state, statement)
        return await state.engine.execute(statement.text, parameters)
    listed = ", ".join(map(quote_identifier, columns))
    result = await state.engine.execute(f"{statement.text}\nRETURNING {listed}", parameters)
    numbered = await read_table(result)
    if numbered.num_rows:
        for at, sequence in enumerate(columns.values()):
            number = numbered.column(at)[numbered.num_rows - 1].as_py()
            if number is not None:
                state.numbers.of[sequence] = int(number)
                state.numbers.last = sequence
    return EngineResult(result.kind, None, None, numbered.num_rows, result.tag)


async def _forget(state: SessionState, statement: Statement) -> None:
    """Numbers that are taken otherwise: what the session knew of those sequences is old."""
    numbers = state.numbers
    if statement.verb == "INSERT":
        taken = list((await _numbered(state, statement)).values())
    elif "val" in statement.text.lower() and _TAKEN.search(statement.text):
        taken = [_sequence(name.replace("''", "'"), "") for name in _TAKEN_FROM.findall(statement.text)] or [
            *numbers.of
        ]
    else:
        return
    for sequence in taken:
        known = [one for one in numbers.of if one[1] == sequence[1]]
        numbers.last = next(iter(known), sequence)
        for one in known:
            del numbers.of[one]


def _gives_none(sql: str, columns: Collection[str]) -> bool:
    """Whether an INSERT leaves all these columns to their sequences, and every row it returns is a new one."""
    tokens = head_tokens(sql, _HEAD)
    start = next((at for at, token in enumerate(tokens) if token.upper == "INTO"), len(tokens)) + 1
    if start >= len(tokens) or _CONFLICT.search(sql):
        return False
    _, at = qualified_name(tokens, start)
    if at + 1 < len(tokens) and tokens[at].upper == "AS":
        at += 2
    if at < len(tokens) and tokens[at].is_symbol("("):
        return not set(read_names(tokens, at)) & set(columns)
    return at < len(tokens) and tokens[at].upper == "DEFAULT"


async def _numbered(state: SessionState, statement: Statement) -> Mapping[str, Name]:
    numbers = state.numbers
    if numbers.version != state.engine.catalog_version:
        numbers.numbered.clear()
        numbers.version = state.engine.catalog_version
    target = target_of(statement.text)
    if target is None:
        return {}
    at = (state.settings.get("search_path"), *target)
    found = numbers.numbered.get(at)
    if found is None:
        table = await located(state, (target[0] or "", target[1]))
        found = numbers.numbered[at] = {} if table is None else await _columns(state, *table)
    return found


async def _columns(state: SessionState, schema: str, table: str) -> Mapping[str, Name]:
    found: dict[str, Name] = {}
    for column, default in await rows(
        state,
        "SELECT column_name, column_default FROM system.main.duckdb_columns() WHERE database_name = "
        f"current_database() AND schema_name = {quote_text(schema)} AND table_name = {quote_text(table)} "
        "AND column_default LIKE '%nextval(%'",
    ):
        named = _SEQUENCE.search(str(default))
        if named is not None:
            found[str(column)] = _sequence(named[1].replace("''", "'"), schema)
    return found


def _sequence(written: str, schema: str = "public") -> Name:
    parts = [part.strip('"') for part in written.split(".")]
    return (parts[-2] if len(parts) > 1 else schema, parts[-1])


async def with_last_numbers(
    state: SessionState, statement: Statement, parameters: Sequence[BoundParameter] | None
) -> Statement:
    """The statement with the session's numbers in the place of these functions. ``parameters`` None: to be described.

    55000 for ``lastval()`` in a session that has numbered nothing.
    """
    if not statement.asks_last_number:
        return statement
    edits = _edits(tokenize(statement.text), state.numbers, parameters)
    if not edits:
        return statement
    text, kept = applied(statement.text, edits)
    (reading,) = await state.reader.read(text)
    return replace(reading, start=statement.start, rewritten=Rewritten(text, kept, _LABELS))


def _edits(tokens: Sequence[Token], numbers: LastNumbers, parameters: Sequence[BoundParameter] | None) -> list[Edit]:
    found: list[Edit] = []
    for at, token in enumerate(tokens[:-2]):
        if not tokens[at + 1].is_symbol("("):
            continue
        start = tokens[at - 2].start if at > 1 and tokens[at - 1].is_symbol(".") else token.start
        if token.upper == "LASTVAL" and tokens[at + 2].is_symbol(")"):
            found.append(Edit(start, tokens[at + 2].end, f"_pg_lastval({_last(numbers, parameters)})"))
        elif token.upper == "CURRVAL" and (number := _current(tokens[at + 2], numbers, parameters)) is not None:
            end = next(one for one in range(at + 2, len(tokens)) if tokens[one].is_symbol(")"))
            found.append(Edit(start, tokens[end].end, f"_pg_currval({number})"))
    return found


def _last(numbers: LastNumbers, parameters: Sequence[BoundParameter] | None) -> str:
    if numbers.last is not None:
        name = ".".join(map(quote_identifier, filter(None, numbers.last)))
        return str(numbers.of.get(numbers.last, f"currval({quote_text(name)})"))
    if parameters is None:
        return "NULL::BIGINT"
    raise ServerError("lastval is not yet defined in this session", sqlstate="55000")


def _current(argument: Token, numbers: LastNumbers, parameters: Sequence[BoundParameter] | None) -> str | None:
    """None where DuckDB is to answer. A parameter stays in the text, for the count to be right."""
    if argument.is_string:
        number = numbers.of.get(_sequence(argument.text))
        return None if number is None else str(number)
    if argument.kind is not TokenKind.PARAMETER or not argument.text[1:].isdigit():
        return None
    given = "" if parameters is None else str(parameters[int(argument.text[1:]) - 1].value)
    number = numbers.of.get(_sequence(given))
    if number is None and parameters is not None:
        if numbers.last is not None:
            return f"CASE WHEN {argument.text}::VARCHAR IS NOT NULL THEN currval({quote_text(given)}) END"
        raise ServerError(f'currval of sequence "{given}" is not yet defined in this session', sqlstate="55000")
    return f"CASE WHEN {argument.text}::VARCHAR IS NOT NULL THEN {number or 'NULL'}::BIGINT END"
