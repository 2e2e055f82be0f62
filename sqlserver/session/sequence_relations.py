"""A sequence read as a relation, ``SELECT last_value, is_called FROM seq``: dumps and migrations look at it so.

    public.seq  →  (SELECT … AS last_value, 0 AS log_cnt, … AS is_called FROM …) AS "seq"

DuckDB tells of its sequences by a function alone. A name that is no sequence of the database stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sqlserver.session.state import SessionState
from sqlserver.session.statement import Statement
from sqlserver.sql.edits import Edit, applied
from sqlserver.sql.quote import quote_identifier, quote_text
from sqlserver.sql.tokens import Token, TokenKind, tokenize

Name = tuple[str, str]
_FOUND = "FROM system.main.duckdb_sequences() WHERE database_name = current_database()"
_BEFORE = frozenset({"FROM", "JOIN"})
_AFTER = frozenset(
    {
        "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "UNION", "INTERSECT", "EXCEPT",
        "WINDOW", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "ON", "USING",
    }
)  # fmt: skip
"""What may stand behind a relation that has no alias."""


async def with_sequence_rows(state: SessionState, statement: Statement) -> Statement:
    """The same statement where it reads no sequence, which is nearly always told by its words alone."""
    if not statement.may_read_sequence:
        return statement
    sequences = await _sequences(state)
    edits = list(_edits(tokenize(statement.text), sequences)) if sequences else []
    if not edits:
        return statement
    (reading,) = await state.reader.read(applied(statement.text, edits)[0])
    return replace(reading, start=statement.start)


async def _sequences(state: SessionState) -> Collection[Name]:
    found = await state.engine.execute(f"SELECT schema_name, sequence_name {_FOUND}")
    names: set[Name] = set()
    while found.rows is not None and (batch := await found.rows.take()) is not None:
        names.update(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return names


def _edits(tokens: Sequence[Token], sequences: Collection[Name]) -> Iterator[Edit]:
    for at, token in enumerate(tokens):
        if token.upper not in _BEFORE:
            continue
        parts, end = _name(tokens, at + 1)
        known = [one for one in sequences if parts and one[1] == parts[-1] and parts[:-1] in ([], [one[0]])]
        if known:
            schema, name = known[0] if ("public", parts[-1]) not in known else ("public", parts[-1])
            follower = tokens[end] if end < len(tokens) else None
            alias = "" if _is_alias(follower) else f" AS {quote_identifier(name)}"
            yield Edit(tokens[at + 1].start, tokens[end - 1].end, _rows(schema, name) + alias)


def _name(tokens: Sequence[Token], at: int) -> tuple[list[str], int]:
    """A name's parts, and the token behind it."""
    parts: list[str] = []
    while at < len(tokens) and tokens[at].kind in (TokenKind.WORD, TokenKind.QUOTED):
        parts.append(tokens[at].text if tokens[at].kind is TokenKind.QUOTED else tokens[at].text.lower())
        at += 1
        if at >= len(tokens) or not tokens[at].is_symbol("."):
            break
        at += 1
    return parts, at


def _is_alias(token: Token | None) -> bool:
    return token is not None and token.kind in (TokenKind.WORD, TokenKind.QUOTED) and token.upper not in _AFTER


def _rows(schema: str, name: str) -> str:
    return (
        "(SELECT coalesce(last_value, start_value) AS last_value, 0::BIGINT AS log_cnt, "
        f"last_value IS NOT NULL AS is_called {_FOUND} "
        f"AND schema_name = {quote_text(schema)} AND sequence_name = {quote_text(name)})"
    )
