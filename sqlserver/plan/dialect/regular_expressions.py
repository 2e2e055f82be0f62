"""Escapes of PostgreSQL's regular expressions that DuckDB's (RE2) spells otherwise.

'foo bar' ~ '\\mbar'                     →  'foo bar' ~ '\\bbar'
regexp_replace(t, '\\yb', '[\\&]')        →  regexp_replace(t, '\\bb', '[\\0]')
substring(t FROM '(\\d+)')               →  _pg_substring(t, '(\\d+)')
regexp_matches(t, '(a)(b)', 'g')         →  _pg_regexp_rows(t, '(a)(b)'): rows of the groups
(regexp_matches(t, '(a)'))[1]            →  (_pg_regexp_row(t, '(a)'))[1]
regexp_matches(t, 'a')                   →  as it is: DuckDB's, which tells whether it matches
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.operands import arguments

_OPERATORS = frozenset({"~", "~*", "!~", "!~*"})
_WRITTEN = {"m": r"\b", "M": r"\b", "y": r"\b", "Y": r"\B", "Z": r"\z"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-1]):
        following = text.tokens[at + 1]
        if token.kind == "symbol" and token.text in _OPERATORS and following.is_string:
            yield from _pattern(text, at + 1)
        elif token.upper.startswith("REGEXP_") and following.is_symbol("("):
            if token.upper == "REGEXP_MATCHES":
                yield from _matches(text, at)
            constants = [first for first, last in arguments(text, at + 1) if first == last]
            for number, constant in enumerate(constants):
                if text.tokens[constant].is_string and constant != at + 2:
                    replaces = token.upper == "REGEXP_REPLACE" and text.tokens[constant].text.count("\\&")
                    yield from _replacement(text, constant) if replaces and number else _pattern(text, constant)
        elif token.upper == "SUBSTRING" and following.is_symbol("("):
            yield from _substring(text, at)


def _matches(text: Text, at: int) -> Iterator[Edit]:
    pieces = arguments(text, at + 1)
    end = text.closing(at + 1)
    if len(pieces) == 3 and text.tokens[end - 1].text == "g" and text.tokens[end - 1].is_string:
        yield Edit(text.tokens[at].start, text.tokens[at].end, "_pg_regexp_rows")
        yield Edit(text.tokens[end - 2].start, text.tokens[end].end, ")")
    elif at and text.tokens[at - 1].is_symbol("(") and [t.text for t in text.tokens[end + 1 : end + 3]] == [")", "["]:
        yield Edit(text.tokens[at].start, text.tokens[at].end, "_pg_regexp_row")


def _pattern(text: Text, at: int) -> Iterator[Edit]:
    yield from _changed(text, at, _ESCAPE.sub(lambda found: _WRITTEN.get(found[1], found[0]), text.tokens[at].text))


def _replacement(text: Text, at: int) -> Iterator[Edit]:
    yield from _changed(text, at, text.tokens[at].text.replace("\\&", "\\0"))


def _changed(text: Text, at: int, written: str) -> Iterator[Edit]:
    token = text.tokens[at]
    if written != token.text:
        yield Edit(token.start, token.end, "'" + written.replace("'", "''") + "'")


def _substring(text: Text, at: int) -> Iterator[Edit]:
    end = text.closing(at + 1)
    if end == len(text.tokens) or not text.tokens[end - 1].is_string:
        return
    between = text.tokens[end - 2]
    if between.upper == "FROM" or (between.is_symbol(",") and len(arguments(text, at + 1)) == 2):
        yield Edit(text.tokens[at].start, text.tokens[at].end, "_pg_substring")
        yield Edit(between.start, between.end, ",")
        yield from _pattern(text, end - 1)


RULE = Rule(
    "regular expressions",
    r"\\[mMyYZ&]|\bsubstring\s*\(|\bregexp_matches\s*\(",
    _edits,
    needles=("\\", "regexp_matches", "substring"),
)
