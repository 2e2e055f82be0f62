"""PREPARE, EXECUTE and DEALLOCATE in SQL; the names are shared with the protocol's prepared statements.

PREPARE name [(type, …)] AS statement     EXECUTE name [(expression, …)]     DEALLOCATE [PREPARE] {name | ALL}
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import ServerError, UndefinedObject
from sqlserver.core.pgtypes import BY_OID
from sqlserver.core.result import CommandTag, Result
from sqlserver.session.command_words import fault_at, name_at
from sqlserver.session.prepared import PreparedStatements
from sqlserver.sql.tokens import Token, TokenKind, tokenize

Evaluate = Callable[[str], Awaitable[tuple[pa.Table, Sequence[int]]]]
"""Runs ``SELECT …`` and gives its one row with the OIDs of its columns."""

_SPELLINGS = {
    "int": "int4", "integer": "int4", "bigint": "int8", "smallint": "int2", "real": "float4", "float": "float8",
    "double precision": "float8", "decimal": "numeric", "boolean": "bool", "string": "text", "char": "bpchar",
    "character": "bpchar", "character varying": "varchar", "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz", "time without time zone": "time", "time with time zone": "timetz",
}  # fmt: skip
_BY_NAME = {kind.name: kind.oid for kind in BY_OID.values()}


@dataclass(frozen=True, slots=True)
class Preparation:
    """``body_start`` is the statement's offset; an OID is 0 for ``unknown``."""

    name: str
    oids: tuple[int, ...]
    body_start: int


def read_preparation(sql: str) -> Preparation:
    tokens = tokenize(sql)
    name = name_at(tokens, 1, sql)
    at = 2
    oids: tuple[int, ...] = ()
    if at < len(tokens) and tokens[at].is_symbol("("):
        pieces, at = _arguments(tokens, at, sql)
        oids = tuple(_type_oid(piece, sql) for piece in pieces)
    if at + 1 >= len(tokens) or tokens[at].upper != "AS":
        raise fault_at(tokens, at, sql)
    return Preparation(name, oids, tokens[at + 1].start)


@dataclass(frozen=True, slots=True)
class Execution:
    """``arguments`` are SQL expressions as written; ``literals`` the value of those that are a plain string or NULL."""

    name: str
    arguments: tuple[str, ...]
    literals: tuple[tuple[bool, str | None], ...]


def read_execution(sql: str) -> Execution:
    tokens = tokenize(sql)
    name = name_at(tokens, 1, sql)
    if len(tokens) == 2:
        return Execution(name, (), ())
    if not tokens[2].is_symbol("("):
        raise fault_at(tokens, 2, sql)
    pieces, end = _arguments(tokens, 2, sql)
    if end != len(tokens):
        raise fault_at(tokens, end, sql)
    return Execution(
        name, tuple(sql[piece[0].start : piece[-1].end] for piece in pieces), tuple(_literal(piece) for piece in pieces)
    )


async def bound_arguments(execution: Execution, oids: Sequence[int], evaluate: Evaluate) -> list[BoundParameter]:
    """The values; a plain string or NULL takes the type that its place asks for, as in PostgreSQL."""
    expected = len(oids)
    if len(execution.arguments) != expected:
        raise ServerError(
            f'wrong number of parameters for prepared statement "{execution.name}"',
            sqlstate="42601",
            detail=f"Expected {expected} parameters but got {len(execution.arguments)}.",
        )
    computed = [text for text, (plain, _) in zip(execution.arguments, execution.literals, strict=True) if not plain]
    values: list[BoundParameter] = []
    if computed:
        table, kinds = await evaluate("SELECT " + ", ".join(f"({text})" for text in computed))
        values = [BoundParameter(column[0].as_py(), kind) for column, kind in zip(table.columns, kinds, strict=True)]
    found = iter(values)
    return [
        BoundParameter(text, declared) if plain else next(found)
        for (plain, text), declared in zip(execution.literals, oids, strict=True)
    ]


def deallocate(sql: str, prepared: PreparedStatements) -> Result:
    tokens = tokenize(sql)
    at = 2 if len(tokens) > 2 and tokens[1].upper == "PREPARE" else 1
    if len(tokens) != at + 1:
        raise fault_at(tokens, at + 1, sql)
    if tokens[at].upper == "ALL":
        prepared.deallocate(None)
        return Result(CommandTag("DEALLOCATE ALL"))
    prepared.deallocate(name_at(tokens, at, sql))
    return Result(CommandTag("DEALLOCATE"))


def _literal(piece: Sequence[Token]) -> tuple[bool, str | None]:
    if len(piece) == 1 and piece[0].upper == "NULL":
        return True, None
    if len(piece) == 1 and piece[0].is_string:
        return True, piece[0].text
    return False, None


def _arguments(tokens: Sequence[Token], opening: int, sql: str) -> tuple[list[list[Token]], int]:
    """The pieces between commas of a bracket, and the index after it."""
    depth = 0
    pieces: list[list[Token]] = [[]]
    for at in range(opening, len(tokens)):
        token = tokens[at]
        if token.is_symbol("(") or token.is_symbol("["):
            depth += 1
            if depth == 1:
                continue
        elif token.is_symbol(")") or token.is_symbol("]"):
            depth -= 1
            if depth == 0:
                if not all(pieces):
                    raise fault_at(tokens, at, sql)
                return pieces, at + 1
        if depth == 1 and token.is_symbol(","):
            pieces.append([])
        else:
            pieces[-1].append(token)
    raise fault_at(tokens, len(tokens), sql)


def _type_oid(piece: Sequence[Token], sql: str) -> int:
    words = []
    qualified = len(piece) > 2 and piece[0].text.lower() == "pg_catalog" and piece[1].is_symbol(".")
    for token in piece[2 if qualified else 0 :]:
        if token.kind not in (TokenKind.WORD, TokenKind.QUOTED):
            break
        words.append(token.text if token.kind is TokenKind.QUOTED else token.text.lower())
    name = " ".join(words)
    name = _SPELLINGS.get(name, name)
    if name == "unknown":
        return 0
    if piece[-1].is_symbol("]"):
        name = f"_{name}"
    oid = _BY_NAME.get(name)
    if oid is None:
        written = sql[piece[0].start : piece[-1].end]
        raise UndefinedObject(f'type "{written}" does not exist', position=piece[0].start + 1)
    return oid
