"""jsonb's operators that DuckDB's parser does not read.

b ? 'a'               →  _pg_json_has(b, 'a')
b ?| ARRAY['a','b']   →  _pg_json_has_any(b, ARRAY['a','b']), and ?& with _pg_json_has_all
j #>> ARRAY['a','0']  →  j ->> _pg_json_path(ARRAY['a','0'])
b @> '{"a": 1}'       →  _pg_json_contains(b, '{"a": 1}'); lists keep DuckDB's own @> and <@
a::jsonb || b         →  _pg_json_merge(a::jsonb, b)
b::jsonb - 'a'        →  _pg_json_without(b::jsonb, 'a')
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.operands import ends_operand, operand_end, operand_start, primary_start
from sqlserver.sql.tokens import TokenKind

_FUNCTIONS = {"|": "_pg_json_has_any", "&": "_pg_json_has_all", "": "_pg_json_has"}
_BINARY = {"@>": "_pg_json_contains", "<@": "_pg_json_within", "||": "_pg_json_merge", "-": "_pg_json_without"}
_ARROWS = {"#>": "->", "#>>": "->>"}


def _edits(text: Text) -> Iterator[Edit]:
    tokens = text.tokens
    for at, token in enumerate(tokens[:-1]):
        if token.kind is TokenKind.SYMBOL and token.text in _ARROWS and not tokens[at + 1].is_string:
            end = _operand_end(text, at + 1)
            yield Edit(token.start, token.end, _ARROWS[token.text])
            yield Edit(tokens[at + 1].start, tokens[at + 1].start, "_pg_json_path(")
            yield Edit(tokens[end - 1].end, tokens[end - 1].end, ")")
        elif token.text == "?" and token.kind is TokenKind.PARAMETER and at and ends_operand(tokens[at - 1]):
            kind = tokens[at + 1].text if tokens[at + 1].start == token.end and tokens[at + 1].text in "|&" else ""
            first = at + 1 + len(kind)
            if first >= len(tokens):
                return
            start = tokens[operand_start(text, at - 1)].start
            end = operand_end(text, first)
            yield Edit(start, start, f"{_FUNCTIONS[kind]}(")
            yield Edit(tokens[at - 1].end, tokens[first].start, ", ")
            yield Edit(tokens[end - 1].end, tokens[end - 1].end, ")")
        elif token.kind is TokenKind.SYMBOL and token.text in _BINARY and at:
            yield from _binary(text, at)


def _binary(text: Text, at: int) -> Iterator[Edit]:
    operator = text.tokens[at].text
    start, end = operand_start(text, at - 1), operand_end(text, at + 1)
    if operator in ("||", "-"):  # left to right, one at a time
        start = primary_start(text, at - 1)
        if not _is_json(text, start, at - 1):
            return
    elif not _is_json(text, start, at - 1) and not _is_json(text, at + 1, end - 1):
        return
    first, last = text.tokens[start].start, text.tokens[end - 1].end
    yield Edit(first, first, f"{_BINARY[operator]}(")
    yield Edit(text.tokens[at].start, text.tokens[at].end, ",")
    yield Edit(last, last, ")")


def _is_json(text: Text, start: int, last: int) -> bool:
    """A cast to json, or a constant that can only be JSON."""
    token = text.tokens[last]
    if start == last and token.is_string and token.text.lstrip()[:1] in ("{", "["):
        try:
            json.loads(token.text)
        except ValueError:
            return False
        return True
    return token.upper in ("JSON", "JSONB") and text.tokens[last - 1].is_symbol("::")


def _operand_end(text: Text, at: int) -> int:
    """Behind an array, a bracket or a name."""
    end = at
    if text.words(at, 1) == ("ARRAY",):
        end = at + 1
    if end < len(text.tokens) and (text.tokens[end].is_symbol("[") or text.tokens[end].is_symbol("(")):
        return min(text.closing(end) + 1, len(text.tokens))
    while end + 2 < len(text.tokens) and text.tokens[end + 1].is_symbol("."):
        end += 2
    return end + 1


RULE = Rule(
    "operators of jsonb",
    r"\?\s*[|&'$\w(]|#>>?\s*[^'\s]|@>|<@|\bjsonb\s*(?:-|\|\|)",
    _edits,
    needles=("#>", "<@", "?", "@>", "jsonb"),
)
