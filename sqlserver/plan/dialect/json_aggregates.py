"""Aggregates into JSON, with their ORDER BY and FILTER, which DuckDB's own (macros) do not take.

json_agg(x ORDER BY y) FILTER (WHERE z)   →  to_json(array_agg(x ORDER BY y) FILTER (WHERE z))
jsonb_object_agg(k, v)                    →  json_group_object(k, v)
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_LISTS = frozenset({"JSON_AGG", "JSONB_AGG"})
_OBJECTS = frozenset({"JSON_OBJECT_AGG", "JSONB_OBJECT_AGG"})


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-1]):
        if not text.tokens[at + 1].is_symbol("("):
            continue
        if token.upper in _OBJECTS:
            yield Edit(token.start, token.end, "json_group_object")
        elif token.upper in _LISTS:
            end = _whole_call(text, at + 1)
            if end < len(text.tokens):
                yield Edit(token.start, token.end, "to_json(array_agg")
                yield Edit(text.tokens[end].end, text.tokens[end].end, ")")


def _whole_call(text: Text, opening: int) -> int:
    """The last token of the call with its FILTER and OVER."""
    end = text.closing(opening)
    for word in ("FILTER", "OVER"):
        if text.words(end + 1, 1) == (word,) and end + 2 < len(text.tokens):
            end = text.closing(end + 2) if text.tokens[end + 2].is_symbol("(") else end + 2
    return end


RULE = Rule(
    "aggregates into JSON",
    r"\bjsonb?_(?:object_)?agg\s*\(",
    _edits,
    {"to_json": ("json_agg", "jsonb_agg"), "json_group_object": ("json_object_agg", "jsonb_object_agg")},
    needles=("json",),
)
