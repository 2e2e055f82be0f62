"""Options of EXPLAIN: DuckDB has ANALYZE and FORMAT; the others say how much is shown.

EXPLAIN ANALYZE VERBOSE SELECT 1                     →  EXPLAIN ANALYZE SELECT 1
EXPLAIN (COSTS OFF, ANALYZE, FORMAT JSON) SELECT 1   →  EXPLAIN (ANALYZE, FORMAT JSON) SELECT 1
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.sql.tokens import Token

_DROPPED = frozenset(
    {"VERBOSE", "COSTS", "SETTINGS", "GENERIC_PLAN", "BUFFERS", "SERIALIZE", "WAL", "TIMING", "SUMMARY", "MEMORY"}
)
_OFF = frozenset({"FALSE", "OFF", "0"})


def _edits(text: Text) -> Iterator[Edit]:
    if text.words(0, 1) != ("EXPLAIN",) or len(text.tokens) < 3:
        return
    if not text.tokens[1].is_symbol("("):
        for token in text.tokens[1:3]:
            if token.upper == "VERBOSE":
                yield Edit(token.start, token.end, "")
        return
    end = text.closing(1)
    if end >= len(text.tokens) or text.words(2, 1)[0] in ("SELECT", "WITH", "VALUES", "TABLE", "FROM", ""):
        return
    options = [text.sql[first.start : last.end] for first, last in _options(text, end)]
    kept = f"({', '.join(options)})" if options else ""
    yield Edit(text.tokens[1].start, text.tokens[end].end, kept)


def _options(text: Text, end: int) -> Iterator[tuple[Token, Token]]:
    start = 2
    for at in range(2, end + 1):
        if at < end and not text.tokens[at].is_symbol(","):
            continue
        option, value = text.tokens[start], text.tokens[at - 1]
        if option.upper not in _DROPPED and not (option.upper == "ANALYZE" and value.text.upper() in _OFF):
            yield option, value
        start = at + 1


RULE = Rule("EXPLAIN", r"^\s*explain\b", _edits, needles=("explain",))
