"""A text from the client as single statements, each with its place in that text."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from sqlserver.core.errors import ServerError, SyntaxFault
from sqlserver.engines.engine import ParsedStatement
from sqlserver.plan.catalog import may_read_catalog
from sqlserver.plan.dialect import rewrite
from sqlserver.plan.dialect.edit import Rewritten
from sqlserver.plan.dialect.reserved_names import with_quoted_names
from sqlserver.plan.log_relations import mentions_log_relation
from sqlserver.session.unsupported import told_as_unsupported
from sqlserver.sql.split import head_tokens, split_statements
from sqlserver.sql.tokens import Token, TokenKind, tokenize

_READS = frozenset(
    {"SELECT", "WITH", "VALUES", "FROM", "TABLE", "SHOW", "EXPLAIN", "DESCRIBE", "SUMMARIZE", "(", "SET"}
)
_WRITING = re.compile(r"\b(?:insert|update|delete|merge|analyze|nextval|setval)\b", re.IGNORECASE)
_NUMBERING = re.compile(r"^(?!.*\breturning\b).*\bvalues\b", re.IGNORECASE | re.DOTALL)
_NO_COLUMNS = re.compile(r"\binsert\s+into\s+[\w.\"]+\s+(?:as\s+\w+\s+)?[^\s(]", re.IGNORECASE)
_CALL_IN_FROM = re.compile(r"(?:\bfrom|\bjoin|\blateral|,)\s+(?:pg_catalog\s*\.\s*)?[a-z_]\w*\s*\(", re.IGNORECASE)
_LAST_NUMBER = re.compile(r"\b(?:curr|last)val\s*\(", re.IGNORECASE)
_SEQUENCE_COLUMNS = re.compile(r"\bis_called\b|\blast_value\b(?!\s*\()")
_SQL = frozenset(
    {
        "SELECT", "WITH", "VALUES", "FROM", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP",
        "TRUNCATE", "EXPLAIN", "VACUUM", "ANALYZE", "(",
    }
)  # fmt: skip
_HEAD = 200
_WORDS = 12
_REMEMBERED = 512
_LONGEST_REMEMBERED = 10_000
_LONG = 50_000


class Parser(Protocol):
    def parse(self, sql: str) -> tuple[ParsedStatement, ...]: ...


_QUERIES = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "FROM", "("})


@dataclass(frozen=True)
class Statement:
    """``start`` is the character offset in the client's text. ``words`` are the leading words, as written.

    ``parsed`` is None where DuckDB's own parser refuses the text: it then holds an operator word, is one of our
    commands, or ``fault`` is what the client gets. ``text`` is in DuckDB's dialect where ``rewritten``
    is set.
    """

    text: str
    start: int
    words: tuple[str, ...]
    parsed: ParsedStatement | None
    fault: ServerError | None = None
    rewritten: Rewritten | None = None
    source: str = ""
    """As the client wrote it, where ``rewritten`` is set."""

    def place(self, error: ServerError) -> None:
        """A position in ``text`` becomes one in what the client sent."""
        if error.position is not None:
            if self.rewritten is not None:
                error.position = self.rewritten.client_position(error.position)
            error.position += self.start

    # What follows from the text alone is found out once: the reader hands the same statement out again and again.

    @cached_property
    def verb(self) -> str:
        return self.words[0].upper() if self.words else ""

    @cached_property
    def is_query(self) -> bool:
        """Whether it begins as a query does: then it is no command, neither the session's nor one of ours."""
        return self.verb in _QUERIES

    @cached_property
    def may_write(self) -> bool:
        """Whether it could change data. True of a query too where a word in it leaves the doubt."""
        verb = self.verb
        return verb not in _READS or (verb in ("WITH", "EXPLAIN") and _WRITING.search(self.text) is not None)

    @cached_property
    def may_read_catalog(self) -> bool:
        return may_read_catalog(self.source or self.text)

    @cached_property
    def may_number_rows(self) -> bool:
        """Whether it is an INSERT of VALUES whose rows sequences may number unseen."""
        return self.verb == "INSERT" and self.parsed is not None and _NUMBERING.search(self.text) is not None

    @cached_property
    def names_no_columns(self) -> bool:
        """Whether it is an INSERT without a column list: it may give fewer values than the table has columns."""
        return self.may_write and _NO_COLUMNS.search(self.text) is not None

    @cached_property
    def calls_in_from(self) -> bool:
        """Whether it calls a function where a relation stands: it may be one that gives a value."""
        return self.is_query and _CALL_IN_FROM.search(self.text) is not None

    @cached_property
    def asks_last_number(self) -> bool:
        return _LAST_NUMBER.search(self.text) is not None

    @cached_property
    def may_read_sequence(self) -> bool:
        """Whether it is a query that names a column of sequences."""
        return self.is_query and ("last_value" in self.text or "is_called" in self.text) and (
            _SEQUENCE_COLUMNS.search(self.text) is not None
        )  # fmt: skip

    @cached_property
    def mentions_log_relation(self) -> bool:
        return mentions_log_relation(self.text)

    @cached_property
    def upper_words(self) -> tuple[str, ...]:
        return tuple(word.upper() for word in self.words)


