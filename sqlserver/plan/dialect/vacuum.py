"""Options of VACUUM and ANALYZE, which DuckDB does not have.

VACUUM (VERBOSE, ANALYZE) t   →  VACUUM ANALYZE t
ANALYZE VERBOSE t             →  ANALYZE t
VACUUM FULL                   →  VACUUM
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_OPTIONS = frozenset({"VERBOSE", "FULL", "FREEZE"})


def _edits(text: Text) -> Iterator[Edit]:
    if text.words(0, 1) not in (("VACUUM",), ("ANALYZE",)) or len(text.tokens) < 2:
        return
    if text.tokens[1].is_symbol("("):
        end = text.closing(1)
        options = text.words(1, end)
        last = text.tokens[min(end, len(text.tokens) - 1)].end
        analyze = "ANALYZE" in options and text.words(0, 1) == ("VACUUM",)
        yield Edit(text.tokens[1].start, last, "ANALYZE" if analyze else "")
        return
    for token in text.tokens[1:4]:
        if token.upper in _OPTIONS:
            yield Edit(token.start, token.end, "")


RULE = Rule("VACUUM", r"^\s*(?:vacuum|analyze)\b", _edits, needles=("analyze", "vacuum"))
