"""``sum`` of a smallint or integer is a bigint in PostgreSQL and a hugeint in DuckDB.

sum(i), sum(n), sum(i) FILTER (…) OVER (…)   →   sum(i)::BIGINT, sum(n), sum(i) FILTER (…) OVER (…)::BIGINT

Only the binder knows an argument's type. It is asked with ``ascii(chr(…))`` around the argument: ``chr`` takes what
fits an integer and nothing else. A sum beyond bigint is then an error (22003), as in PostgreSQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from sqlserver.core.errors import SyntaxFault
from sqlserver.engines import duckdb_binding as binding
from sqlserver.engines.duckdb_errors import server_error
from sqlserver.engines.engine import ParsedStatement, StatementKind
from sqlserver.engines.statement_memory import Remembered
from sqlserver.sql.edits import Edit, applied, place_before
from sqlserver.sql.tokens import Token, TokenKind, tokenize

K = StatementKind
_KINDS = frozenset({K.SELECT, K.INSERT, K.UPDATE, K.DELETE, K.MERGE, K.CREATE_TABLE_AS, K.EXPLAIN, K.COPY})
_SUM = re.compile(r'\bsum"?\s*\(', re.IGNORECASE)
_NOT_AN_EXPRESSION = re.compile(r"\bpivot", re.IGNORECASE)
"""What a PIVOT is USING must be a bare aggregate."""


@dataclass(frozen=True, slots=True)
class _Call:
    """Offsets of the argument and of the end of the call with its FILTER and OVER."""

    start: int
    stop: int
    end: int


def narrowing(
    connection: duckdb.DuckDBPyConnection,
    statement: ParsedStatement,
    values: Mapping[str, object],
    kinds: Mapping[str, str],
    memory: Remembered | None,
) -> tuple[Edit, ...]:
    """The casts to be put into the statement's text, () for nearly all. ``values`` are of the types ``kinds``."""
    if not _may_sum(statement):
        return ()
    key = tuple(kinds.items())
    if memory is not None and key in memory.sums:
        return memory.sums[key]
    try:
        binding.bind(connection, statement.text, values)
    except duckdb.Error:
        return ()  # submitting it says what is wrong
    edits = narrowing_of(statement.text, lambda sql: binding.refusal(connection, sql, values) is None)
    if memory is not None:
        memory.sums[key] = edits
    return edits


@contextmanager
def in_places_before(edits: tuple[Edit, ...], sql: str) -> Iterator[None]:
    """An error in ``sql``, which has the ``edits``, names the place in the text without them."""
    try:
        yield
    except duckdb.Error as error:
        fault = server_error(error, sql)
        if fault.position is not None:
            fault.position = place_before(edits, fault.position)
        raise fault from error


def _may_sum(statement: ParsedStatement) -> bool:
    text = statement.text
    if "sum" not in text.lower():  # a hundredth of what the pattern takes on a long text
        return False
    if _SUM.search(text) is None or _NOT_AN_EXPRESSION.search(text) is not None:
        return False
    return statement.kind in _KINDS or (statement.kind is K.CREATE and statement.tag == "CREATE VIEW")


def narrowing_of(sql: str, binds: Callable[[str], bool]) -> tuple[Edit, ...]:
    """``sql`` must bind as it is; ``binds`` tells whether a changed text does."""
    try:
        calls = list(_calls(tokenize(sql)))
    except SyntaxFault:
        return ()

    def narrow(some: Sequence[_Call]) -> list[_Call]:
        if not some or binds(_asking(sql, some)):
            return list(some)
        if len(some) == 1:
            return []
        half = len(some) // 2
        return narrow(some[:half]) + narrow(some[half:])

    return tuple(Edit(call.end, call.end, "::BIGINT") for call in sorted(narrow(calls), key=lambda call: call.end))


def _asking(sql: str, calls: Sequence[_Call]) -> str:
    opened = [Edit(call.start, call.start, " ascii(chr(") for call in calls]
    return applied(sql, opened + [Edit(call.stop, call.stop, "))") for call in calls])[0]


def _calls(tokens: Sequence[Token]) -> Iterator[_Call]:
    for at, token in enumerate(tokens[:-2]):
        named = token.kind in (TokenKind.WORD, TokenKind.QUOTED) and token.text.lower() == "sum"
        if not named or not tokens[at + 1].is_symbol("("):
            continue
        if at > 1 and tokens[at - 1].is_symbol(".") and tokens[at - 2].text.lower() != "pg_catalog":
            continue  # another schema's function, or DuckDB's x.sum()
        closing = _closing(tokens, at + 1)
        first = at + 3 if tokens[at + 2].upper in ("DISTINCT", "ALL") else at + 2
        if closing is None or first >= closing:
            continue
        last = _last_of_argument(tokens, first, closing)
        end = _end_of_call(tokens, closing)
        yield _Call(tokens[first].start, tokens[last].end, tokens[end].end)


def _closing(tokens: Sequence[Token], opening: int) -> int | None:
    depth = 0
    for at in range(opening, len(tokens)):
        if tokens[at].kind is TokenKind.SYMBOL:
            depth += (tokens[at].text in ("(", "[", "{")) - (tokens[at].text in (")", "]", "}"))
        if depth == 0:
            return at
    return None


def _last_of_argument(tokens: Sequence[Token], first: int, closing: int) -> int:
    """Before ORDER BY, where the call has one."""
    depth = 0
    for at in range(first, closing):
        depth += tokens[at].is_symbol("(") - tokens[at].is_symbol(")")
        if depth == 0 and tokens[at].upper == "ORDER" and tokens[at + 1].upper == "BY":
            return at - 1
    return closing - 1


def _end_of_call(tokens: Sequence[Token], closing: int) -> int:
    end = closing
    for word in ("FILTER", "OVER"):
        if end + 2 < len(tokens) and tokens[end + 1].upper == word:
            opened = tokens[end + 2].is_symbol("(")
            end = (_closing(tokens, end + 2) or end) if opened else end + 2
    return end
