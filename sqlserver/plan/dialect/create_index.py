"""Indexes: DuckDB has one kind, builds it at once and over all rows.

CREATE INDEX CONCURRENTLY i ON t USING btree (a)   →  CREATE INDEX i ON t (a)
CREATE INDEX ON t (a DESC NULLS LAST)              →  CREATE INDEX t_a_idx ON t (a)
CREATE INDEX i ON t (a text_pattern_ops)           →  CREATE INDEX i ON t (a)
CREATE INDEX i ON t (a) WHERE b                    →  CREATE INDEX i ON t (a); UNIQUE with WHERE is refused
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.core.errors import FeatureNotSupported
from sqlserver.plan.dialect.edit import Edit, Rule, Text

_KINDS = frozenset({"BTREE", "HASH", "GIN", "GIST", "BRIN", "SPGIST"})
_ORDER = frozenset({"ASC", "DESC", "NULLS", "FIRST", "LAST"})


def _edits(text: Text) -> Iterator[Edit]:
    words = text.words(0, 3)
    if words[:1] not in (("CREATE",), ("DROP",)) or "INDEX" not in words:
        return
    depth = 0
    for at, token in enumerate(text.tokens):
        depth += token.is_symbol("(") - token.is_symbol(")")
        word = token.upper
        if word == "CONCURRENTLY" and at <= 4:
            yield Edit(token.start, token.end, "")
        elif word == "USING" and text.words(at + 1, 1)[0] in _KINDS:
            yield Edit(token.start, text.tokens[at + 1].end, "")
        elif depth == 1 and (word in _ORDER or (word.endswith("_OPS") and not text.tokens[at - 1].is_symbol("("))):
            yield Edit(token.start, token.end, "")
        elif word == "COLLATE" and depth == 1:
            yield Edit(token.start, _name_end(text, at + 1), "")
        elif word == "ON" and depth == 0 and text.tokens[at - 1].upper in ("INDEX", "CONCURRENTLY"):
            yield Edit(token.start, token.start, f"{_default_name(text, at + 1)} ")
        elif depth == 0 and word in ("WHERE", "INCLUDE", "WITH", "TABLESPACE"):
            if word == "WHERE" and words[1] == "UNIQUE":
                raise FeatureNotSupported(
                    "unique indexes over a part of the rows are not supported", position=token.start + 1
                )
            yield Edit(token.start, text.tokens[-1].end, "")
            return


def _name_end(text: Text, at: int) -> int:
    while at + 2 < len(text.tokens) and text.tokens[at + 1].is_symbol("."):
        at += 2
    return text.tokens[min(at, len(text.tokens) - 1)].end


def _default_name(text: Text, at: int) -> str:
    """PostgreSQL's: table, columns, idx."""
    names = []
    for token in text.tokens[at : at + 12]:
        name = token.text if token.kind == "quoted name" else token.text.lower()
        if token.kind in ("word", "quoted name") and token.upper not in (_ORDER | _KINDS | {"USING", "ONLY"}):
            names.append(name)
    return '"' + "_".join([*names[:4], "idx"]) + '"'


RULE = Rule("indexes", r"^\s*(?:create|drop)\s+(?:unique\s+)?index\b", _edits, needles=("index",))
