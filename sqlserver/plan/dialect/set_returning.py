"""Functions that DuckDB has only as expressions, in FROM.

SELECT * FROM json_array_elements(j) AS e   →  SELECT * FROM (SELECT json_array_elements(j) AS value) AS e
SELECT json_array_elements(j)               →  as it is
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_ROWS = {
    "JSON_ARRAY_ELEMENTS": "value", "JSONB_ARRAY_ELEMENTS": "value", "JSON_ARRAY_ELEMENTS_TEXT": "value",
    "JSONB_ARRAY_ELEMENTS_TEXT": "value", "JSON_OBJECT_KEYS": "json_object_keys",
    "JSONB_OBJECT_KEYS": "jsonb_object_keys", "STRING_TO_TABLE": "string_to_table",
    "GENERATE_SUBSCRIPTS": "generate_subscripts", "REGEXP_SPLIT_TO_TABLE": "regexp_split_to_table",
}  # fmt: skip
_CLAUSES = frozenset({"SELECT", "FROM", "JOIN", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "ON", "LATERAL", "USING"})
_AFTER_RELATION = _CLAUSES | {"LEFT", "RIGHT", "FULL", "INNER", "CROSS", "WITH", "UNION", "OFFSET"}
_RELATIONS = frozenset({"FROM", "JOIN", "LATERAL"})


def _edits(text: Text) -> Iterator[Edit]:
    clauses = [""]
    for at, token in enumerate(text.tokens):
        word = token.upper
        if token.is_symbol("("):
            clauses.append(clauses[-1] if at and text.tokens[at - 1].kind == "word" else "")
        elif token.is_symbol(")") and len(clauses) > 1:
            clauses.pop()
        elif word in _CLAUSES:
            clauses[-1] = word
        elif word in _ROWS and text.tokens[at + 1 : at + 2] and text.tokens[at + 1].is_symbol("("):
            end = text.closing(at + 1)
            if end == len(text.tokens):
                continue
            last = text.tokens[end].end
            if clauses[-1] in _RELATIONS:
                name = _ROWS[word] if _ROWS[word] == "value" else _only_name(text, end + 1) or _ROWS[word]
                yield Edit(token.start, token.start, "(SELECT ")
                yield Edit(last, last, f" AS {name})" + ("" if _has_alias(text, end + 1) else f" AS {name}"))


def _only_name(text: Text, at: int) -> str | None:
    """The alias, where it names no columns: it is the column's name too."""
    at += text.words(at, 1) == ("AS",)
    with_columns = at + 1 < len(text.tokens) and text.tokens[at + 1].is_symbol("(")
    if not _has_alias(text, at) or with_columns:
        return None
    return text.sql[text.tokens[at].start : text.tokens[at].end]


def _has_alias(text: Text, at: int) -> bool:
    if at >= len(text.tokens) or text.tokens[at].kind not in ("word", "quoted name"):
        return False
    return text.tokens[at].upper not in _AFTER_RELATION


RULE = Rule(
    "functions of rows",
    r"\bgenerate_subscripts\b|\bjsonb?_(?:array_elements|object_keys)|_to_table\b",
    _edits,
    needles=("_to_table", "array_elements", "generate_subscripts", "object_keys"),
)
