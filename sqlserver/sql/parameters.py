"""Bound values in the place of ``$1``: as tokens of the text, so that no value can become anything but a value.

A text value of unknown type stays an untyped literal, as in PostgreSQL; a typed one is cast. Offsets of the original
text stay true: a semantic statement keeps its tokens and carries the literals beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import ServerError
from sqlserver.core.pgtypes import BY_OID, BYTEA
from sqlserver.sql.array_literal import array_elements
from sqlserver.sql.quote import quote_literal, quote_text
from sqlserver.sql.recognise import SemanticStatement
from sqlserver.sql.tokens import Token, TokenKind, tokenize

_DUCKDB_TYPES = {
    "bool": "BOOLEAN",
    "bytea": "BLOB",
    "char": "VARCHAR",
    "name": "VARCHAR",
    "int8": "BIGINT",
    "int2": "SMALLINT",
    "int4": "INTEGER",
    "text": "VARCHAR",
    "oid": "BIGINT",
    "json": "JSON",
    "float4": "FLOAT",
    "float8": "DOUBLE",
    "bpchar": "VARCHAR",
    "varchar": "VARCHAR",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "interval": "INTERVAL",
    "timetz": "TIMETZ",
    "uuid": "UUID",
    "jsonb": "JSON",
    "bit": "BIT",
}
"""``numeric`` is not here: a literal keeps its own precision."""


def parameter_literal(parameter: BoundParameter) -> str:
    """The parameter as SQL: an untyped literal, ``CAST(literal AS type)``, a list, or NULL with its type."""
    pg_type = BY_OID.get(parameter.oid)
    value = parameter.value
    if pg_type is None:
        return quote_literal(value)
    if pg_type.element_oid:
        element = _DUCKDB_TYPES.get(BY_OID[pg_type.element_oid].name, "VARCHAR")
        if isinstance(value, str):
            value = array_elements(value)
        return f"CAST({quote_literal(value)} AS {element}[])"
    if pg_type.name == "numeric":
        return quote_literal(value) if not isinstance(value, str) else _number(value)
    type_name = _DUCKDB_TYPES.get(pg_type.name)
    if pg_type.oid == BYTEA.oid and isinstance(value, str):
        return quote_literal(_bytes(value))
    return quote_literal(value) if type_name is None else f"CAST({quote_literal(value)} AS {type_name})"


def _number(text: str) -> str:
    """A numeric's text keeps its digits: DECIMAL(38, s) where they fit, else DOUBLE."""
    whole, _, fraction = text.strip().lstrip("+-").partition(".")
    if whole.isdigit() and (fraction == "" or fraction.isdigit()) and len(whole) + len(fraction) <= 38:
        return f"CAST({quote_text(text)} AS DECIMAL({max(len(whole) + len(fraction), 1)}, {len(fraction)}))"
    return f"CAST({quote_text(text)} AS DOUBLE)"


def _bytes(text: str) -> bytes:
    r"""bytea's text forms: ``\x68690a`` or plain characters with ``\ooo``."""
    if text.startswith("\\x"):
        try:
            return bytes.fromhex(text[2:])
        except ValueError as error:
            raise ServerError("invalid hexadecimal data", sqlstate="22P02") from error
    return text.encode("utf-8", "surrogateescape")


def bind_text(sql: str, parameters: Sequence[BoundParameter]) -> str:
    """``sql`` with each ``$n`` replaced by its value. Raises 08P01 where a value is missing."""
    pieces: list[str] = []
    at = 0
    for start, literal, end in _replacements(tokenize(sql), parameters):
        pieces.extend((sql[at:start], f"({literal})"))
        at = end
    pieces.append(sql[at:])
    return "".join(pieces)


def bind_statement(statement: SemanticStatement, parameters: Sequence[BoundParameter]) -> SemanticStatement:
    """The same statement with values for its parameters; its text and all positions stay as they are."""
    found = _replacements(statement.tokens, parameters)
    return replace(statement, literals=tuple((start, literal) for start, literal, _ in found))


def _replacements(tokens: Sequence[Token], parameters: Sequence[BoundParameter]) -> list[tuple[int, str, int]]:
    literals: dict[int, str] = {}
    found: list[tuple[int, str, int]] = []
    for token in tokens:
        if token.kind is not TokenKind.PARAMETER or not token.text[1:].isdigit():
            continue
        number = int(token.text[1:])
        if not 0 < number <= len(parameters):
            raise ServerError(f"there is no parameter ${number}", sqlstate="42P02", position=token.start + 1)
        if number not in literals:
            literals[number] = parameter_literal(parameters[number - 1])
        found.append((token.start, literals[number], token.end))
    return found
