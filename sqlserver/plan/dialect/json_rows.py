"""JSON as rows in FROM.

jsonb_each(j) AS e(k, v)                    →  (SELECT key, value FROM json_each(j)) AS e(k, v)
json_each_text(j)                           →  the same, its values as text
jsonb_to_recordset(j) AS r(a int, b text)   →  (SELECT unnest(…from_json(j, '[{"a": "int", "b": "text"}]')) …) AS r
json_each(j), with a column of DuckDB's     →  as it is: ``fullkey``, ``atom``, ``rowid``
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.operands import arguments
from sqlserver.sql.tokens import TokenKind

_EACH = frozenset({"JSON_EACH", "JSONB_EACH", "JSON_EACH_TEXT", "JSONB_EACH_TEXT"})
_RECORDS = frozenset({"JSON_TO_RECORD", "JSONB_TO_RECORD", "JSON_TO_RECORDSET", "JSONB_TO_RECORDSET"})
_DUCKDB_COLUMNS = re.compile(r"\b(?:fullkey|atom|parent|rowid)\b", re.IGNORECASE)


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-2]):
        if not text.tokens[at + 1].is_symbol("("):
            continue
        end = text.closing(at + 1)
        if end == len(text.tokens):
            continue
        if token.upper in _EACH and not _DUCKDB_COLUMNS.search(text.sql):
            value = "value ->> '$' AS value" if token.upper.endswith("TEXT") else "value"
            alias = "" if _is_named(text, end + 1) else f" AS {token.text.lower()}"
            yield Edit(token.start, token.end, f"(SELECT key, {value} FROM json_each")
            yield Edit(text.tokens[end].end, text.tokens[end].end, f"){alias}")
        elif token.upper in _RECORDS:
            yield from _records(text, at, end)


def _is_named(text: Text, at: int) -> bool:
    if at >= len(text.tokens) or text.tokens[at].kind not in (TokenKind.WORD, TokenKind.QUOTED):
        return False
    return text.tokens[at].upper not in _AFTER


def _records(text: Text, at: int, end: int) -> Iterator[Edit]:
    name = end + 2 if text.words(end + 1, 1) == ("AS",) else end + 1
    columns = name + 1 if name + 1 < len(text.tokens) and not text.tokens[name].is_symbol("(") else name
    if columns >= len(text.tokens) or not text.tokens[columns].is_symbol("("):
        return
    types: dict[str, str] = {}
    for first, last in arguments(text, columns):
        column = text.tokens[first]
        kind = text.sql[text.tokens[first + 1].start : text.tokens[last].end] if last > first else "json"
        types[column.text if column.kind is TokenKind.QUOTED else column.text.lower()] = kind
    one = not text.tokens[at].upper.endswith("SET")
    shape = json.dumps([types]).replace("'", "''")
    yield Edit(text.tokens[at].start, text.tokens[at + 1].end, "(SELECT unnest(_pg_row) FROM (SELECT unnest(from_json(")
    inside = text.tokens[at + 1].end
    close = text.tokens[end]
    if one:
        yield Edit(inside, inside, "'[' || (")
    yield Edit(close.start, close.end, f"{') || chr(93)' if one else ''}, '{shape}')) AS _pg_row))")
    alias = "" if columns > name else ' AS "record"'
    yield Edit(text.tokens[columns].start, text.tokens[min(text.closing(columns), len(text.tokens) - 1)].end, alias)


_AFTER = frozenset(
    {"WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "JOIN", "ON",
     "UNION", "EXCEPT", "INTERSECT", "FETCH", "WINDOW", "FOR", "USING"}
)  # fmt: skip
RULE = Rule("JSON as rows", r"\bjsonb?_(?:each|to_record)", _edits, needles=("json",))
