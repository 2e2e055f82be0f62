"""The clauses after a command's condition: ``AS 'corrected' CONFIDENCE 0.9 NOTES '…' TAGS ('a') SPLIT train …``.

A predicate before them may use columns of the same names (``WHERE confidence < 0.5 CONFIDENCE 0.9``), so a word opens
a clause only after a complete operand and before what the clause takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import Token, TokenType

from sqlserver.commands.statement_reader import STRINGS, SqlPart, StatementReader
from sqlserver.core.errors import InvalidParameterValue, SyntaxFault

_OPEN_TOKENS = frozenset(
    {
        TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE,
        TokenType.GT, TokenType.GTE, TokenType.LIKE, TokenType.ILIKE, TokenType.IN, TokenType.IS, TokenType.BETWEEN,
        TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH, TokenType.DPIPE, TokenType.COMMA,
        TokenType.DOT, TokenType.L_PAREN, TokenType.WHERE, TokenType.CASE, TokenType.WHEN, TokenType.THEN,
        TokenType.ELSE, TokenType.DCOLON, TokenType.ORDER_BY,
    }
)  # fmt: skip
"""After these an operand must follow, so the next word is a column and no clause."""

_VALUE = STRINGS | {TokenType.PARAMETER}
_TAKES: Mapping[str, Callable[[Token | None], bool]] = {
    "AS": lambda token: token is not None and token.token_type in _VALUE,
    "CONFIDENCE": lambda token: (
        token is not None and token.token_type in (TokenType.NUMBER, TokenType.DASH, TokenType.PARAMETER)
    ),
    "NOTES": lambda token: token is not None and token.token_type in _VALUE,
    "TAGS": lambda token: token is not None and token.token_type == TokenType.L_PAREN,
    "SPLIT": lambda token: token is not None and token.text.lower() in ("train", "test"),
    "ORDER BY": lambda token: True,
    "LIMIT": lambda token: True,
    "DRY": lambda token: token is not None and token.text.upper() == "RUN",
    "RETURNING": lambda token: True,
}


@dataclass(frozen=True, slots=True)
class Clauses:
    """None means "not said"."""

    corrected_output: str | None = None
    confidence: float | None = None
    notes: str | None = None
    tags: tuple[str, ...] | None = None
    split: str | None = None
    order_by: SqlPart | None = None
    limit: int | None = None
    dry_run: bool = False
    returning: tuple[str, ...] | None = None
    """Column names of training_examples_with_annotations, lower case; ``*`` for all."""


def clause_starts(reader: StatementReader) -> tuple[int, ...]:
    """Token indexes from here on where a clause begins."""
    starts = []
    for index, depth in reader.ahead():
        token = reader.tokens[index]
        takes = _TAKES.get(" ".join(token.text.upper().split())) if token.token_type not in STRINGS else None
        if takes is None or depth or token.token_type == TokenType.IDENTIFIER:
            continue
        before = reader.tokens[index - 1] if index else None
        after = reader.tokens[index + 1] if index + 1 < len(reader.tokens) else None
        if before is not None and before.token_type not in _OPEN_TOKENS and takes(after):
            starts.append(index)
    return tuple(starts)


def read_clauses(reader: StatementReader, starts: tuple[int, ...], hint: str) -> Clauses:
    """All clauses in any order, each at most once. 42601 and 22023 (CONFIDENCE outside 0..1, bad LIMIT)."""
    said: dict[str, Any] = {}
    while not reader.at_end:
        position = reader.position
        name, value = _read_clause(reader, starts, hint)
        if name in said:
            raise SyntaxFault(f"{name.replace('_', ' ').upper()} is said twice", position=position)
        said[name] = value
    return Clauses(**said)


def _read_clause(reader: StatementReader, starts: tuple[int, ...], hint: str) -> tuple[str, object]:
    if reader.take("AS"):
        return "corrected_output", reader.string("the corrected output")
    if reader.take("CONFIDENCE"):
        return "confidence", read_confidence(reader)
    if reader.take("NOTES"):
        return "notes", reader.string("NOTES")
    if reader.take("TAGS"):
        return "tags", reader.strings("a tag")
    if reader.take("SPLIT"):
        return "split", _split(reader)
    if reader.take("ORDER BY"):
        return "order_by", reader.until(starts, "an expression after ORDER BY")
    if reader.take("LIMIT"):
        return "limit", _limit(reader)
    if reader.take("DRY", "RUN"):
        return "dry_run", True
    if reader.take("RETURNING"):
        return "returning", _returning(reader)
    raise reader.fault("expected a clause or the end", hint)


def read_confidence(reader: StatementReader) -> float:
    position = reader.position
    confidence = reader.number("CONFIDENCE")
    if not 0 <= confidence <= 1:
        raise InvalidParameterValue(
            f"confidence {confidence:g} is outside 0 to 1", hint="Say 0.9 for ninety percent.", position=position
        )
    return confidence


def _split(reader: StatementReader) -> str:
    split = reader.name("train or test after SPLIT")
    if split not in ("train", "test"):
        raise InvalidParameterValue(f'split "{split}" is neither train nor test')
    return split


def _limit(reader: StatementReader) -> int:
    position = reader.position
    limit = reader.number("LIMIT")
    if limit < 0 or limit != int(limit):
        raise InvalidParameterValue("LIMIT must be a whole number, 0 or more", position=position)
    return int(limit)


def _returning(reader: StatementReader) -> tuple[str, ...]:
    if reader.take("*"):
        return ("*",)
    names = [reader.name("a column after RETURNING")]
    while reader.take(","):
        names.append(reader.name("a column after the comma"))
    return tuple(names)
