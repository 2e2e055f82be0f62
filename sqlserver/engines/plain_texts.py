"""Casts to text for which the binder need not look at all that the macro knows.

_pg_text(name), _pg_text(id), _pg_text(rate)   →   CAST(name AS text), CAST(id AS text), _pg_float_text(CAST(rate …))

The macro writes doubles, intervals, arrays and bytea as PostgreSQL does, and takes 0.5 ms each time it is bound. Only
the binder knows an argument's type: a function is asked for that takes a text alone, and where one of the arguments is
none, another that does not exist, so that the error names the argument's type. The answer is remembered with the
statement, which then costs what it costs without the macro.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from sqlserver.core.errors import SyntaxFault
from sqlserver.engines import duckdb_binding as binding
from sqlserver.engines.engine import ParsedStatement
from sqlserver.engines.statement_memory import Remembered
from sqlserver.sql.edits import Edit, applied
from sqlserver.sql.tokens import Token, TokenKind, tokenize

_NAMES = frozenset({"_pg_text", "_pg_output"})
_PLAIN = ("CAST(", " AS text)")
_TEXTS_ALONE = ("chr(ascii(", "))")
_NOTHING = ("ascii(", ", 0)")
_TYPE = re.compile(r"'ascii\((.*), INTEGER_LITERAL\)'")
_SAME_TEXT = re.compile(
    r"VARCHAR|STRING_LITERAL|ENUM\(.*\)|JSON|U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?(?:_LITERAL)?|DATE|TIME[^\[]*|UUID"
    r"|DECIMAL\(\d+,\d+\)"
)
_MOST = 32
"""Calls of a statement that are asked about one by one: each time all of it is bound."""
_WRITTEN = {
    "DOUBLE": ("_pg_float_text(CAST(", " AS text))"),
    "FLOAT": ("_pg_float_text(CAST(", " AS text))"),
    "INTERVAL": ("_pg_interval_text(CAST(", " AS text))"),
    "DECIMAL(38,9)": ("_pg_numeric_text(", ")"),
}


@dataclass(frozen=True, slots=True)
class _Call:
    """Offsets of the name, the argument and the end of the call."""

    name: str
    start: int
    argument: int
    stop: int
    end: int


def plain_texts(
    connection: duckdb.DuckDBPyConnection,
    statement: ParsedStatement,
    values: Mapping[str, object],
    kinds: Mapping[str, str],
    memory: Remembered | None,
) -> tuple[Edit, ...]:
    """The edits that put cheaper casts for the macro, () for nearly all. ``values`` are of the types ``kinds``."""
    if not any(name in statement.text for name in _NAMES):
        return ()
    key = tuple(kinds.items())
    if memory is not None and key in memory.texts:
        return memory.texts[key]
    edits = plain_texts_of(statement.text, lambda sql: binding.refusal(connection, sql, values))
    if memory is not None:
        memory.texts[key] = edits
    return edits


def plain_texts_of(sql: str, refusal: Callable[[str], str | None]) -> tuple[Edit, ...]:
    """``refusal`` is what the binder says against a text, None where it takes it."""
    try:
        calls = list(_calls(tokenize(sql)))
    except SyntaxFault:
        return ()
    if refusal(applied(sql, _around(calls, _TEXTS_ALONE))[0]) is None:
        return tuple(_around(calls, _PLAIN))
    if len(calls) > _MOST:
        return ()
    edits: list[Edit] = []
    for call in calls:
        others = [other for other in calls if other is not call]
        said = refusal(applied(sql, _around([call], _NOTHING) + _around(others, _PLAIN))[0])
        kind = _TYPE.search(said or "")
        if kind is None:
            return ()  # in HAVING: it must stay what it is in GROUP BY
        if (written := _form(call, kind[1])) is not None:
            edits += _around([call], written)
    return tuple(sorted(edits))


def _form(call: _Call, kind: str) -> tuple[str, str] | None:
    """None where the macro is to stay."""
    if kind in _WRITTEN:
        return _WRITTEN[kind]
    plain = _SAME_TEXT.fullmatch(kind) or (kind == "BOOLEAN" and call.name == "_pg_text")
    return _PLAIN if plain else None


def _around(calls: Sequence[_Call], form: tuple[str, str]) -> list[Edit]:
    edits = [Edit(call.start, call.argument, form[0]) for call in calls]
    return edits + [Edit(call.stop, call.end, form[1]) for call in calls]


def _calls(tokens: Sequence[Token]) -> Iterator[_Call]:
    for at, token in enumerate(tokens[:-2]):
        if token.kind is not TokenKind.WORD or token.text not in _NAMES or not tokens[at + 1].is_symbol("("):
            continue
        depth = 0
        for closing in range(at + 1, len(tokens)):
            if tokens[closing].kind is TokenKind.SYMBOL:
                depth += (tokens[closing].text in ("(", "[")) - (tokens[closing].text in (")", "]"))
            if depth == 0:
                yield _Call(token.text, token.start, tokens[at + 1].end, tokens[closing].start, tokens[closing].end)
                break
