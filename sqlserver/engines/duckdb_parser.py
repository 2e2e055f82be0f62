"""Text into statements, by DuckDB's own parser: what it splits and refuses is the rule.

Assumes nothing of a database: a connection of its own that only parses (about 10 µs a statement), used on the event
loop. The tags are PostgreSQL's (``src/include/tcop/cmdtaglist.h``).
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from sqlserver.core.errors import ServerError, SyntaxFault
from sqlserver.engines.duckdb_errors import server_error
from sqlserver.engines.duckdb_tokens import tokens
from sqlserver.engines.engine import ParsedStatement, StatementKind

_KINDS: dict[str, StatementKind] = {
    "SELECT": StatementKind.SELECT,
    "INSERT": StatementKind.INSERT,
    "UPDATE": StatementKind.UPDATE,
    "DELETE": StatementKind.DELETE,
    "MERGE_INTO": StatementKind.MERGE,
    "CREATE": StatementKind.CREATE,
    "CREATE_FUNC": StatementKind.CREATE,
    "ALTER": StatementKind.ALTER,
    "DROP": StatementKind.DROP,
    "TRANSACTION": StatementKind.TRANSACTION,
    "COPY": StatementKind.COPY,
    "EXPLAIN": StatementKind.EXPLAIN,
    "SET": StatementKind.SET,
    "VARIABLE_SET": StatementKind.SET,
    "PRAGMA": StatementKind.SHOW,
    "CALL": StatementKind.SHOW,
    "PREPARE": StatementKind.PREPARE,
    "EXECUTE": StatementKind.EXECUTE,
    "ATTACH": StatementKind.ATTACH,
    "DETACH": StatementKind.ATTACH,
}

_SHOWING = frozenset({"SHOW", "DESCRIBE", "DESC", "SUMMARIZE"})
_BETWEEN = frozenset(
    {
        "OR", "REPLACE", "TEMP", "TEMPORARY", "LOCAL", "GLOBAL", "UNLOGGED", "PERSISTENT", "UNIQUE", "RECURSIVE", "IF",
        "NOT", "EXISTS",
    }
)  # fmt: skip
HEAD = 4096
"""Characters of a statement in which its first words are looked for: a long INSERT is not read to its end again."""
_PIVOTING = {"CREATE": StatementKind.CREATE, "INSERT": StatementKind.INSERT}
_TRANSACTION_TAGS = {"BEGIN": "BEGIN", "START": "START TRANSACTION", "COMMIT": "COMMIT", "END": "COMMIT"}


_REMEMBERED = 2048
_LONGEST_REMEMBERED = 2_000


class DuckDBParser:
    """Splits and classifies; remembers what it read, for all sessions. Safe on one thread at a time."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[ParsedStatement, ...]] = {}
        self._connection = duckdb.connect(
            # IMPORT DATABASE reads its files while it is parsed.
            ":memory:",
            config={"errors_as_json": "true", "threads": "1", "enable_external_access": "false"},
        )

    def parse(self, sql: str) -> tuple[ParsedStatement, ...]:
        """The statements of ``sql`` in order; empty for blanks and comments. SyntaxFault with a position in ``sql``."""
        known = self._read.get(sql)
        if known is not None:
            return known
        statements = self._parse(sql)
        if len(sql) <= _LONGEST_REMEMBERED:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[sql] = statements
        return statements

    def _parse(self, sql: str) -> tuple[ParsedStatement, ...]:
        try:
            found = self._connection.extract_statements(sql)
        except duckdb.Error as error:
            fault = server_error(error, sql)
            raise self._at_the_end(fault, sql) or fault from error
        if not found:
            return ()
        pieces = list(split(sql)) if len(found) > 1 or ";" in sql else [(0, sql)]
        if len(pieces) != len(found):
            raise ServerError(f"the parser saw {len(found)} statements, the splitter {len(pieces)}")
        return tuple(_parsed(statement, *piece) for statement, piece in zip(found, pieces, strict=True))

    def _at_the_end(self, fault: ServerError, sql: str) -> ServerError | None:
        """DuckDB names the last token where PostgreSQL misses the next: ``SELECT 1 +``. They are told apart by reading
        on: with a name behind it the token is no fault any more."""
        if fault.sqlstate != "42601" or fault.position is None:
            return None
        real = [(start, piece) for start, piece in tokens(sql) if not piece.startswith(("--", "/*"))]
        at = next((at for at, (start, _) in enumerate(real) if start == fault.position - 1), None)
        if at is None or real[at][1] == ";" or (at + 1 < len(real) and real[at + 1][1] != ";"):
            return None
        start, piece = real[at]
        try:
            self._connection.extract_statements(f"{sql[: start + len(piece)]} x")
        except duckdb.Error as error:
            again = server_error(error, sql)
            if again.position is None or again.position <= fault.position:
                return None
        if at + 1 < len(real):
            return SyntaxFault('syntax error at or near ";"', position=real[at + 1][0] + 1)
        return SyntaxFault("syntax error at end of input", position=len(sql) + 1)

    def can_parse(self, sql: str) -> bool:
        """Whether DuckDB reads ``sql`` as it is written."""
        try:
            self._connection.extract_statements(sql)
        except duckdb.Error:
            return False
        return True

    def close(self) -> None:
        self._connection.close()


