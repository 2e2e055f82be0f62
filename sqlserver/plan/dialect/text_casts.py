"""Casts to text: PostgreSQL writes whole doubles, intervals, arrays and bytea otherwise than DuckDB.

rate::text, CAST(rate AS varchar)   →  _pg_text(rate): a macro that knows the type when the statement is bound
name::varchar(3)                    →  left(_pg_text(name), 3)
'abc'::text, $1::text, 5::text      →  as they are: their text is the same, and a parameter must keep its cast

The text of a constraint, an index or a default is kept in the database file, where no macro of ours may stand: only the
query in a CREATE statement is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.operands import primary_start
from sqlserver.sql.tokens import TokenKind

_TEXT_TYPES = frozenset({"TEXT", "VARCHAR"})
SAME_TEXT_TYPES = frozenset(
    {
        "TEXT", "VARCHAR", "CHAR", "NAME", "INT", "INT2", "INT4", "INT8", "INTEGER", "BIGINT", "SMALLINT", "BOOL",
        "BOOLEAN", "DATE", "UUID", "JSON", "JSONB", "TIMESTAMP", "TIMESTAMPTZ", "REGCLASS", "REGTYPE", "REGPROC",
        "REGNAMESPACE", "REGROLE", "OID",
    }
)  # fmt: skip
_SAME_TEXT_FUNCTIONS = frozenset(
    {
        "COUNT", "LOWER", "UPPER", "TRIM", "LTRIM", "RTRIM", "BTRIM", "LENGTH", "REPLACE", "SUBSTRING", "SUBSTR",
        "NOW", "TO_CHAR", "CONCAT", "CONCAT_WS", "FORMAT", "MD5", "LEFT", "RIGHT", "LPAD", "RPAD", "STRING_AGG",
        "SPLIT_PART", "INITCAP", "GEN_RANDOM_UUID", "ROW_NUMBER", "RANK", "DENSE_RANK", "TO_JSON", "TO_JSONB",
        "QUOTE_LITERAL", "QUOTE_IDENT", "CHR", "REGEXP_REPLACE", "REPEAT", "REVERSE", "FORMAT_TYPE",
    }
)  # fmt: skip
_SAME_TEXT_WORDS = frozenset({"NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_USER"})
_SAME_TEXT_KINDS = frozenset({TokenKind.STRING, TokenKind.NUMBER, TokenKind.PARAMETER})


def _edits(text: Text) -> Iterator[Edit]:
    # Backwards: of two casts of one expression the outer one opens first.
    for at in range(len(text.tokens) - 1, query_start(text) - 1, -1):
        token = text.tokens[at]
        if token.upper not in _TEXT_TYPES or at < 2:
            continue
        length, end = _length(text, at)
        if end + 1 < len(text.tokens) and text.tokens[end + 1].is_symbol("["):
            continue
        if text.tokens[at - 1].is_symbol("::"):
            start, last = primary_start(text, at - 2), at - 2
            after = text.tokens[end].end
        elif (opening := _cast_opening(text, at, end)) is not None:
            start, last = opening + 1, at - 2
            after = text.tokens[end + 1].end
        else:
            continue
        if length is None and has_same_text(text, start, last):
            continue
        if length is not None and text.tokens[last].kind is TokenKind.PARAMETER:
            continue
        first = text.tokens[start].start if text.tokens[at - 1].is_symbol("::") else text.tokens[start - 2].start
        opened = "_pg_text(" if length is None else "_pg_varchar(_pg_text("
        yield Edit(first, text.tokens[start].start, opened)
        yield Edit(text.tokens[last].end, after, ")" if length is None else f"), {length})")


def has_same_text(text: Text, start: int, last: int) -> bool:
    """Whether the expression from ``start`` to ``last`` is written alike by both, as far as its words tell."""
    first, final = text.tokens[start], text.tokens[last]
    if start == last:
        return first.kind in _SAME_TEXT_KINDS or first.upper in _SAME_TEXT_WORDS
    if last - 1 > start and text.tokens[last - 1].is_symbol("::"):
        return final.upper in SAME_TEXT_TYPES
    called = text.tokens[start + 1].is_symbol("(") and text.closing(start + 1) == last
    return called and first.upper in _SAME_TEXT_FUNCTIONS


def query_start(text: Text) -> int:
    """Behind the AS of a CREATE statement; the whole of anything else but ALTER."""
    verb = text.words(0, 1)
    if verb == ("ALTER",):
        return len(text.tokens)
    if verb != ("CREATE",):
        return 0
    depth = 0
    for at, token in enumerate(text.tokens):
        depth += token.is_symbol("(") - token.is_symbol(")")
        if token.upper == "AS" and depth == 0:
            return at
    return len(text.tokens)


def _length(text: Text, at: int) -> tuple[str | None, int]:
    """(n of varchar(n), the type's last token)."""
    bits = text.tokens[at + 1 : at + 4]
    if len(bits) == 3 and bits[0].is_symbol("(") and bits[1].text.isdigit() and bits[2].is_symbol(")"):
        return bits[1].text, at + 3
    return None, at


def _cast_opening(text: Text, at: int, end: int) -> int | None:
    """The bracket of ``CAST(… AS text)`` around the type at ``at``."""
    if text.tokens[at - 1].upper != "AS" or end + 1 >= len(text.tokens) or not text.tokens[end + 1].is_symbol(")"):
        return None
    depth = 0
    for opening in range(at - 2, 0, -1):
        depth += text.tokens[opening].is_symbol(")") - text.tokens[opening].is_symbol("(")
        if depth < 0:
            return opening if text.tokens[opening - 1].upper == "CAST" else None
    return None


RULE = Rule("casts to text", r"(?:::|\bas)\s*(?:text|varchar)\b(?!\s*\[)", _edits, needles=("text", "varchar"))