class StatementReader:
    """Splits and parses; remembers the texts it saw last, since drivers send the same ones again and again."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._seen: OrderedDict[str, tuple[Statement, ...]] = OrderedDict()

    async def read(self, sql: str) -> tuple[Statement, ...]:
        """() for an empty text. Raises 42601 only where the text cannot even be split into statements; any other
        syntax error is carried by the statement that has it."""
        known = self._seen.get(sql)
        if known is not None:
            self._seen.move_to_end(sql)
            return known
        # DuckDB's parser takes 1.5 s for 1 MB of VALUES: other sessions must not wait for it.
        statements = self._read(sql) if len(sql) <= _LONG else await asyncio.to_thread(self._read, sql)
        if len(sql) <= _LONGEST_REMEMBERED:
            self._seen[sql] = statements
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        return statements

    def _read(self, sql: str) -> tuple[Statement, ...]:
        try:
            return tuple(
                _ended_by_semicolon(self._parsed(parsed, parsed.start), sql, parsed.start + len(parsed.text))
                for parsed in self._parser.parse(sql)
            )
        except ServerError:
            pieces = split_statements(sql)
        return tuple(
            _ended_by_semicolon(self._piece(piece.sql, piece.start), sql, piece.start + len(piece.sql))
            for piece in pieces
        )

    def _parsed(self, parsed: ParsedStatement, start: int) -> Statement:
        words = first_words(parsed.text)
        return self._rewritten(parsed.text, start, words) or Statement(parsed.text, start, words, parsed)

    def _piece(self, text: str, start: int) -> Statement:
        words = first_words(text)
        try:
            parsed = self._parser.parse(text)
        except ServerError as fault:
            found = self._rewritten(text, start, words) or Statement(text, start, words, None, fault)
            if found.fault is None:
                return found
            told = told_as_unsupported(tuple(word.upper() for word in words), found.fault)
            return self._with_quoted_names(text, start) or replace(found, fault=told)
        if len(parsed) != 1:
            return Statement(text, start, words, None, SyntaxFault("syntax error", position=1))
        return self._parsed(parsed[0], start + parsed[0].start)

    def _with_quoted_names(self, text: str, start: int) -> Statement | None:
        """None where that does not help."""
        quoted = with_quoted_names(text)
        if quoted is None:
            return None
        sql, edits = quoted
        words = first_words(sql)
        try:
            found = self._parsed(self._parser.parse(sql)[0], 0)
        except ServerError:
            rewritten = self._rewritten(sql, 0, words)
            if rewritten is None or rewritten.fault is not None:
                return None
            found = rewritten
        changed = Rewritten(sql, (), {}) if found.rewritten is None else found.rewritten
        return replace(found, start=start, rewritten=replace(changed, earlier=edits), source=sql)

    def _rewritten(self, text: str, start: int, words: tuple[str, ...]) -> Statement | None:
        """None where the statement is in DuckDB's dialect as it stands, and for what DuckDB is not to run alone."""
        if not words or words[0].upper() not in _SQL or mentions_log_relation(text):
            return None
        try:
            rewritten = rewrite(text)
        except ServerError as fault:
            return Statement(text, start, words, None, fault)
        if rewritten is None:
            return None
        words = first_words(rewritten.sql)
        try:
            parsed = self._parser.parse(rewritten.sql)
        except ServerError as fault:
            return Statement(rewritten.sql, start, words, None, fault, rewritten, text)
        return Statement(rewritten.sql, start, words, parsed[0] if parsed else None, None, rewritten, text)


def _ended_by_semicolon(statement: Statement, sql: str, end: int) -> Statement:
    """A statement is read without the semicolon behind it; PostgreSQL names that where the text ends too early."""
    fault = statement.fault
    if fault is None or fault.message != "syntax error at end of input" or not sql[end:].lstrip().startswith(";"):
        return statement
    place = sql.index(";", end) - statement.start + 1
    return replace(statement, fault=SyntaxFault('syntax error at or near ";"', position=place))


def first_words(sql: str) -> tuple[str, ...]:
    """The first tokens of a statement as typed, comments skipped; () where the text cannot be read."""
    try:
        tokens = head_tokens(sql, _HEAD)
        if len(tokens) < _WORDS and len(sql) > _HEAD:
            tokens = tokenize(sql)
    except SyntaxFault:
        return ()
    return tuple(map(_as_typed, tokens[:_WORDS]))


def _as_typed(token: Token) -> str:
    return f'"{token.text}"' if token.kind is TokenKind.QUOTED else token.text