def split(sql: str) -> Iterator[tuple[int, str]]:
    """(start, text) of each piece between top-level semicolons that holds more than blanks and comments."""
    start = 0
    holds = False
    for offset, piece in tokens(sql):
        if piece == ";":
            if holds:
                yield _trimmed(sql, start, offset)
            start, holds = offset + 1, False
        elif not piece.startswith(("--", "/*")):
            holds = True
    if holds:
        yield _trimmed(sql, start, len(sql))


def _trimmed(sql: str, start: int, end: int) -> tuple[int, str]:
    text = sql[start:end]
    kept = text.lstrip()
    return start + len(text) - len(kept), kept.rstrip()


def _parsed(statement: duckdb.Statement, start: int, text: str) -> ParsedStatement:
    type_name = _type_name(statement)
    kind = _KINDS.get(type_name, StatementKind.OTHER)
    words = _leading_words(text)
    first = words[0] if words else ""
    if type_name == "MULTI":  # a PIVOT, which DuckDB runs as several
        kind = _PIVOTING.get(first, StatementKind.SELECT)
    if kind is StatementKind.SELECT and first in _SHOWING:
        kind = StatementKind.SHOW
    elif kind is StatementKind.DELETE and first == "TRUNCATE":
        kind = StatementKind.TRUNCATE
    elif kind is StatementKind.CREATE and _is_table_as(text):
        kind = StatementKind.CREATE_TABLE_AS
    elif first == "CHECKPOINT":
        kind = StatementKind.OTHER
    names = tuple(sorted(statement.named_parameters, key=lambda name: (len(name), name)))
    return ParsedStatement(kind, text, start, names, _tag(kind, words))


def _type_name(statement: duckdb.Statement) -> str:
    try:
        return statement.type.name
    except ValueError:  # UPDATE EXTENSIONS has none in Python
        return ""


def _leading_words(text: str, limit: int = 8) -> list[str]:
    words: list[str] = []
    for _, token in tokens(text[:HEAD]):
        if token.startswith(("--", "/*")):
            continue
        if not token[0].isalpha() or len(words) == limit:
            break
        words.append(token.upper())
    return words


def _is_table_as(text: str) -> bool:
    """CREATE [TEMP] TABLE name [(columns)] AS …: an AS outside brackets, before any other clause."""
    depth = 0
    seen_table = False
    for _, piece in tokens(text):
        word = piece.upper()
        if word == "TABLE" and not seen_table:
            seen_table = True
        elif word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
        elif word == "AS" and depth == 0:
            return seen_table
        elif word in ("VIEW", "MACRO", "FUNCTION", "INDEX", "TYPE", "SEQUENCE") and not seen_table:
            return False
    return False


def _tag(kind: StatementKind, words: list[str]) -> str:
    first = words[0] if words else "SELECT"
    if kind in (StatementKind.SELECT, StatementKind.CREATE_TABLE_AS):
        return "SELECT"
    if kind is StatementKind.INSERT:
        return "INSERT 0"
    if kind is StatementKind.TRANSACTION:
        return _TRANSACTION_TAGS.get(first, "ROLLBACK")
    if kind is StatementKind.TRUNCATE:
        return "TRUNCATE TABLE"
    if kind is StatementKind.SET:
        return "RESET" if first == "RESET" else "SET"
    if kind is StatementKind.SHOW:
        return "SHOW"
    if kind in (StatementKind.CREATE, StatementKind.DROP, StatementKind.ALTER):
        if first in ("COMMENT", "DEALLOCATE"):
            return first
        rest = [word for word in words[1:] if word not in _BETWEEN]
        thing = rest[0] if rest else "TABLE"
        return f"{first} {'FUNCTION' if thing == 'MACRO' else thing}"
    return kind.name if kind is not StatementKind.OTHER else first
