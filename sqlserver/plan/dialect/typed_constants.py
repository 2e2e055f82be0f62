r"""Constants whose type is written beside them, in DuckDB's spelling of their text.

'\x6162'::bytea                →  '\x61\x62'::bytea: DuckDB wants ``\x`` before every byte
'{1,2,NULL}'::int[]            →  '["1", "2", NULL]'::int[]
'{{1,2},{3,4}}'::int[]         →  '[["1", "2"], ["3", "4"]]'::int[][]: DuckDB's types know their depth
date 'Jan 8, 1999'             →  date '1999-01-08'
CAST('P1DT2H' AS interval)     →  CAST('0 months 1 days 7200000000 microseconds' AS interval)
'today'::date                  →  (current_date)::date
a int[] DEFAULT '{}'           →  a int[] DEFAULT '[]'
VALUES ('{1,2}')               →  as it is: the binder knows what the place asks for (``duckdb_constants``)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlserver.core.calendar_input import Relative
from sqlserver.core.errors import ServerError
from sqlserver.engines.array_text import depth_of, parse_array_text
from sqlserver.engines.input_text import DIFFERENT, duckdb_text, may_differ, read_text, relative_sql
from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.sql.tokens import Token, TokenKind

_KINDS = {
    "BYTEA": "BLOB", "BOOL": "BOOLEAN", "BOOLEAN": "BOOLEAN", "INT": "INTEGER", "INT4": "INTEGER",
    "INTEGER": "INTEGER", "INT2": "SMALLINT", "SMALLINT": "SMALLINT", "INT8": "BIGINT", "BIGINT": "BIGINT",
    "REAL": "FLOAT", "FLOAT4": "FLOAT", "FLOAT": "DOUBLE", "FLOAT8": "DOUBLE", "DOUBLE": "DOUBLE", "DATE": "DATE",
    "TIME": "TIME", "TIMETZ": "TIME WITH TIME ZONE", "TIMESTAMP": "TIMESTAMP",
    "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE", "INTERVAL": "INTERVAL",
}  # fmt: skip
_BEFORE = ("DATE", "TIME", "TIMETZ", "TIMESTAMP", "TIMESTAMPTZ", "INTERVAL", "BYTEA", "BOOL", "BOOLEAN")
"""Types that stand in front of a constant: ``date '…'``."""
_FIELDS = (("YEAR",), ("MONTH",), ("DAY",), ("HOUR",), ("MINUTE",), ("SECOND",))


@dataclass(frozen=True, slots=True)
class _Type:
    """``kind``: DuckDB's name of the element; ``brackets``: where each pair of them ends in the text."""

    kind: str
    brackets: tuple[int, ...] = ()


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens):
        if not token.is_string or not may_differ(token.text) or text.sql[token.start] in "xXbBnN":
            continue
        before = _written_before(text, at)
        found = _written_after(text, at) or _of_column(text, at) or before
        if found is None:
            continue
        try:
            edits = list(_edited(token, found, text.tokens[at - 1] if before is found else None))
        except ServerError as error:
            error.position = token.start + 1
            raise
        yield from edits


def _edited(token: Token, found: _Type, named_before: Token | None) -> Iterator[Edit]:
    missing = 0
    if found.brackets:
        missing = max(0, depth_of(parse_array_text(token.text)) - len(found.brackets))
    read = read_text(token.text, found.kind + "[]" * (len(found.brackets) + missing))
    if isinstance(read, Relative):
        start = token.start if named_before is None else named_before.start
        value = relative_sql(read)
        yield Edit(start, token.end, f"({value})" if named_before is None else f"CAST({value} AS {found.kind})")
    elif isinstance(read, list | bytes | bool | str) and read != token.text:
        yield Edit(token.start, token.end, "'" + duckdb_text(read).replace("'", "''") + "'")
    if missing:
        yield Edit(found.brackets[-1], found.brackets[-1], "[]" * missing)


def _written_after(text: Text, at: int) -> _Type | None:
    """``'…'::type`` and ``CAST('…' AS type)``."""
    after = text.tokens[at + 1 : at + 2]
    if not after or not (after[0].is_symbol("::") or after[0].upper == "AS"):
        return None
    if after[0].upper == "AS" and text.words(at - 2, 1) not in (("CAST",), ("TRY_CAST",)):
        return None
    return _type_at(text.tokens, at + 2)


def _written_before(text: Text, at: int) -> _Type | None:
    """``type '…'``, but not ``interval '…' second``."""
    words = text.words(max(at - 4, 0), min(at, 4))
    if words[1:] == ("WITH", "TIME", "ZONE") and words[0] in ("TIME", "TIMESTAMP"):
        return _Type(f"{words[0]} WITH TIME ZONE")
    if not words or words[-1] not in _BEFORE or text.words(at + 1, 1)[:1] in _FIELDS:
        return None
    return _Type(_KINDS[words[-1]])


def _of_column(text: Text, at: int) -> _Type | None:
    """``column type … DEFAULT '…'`` in CREATE TABLE and ALTER TABLE … ADD COLUMN."""
    if text.words(at - 1, 1) != ("DEFAULT",) or text.words(0, 1) not in (("CREATE",), ("ALTER",)):
        return None
    depth = 0
    for start in range(at - 2, 1, -1):
        token = text.tokens[start]
        depth += token.is_symbol(")") + token.is_symbol("]") - token.is_symbol("(") - token.is_symbol("[")
        if depth < 0 or (depth == 0 and (token.is_symbol(",") or token.upper in ("COLUMN", "ADD", "EXISTS"))):
            return _type_at(text.tokens, start + 2)
    return None


def _type_at(tokens: Sequence[Token], at: int) -> _Type | None:
    """None where the text of the type is the same everywhere."""
    if at >= len(tokens) or tokens[at].kind not in (TokenKind.WORD, TokenKind.QUOTED):
        return None
    name = tokens[at].text.upper()
    kind = _KINDS.get(name, "")
    at += 1
    if name in ("DOUBLE", "CHARACTER", "BIT") and at < len(tokens) and tokens[at].upper in ("PRECISION", "VARYING"):
        at += 1
    if at < len(tokens) and tokens[at].is_symbol("("):
        while at < len(tokens) and not tokens[at].is_symbol(")"):
            at += 1
        at += 1
    if name in ("TIME", "TIMESTAMP") and at < len(tokens) and tokens[at].upper in ("WITH", "WITHOUT"):
        kind += " WITH TIME ZONE" if tokens[at].upper == "WITH" else ""
        at += 3
    brackets = []
    while at < len(tokens) and tokens[at].is_symbol("["):
        at = next((end for end in range(at, len(tokens)) if tokens[end].is_symbol("]")), len(tokens) - 1) + 1
        brackets.append(tokens[at - 1].end)
    return _Type(kind or "VARCHAR", tuple(brackets)) if kind or brackets else None


RULE = Rule(
    "typed constants",
    rf"{DIFFERENT}[^']*'\s*(?:::|as\b)|'\s*(?:::|as)\s*bytea\b"
    rf"|\b(?:{'|'.join(_BEFORE)}|time zone|default)\s*{DIFFERENT}|\b(?:bytea|default)\s*'[^']*\\",
    _edits,
    needles=("::", "as", "bool", "bytea", "date", "default", "interval", "time"),
)
