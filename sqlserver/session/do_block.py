"""DO, as far as it is SQL: statements one after another, and errors that a block may have.

    DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad'); EXCEPTION WHEN duplicate_object THEN null; END $$

So ORMs make a type that may be there. Variables, conditions and loops are PL/pgSQL, which there is none of.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import FeatureNotSupported, ServerError, SyntaxFault
from sqlserver.core.result import CommandTag, Result
from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.session.tables.declarations import rows
from sqlserver.sql.quote import quote_text
from sqlserver.sql.table_elements import qualified_name
from sqlserver.sql.tokens import TokenKind, tokenize

Run = Callable[[SessionState, Statement, Sequence[BoundParameter]], Awaitable[Result]]

_BLOCK = re.compile(
    r"\A\s*BEGIN\b(?P<body>.*?)(?:\bEXCEPTION\s+WHEN\s+(?P<names>[\w\s]+?)\s+THEN\s+(?:NULL\s*;?)?\s*)?\bEND\s*;?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_PROGRAM = frozenset({"IF", "LOOP", "FOR", "WHILE", "RAISE", "PERFORM", "RETURN", "DECLARE", "CASE"})
_CONDITIONS = {
    "duplicate_object": ("42710",), "duplicate_table": ("42P07",), "duplicate_column": ("42701",),
    "duplicate_schema": ("42P06",), "duplicate_function": ("42723",), "unique_violation": ("23505",),
    "undefined_object": ("42704",), "undefined_table": ("42P01",), "undefined_column": ("42703",), "others": ("",),
}  # fmt: skip


async def run_do(state: SessionState, statement: Statement, run: Run) -> Result:
    """0A000 for a program; any other error as the statement inside raises it."""
    bodies = [token.text for token in tokenize(statement.text) if token.kind is TokenKind.STRING]
    if not bodies:
        raise SyntaxFault("syntax error in DO: a string with the block is missing", position=1)
    block = _BLOCK.match(bodies[0])
    if block is None:
        raise _program()
    caught = tuple(code for name in re.split(r"\s+or\s+", (block["names"] or "").strip().lower())
                   for code in _CONDITIONS.get(name, ()))  # fmt: skip
    await state.transaction.begin_implicit()
    try:
        for inner in await state.reader.read(block["body"]):
            if inner.verb in _PROGRAM:
                raise _program()
            if not ("42710" in caught and await _has_type(state, inner)):
                await run(state, inner, ())
    except ServerError as error:
        error.position = None
        if not any(error.sqlstate.startswith(code) for code in caught) or not await state.engine.resume():
            raise
    return Result(CommandTag("DO"))


async def _has_type(state: SessionState, statement: Statement) -> bool:
    """Whether a CREATE TYPE makes one that is there: DuckDB would give up the transaction."""
    if statement.upper_words[:2] != ("CREATE", "TYPE"):
        return False
    name, _ = qualified_name(tokenize(statement.text), 2)
    schemas = [name[-2]] if len(name) > 1 else ["public"]
    return bool(
        await rows(
            state,
            "SELECT 1 FROM system.main.duckdb_types() WHERE database_name = current_database() AND NOT internal AND "
            f"type_name = {quote_text(name[-1])} AND schema_name = {quote_text(schemas[0])}",
        )
    )


def _program() -> ServerError:
    return FeatureNotSupported(
        "PL/pgSQL is not supported", hint="DO takes BEGIN, SQL statements, EXCEPTION WHEN … THEN null, and END."
    )
