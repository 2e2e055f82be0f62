"""The types of parameters that stand for whole values of a relation's columns: drivers may send native values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlserver.catalog.log_relations import LogColumn
from sqlserver.commands.statement_reader import SqlPart
from sqlserver.core.pgtypes import PgType
from sqlserver.sql.tokens import Token, TokenKind, tokenize


def type_of_value(part: SqlPart, column: LogColumn) -> Mapping[int, PgType]:
    """``$n`` alone has the column's type."""
    return {part.numbers[0]: column.type} if part.text().strip() == "$1" else {}


def types_of_values(source: SqlPart, columns: Sequence[LogColumn]) -> Mapping[int, PgType]:
    """``VALUES ($1, 'a', $2), …``: each lone ``$n`` has the type of the column in its place; {} for a query."""
    tokens = tokenize(source.text())
    if not tokens or tokens[0].upper != "VALUES":
        return {}
    found: dict[int, PgType] = {}
    depth = place = 0
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.is_symbol("("):
            depth += 1
            place = 0 if depth == 1 else place
        elif token.is_symbol(")"):
            depth -= 1
        elif token.is_symbol(",") and depth == 1:
            place += 1
        elif token.kind is TokenKind.PARAMETER and depth == 1 and place < len(columns) and _alone(before, after):
            found.setdefault(source.numbers[int(token.text[1:]) - 1], columns[place].type)
    return found


def _alone(before: Token, after: Token) -> bool:
    return (before.is_symbol("(") or before.is_symbol(",")) and (after.is_symbol(")") or after.is_symbol(","))
