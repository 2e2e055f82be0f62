"""Sequences: DuckDB's are all of bigint, keep nothing in advance and belong to nobody.

CREATE SEQUENCE s AS integer CACHE 1 OWNED BY t.a     →  CREATE SEQUENCE s
nextval('s'::regclass), setval('s'::regclass, 5)      →  nextval('s'), setval('s', 5)
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_CALLS = frozenset({"NEXTVAL", "CURRVAL", "SETVAL"})


def _edits(text: Text) -> Iterator[Edit]:
    if "SEQUENCE" in text.words(1, 3) and text.words(0, 1) == ("CREATE",):
        yield from _options(text)
        return
    for at, token in enumerate(text.tokens[:-4]):
        called = token.upper in _CALLS and text.tokens[at + 1].is_symbol("(") and text.tokens[at + 2].is_string
        if called and text.tokens[at + 3].is_symbol("::"):
            last = at + 6 if text.words(at + 4, 1) == ("PG_CATALOG",) else at + 4
            if text.words(last, 1) == ("REGCLASS",):
                yield Edit(text.tokens[at + 3].start, text.tokens[last].end, "")


def _options(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens):
        word = token.upper
        if word == "CACHE" or (word == "AS" and at + 1 < len(text.tokens)):
            yield Edit(token.start, text.tokens[min(at + 1, len(text.tokens) - 1)].end, "")
        elif word == "OWNED":
            yield Edit(token.start, text.tokens[_name_end(text, at + 2)].end, "")


def _name_end(text: Text, at: int) -> int:
    while at + 2 < len(text.tokens) and text.tokens[at + 1].is_symbol("."):
        at += 2
    return min(at, len(text.tokens) - 1)


RULE = Rule(
    "sequences",
    r"\bsequence\b|(?:nextval|currval|setval)\s*\(\s*'",
    _edits,
    needles=("sequence", "nextval", "currval", "setval"),
)
