"""Columns of a type that DuckDB has no like of: a check keeps the type with the column (``core.declared_type``).

v varchar(10) NOT NULL   →  v varchar(10) CHECK (CASE WHEN length("v") > 10 THEN error(…) ELSE true END) NOT NULL
j jsonb                  →  j jsonb CHECK (CASE WHEN "j" IS NULL THEN true ELSE 'jsonb' = 'jsonb' END)
v varchar, vs varchar(10)[]   →  as they are: text, and an array of text
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.core.declared_type import check_of, declared_type
from sqlserver.plan.dialect.create_table import table_at
from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.sql.quote import quote_identifier
from sqlserver.sql.table_elements import Element, closing, qualified_name, read_elements


def _edits(text: Text) -> Iterator[Edit]:
    at = table_at(text)
    if at is None or text.words(0, 1) != ("CREATE",):
        return
    _, opening = qualified_name(text.tokens, at)
    if opening >= len(text.tokens) or not text.tokens[opening].is_symbol("("):
        return
    for element in read_elements(text.tokens, opening):
        found = declared_in(text, element)
        if found is not None:
            end, check = found
            yield Edit(end, end, f" {check}")


def declared_in(text: Text, element: Element) -> tuple[int, str] | None:
    """Where the type of a column's definition ends, and the check that keeps it; None where DuckDB keeps it itself."""
    found = type_at(text, element.start + 1, element.end)
    words = {token.upper for token in text.tokens[element.start : element.end]}
    if not element.column or found is None or "GENERATED" in words:
        return None
    declared, end = found
    return text.tokens[end - 1].end, check_of(quote_identifier(element.column), declared)


def type_at(text: Text, start: int, stop: int) -> tuple[str, int] | None:
    """The declared type whose words begin at token ``start``, and the token behind them."""
    end = start + 1
    if text.words(end, 1) == ("VARYING",):
        end += 1
    if end < stop and text.tokens[end].is_symbol("("):
        end = closing(text.tokens, end) + 1
    if start >= stop or (end < stop and (text.tokens[end].is_symbol("[") or text.words(end, 1) == ("ARRAY",))):
        return None
    declared = declared_type(text.sql[text.tokens[start].start : text.tokens[end - 1].end])
    return None if declared is None else (declared, end)


RULE = Rule(
    "declared types",
    r"^\s*create\b[^(]*\btable\b(?s:.)*\b(?:varchar|char|character|bpchar|jsonb)\b",
    _edits,
    needles=("create",),
)
