"""A small hand-written parser's hands: walks the tokens of a command and reports faults where they stand.

Tokens are sqlglot's (DuckDB dialect), so strings, quoted names, comments and ``$n`` are read as the engine reads them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlglot import Token, TokenType
from sqlglot.errors import TokenError

from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import ProtocolViolation, ServerError, SyntaxFault
from sqlserver.sql.parsed import DUCKDB, sqlglot_tokens

STRINGS = frozenset({TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.BYTE_STRING})


@dataclass(frozen=True, slots=True)
class SqlPart:
    """A piece of the client's text, from character ``start`` of the whole (from 0).

    ``pieces`` are text and, in place of ``$n``, indexes into ``numbers`` (the n) and ``parameters`` (empty where the
    statement is only described).
    """

    pieces: tuple[str | int, ...]
    start: int
    parameters: tuple[BoundParameter, ...] = ()
    numbers: tuple[int, ...] = ()

    def text(self, first: int = 1) -> str:
        """With the parameters numbered from ``first``, without gaps: engines refuse values that are not used."""
        return "".join(piece if isinstance(piece, str) else f"${piece + first}" for piece in self.pieces)


def command_tokens(sql: str) -> list[Token]:
    """The tokens without a closing ``;``. 42601 for what is no SQL text at all (an open quote)."""
    try:
        tokens = sqlglot_tokens(sql, DUCKDB)
    except TokenError as error:
        raise SyntaxFault("unterminated quoted string or comment", position=len(sql)) from error
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    return tokens


def without_defaults(sql: str) -> str:
    """``DEFAULT`` as NULL, character for character: of an annotation both say nothing."""
    for token in command_tokens(sql):
        if token.token_type not in STRINGS and sql[token.start : token.end + 1].upper() == "DEFAULT":
            sql = f"{sql[: token.start]}NULL   {sql[token.end + 1 :]}"
    return sql


class StatementReader:
    """``parameters`` None: the statement is only described, and a ``$n`` stands for a value yet unknown."""

    def __init__(self, sql: str, parameters: Sequence[BoundParameter] | None = None) -> None:
        self.sql = sql
        self.tokens = command_tokens(sql)
        self._parameters = parameters
        self._at = 0
        self._depths = _depths(self.tokens)

    @property
    def parameter_count(self) -> int:
        """The highest ``$n`` of the text."""
        numbers = [
            int(number.text)
            for sign, number in itertools.pairwise(self.tokens)
            if sign.token_type == TokenType.PARAMETER and number.text.isdigit()
        ]
        return max(numbers, default=0)

    @property
    def at_end(self) -> bool:
        return self._at >= len(self.tokens)

    def peek(self, ahead: int = 0) -> Token | None:
        at = self._at + ahead
        return self.tokens[at] if at < len(self.tokens) else None

    def sees(self, *words: str) -> bool:
        """Whether the next tokens are these upper-case words (a token may hold two words: ``ORDER BY``)."""
        return self.words_at(self._at, *words)

    def words_at(self, index: int, *words: str) -> bool:
        return _same_words(self.tokens, index, words)

    def take(self, *words: str) -> bool:
        if not self.sees(*words):
            return False
        self._at += len(words)
        return True

    def expect(self, *words: str, hint: str | None = None) -> None:
        if not self.take(*words):
            raise self.fault(f"expected {' '.join(words)}", hint)

    def fault(self, problem: str, hint: str | None = None) -> SyntaxFault:
        token = self.peek()
        place = f'at or near "{self.sql[token.start : token.end + 1]}"' if token is not None else "at end of input"
        return SyntaxFault(f"syntax error {place}: {problem}", hint=hint, position=self.position)

    @property
    def position(self) -> int:
        """Where the next token stands, as characters from 1."""
        token = self.peek()
        return (token.start if token is not None else len(self.sql.rstrip().rstrip(";").rstrip())) + 1

    def string(self, what: str) -> str:
        token = self.peek()
        if token is not None and token.token_type == TokenType.PARAMETER:
            return str(self._parameter(""))
        if token is None or token.token_type not in STRINGS:
            raise self.fault(f"{what} must be a quoted string")
        self._at += 1
        return token.text

    def number(self, what: str) -> float:
        token = self.peek()
        if token is not None and token.token_type == TokenType.PARAMETER:
            value = self._parameter(0)
            try:
                return float(str(value))
            except ValueError as error:
                raise ServerError(f'invalid input for {what}: "{value}"', sqlstate="22P02") from error
        negative = self.take("-")
        token = self.peek()
        if token is None or token.token_type != TokenType.NUMBER:
            raise self.fault(f"{what} must be a number")
        self._at += 1
        return -float(token.text) if negative else float(token.text)

    def name(self, what: str) -> str:
        """A bare word in lower case or a quoted name as it stands."""
        token = self.peek()
        if token is None or token.token_type in STRINGS or not re.match(r'[\w"]', self.sql[token.start]):
            raise self.fault(f"expected {what}")
        self._at += 1
        return token.text if token.token_type == TokenType.IDENTIFIER else token.text.lower()

    def strings(self, what: str) -> tuple[str, ...]:
        """``('a', 'b')``."""
        self.expect("(")
        found = [self.string(what)]
        while self.take(","):
            found.append(self.string(what))
        self.expect(")")
        return tuple(found)

    def until(self, stops: Collection[int], what: str, hint: str | None = None) -> SqlPart:
        """The text up to the first token index of ``stops`` that lies ahead, or to the end; never empty."""
        end = min((stop for stop in stops if stop >= self._at), default=len(self.tokens))
        if end == self._at:
            raise self.fault(f"expected {what}", hint)
        if self._depths[end - 1] != 0:
            raise SyntaxFault(
                f"parentheses do not match in {what}", hint=hint, position=self.tokens[self._at].start + 1
            )
        part = self._part(self.tokens[self._at : end])
        self._at = end
        return part

    def rest(self, what: str) -> SqlPart:
        return self.until((), what)

    def ahead(self) -> list[tuple[int, int]]:
        """Index and parenthesis depth of every token from here on."""
        return [(index, self._depths[index - 1] if index else 0) for index in range(self._at, len(self.tokens))]

    def end(self, hint: str | None = None) -> None:
        if not self.at_end:
            raise self.fault("unexpected here", hint)

    def _parameter(self, unknown: object) -> object:
        number = self.peek(1)
        if number is None or not number.text.isdigit():
            raise self.fault("expected a parameter such as $1")
        self._at += 2
        if self._parameters is None:
            return unknown
        value = self._bound(int(number.text)).value
        if value is None:
            raise ServerError("null value is not allowed here", sqlstate="22004")
        return value

    def _bound(self, number: int) -> BoundParameter:
        assert self._parameters is not None  # noqa: S101 - callers ask only where values are bound
        if not 1 <= number <= len(self._parameters):
            raise ProtocolViolation(f"bind message supplies no value for parameter ${number}")
        return self._parameters[number - 1]

    def _part(self, tokens: Sequence[Token]) -> SqlPart:
        start, copied = tokens[0].start, tokens[0].start
        numbers: dict[int, int] = {}
        pieces: list[str | int] = []
        for sign, number in itertools.pairwise(tokens):
            if sign.token_type == TokenType.PARAMETER and number.text.isdigit():
                pieces += (self.sql[copied : sign.start], numbers.setdefault(int(number.text), len(numbers)))
                copied = number.end + 1
        pieces.append(self.sql[copied : tokens[-1].end + 1])
        bound = tuple(self._bound(number) for number in numbers) if self._parameters is not None else ()
        return SqlPart(tuple(pieces), start, bound, tuple(numbers))


def _same_words(tokens: Sequence[Token], at: int, words: Sequence[str]) -> bool:
    if at + len(words) > len(tokens):
        return False
    return all(
        token.token_type not in STRINGS and " ".join(token.text.upper().split()) == word
        for token, word in zip(tokens[at:], words, strict=False)
    )


def _depths(tokens: Sequence[Token]) -> list[int]:
    """How many parentheses and brackets are open after each token."""
    depths: list[int] = []
    depth = 0
    for token in tokens:
        if token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE):
            depth += 1
        elif token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE):
            depth -= 1
        depths.append(depth)
    return depths
