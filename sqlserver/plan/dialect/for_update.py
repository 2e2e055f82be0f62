"""Row locks: DuckDB has none, its transactions find conflicts when they write. The clause is read and dropped.

SELECT … FOR UPDATE [OF t] [NOWAIT | SKIP LOCKED]   →  SELECT …
SELECT … FOR NO KEY UPDATE | FOR SHARE | FOR KEY SHARE
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_STRENGTHS = (("NO", "KEY", "UPDATE"), ("KEY", "SHARE"), ("UPDATE",), ("SHARE",))


def _edits(text: Text) -> Iterator[Edit]:
    tokens = text.tokens
    for at, token in enumerate(tokens):
        if token.upper != "FOR":
            continue
        strength = next((words for words in _STRENGTHS if text.words(at + 1, len(words)) == words), None)
        if strength is None:
            continue
        end = at + 1 + len(strength)
        if text.words(end, 1) == ("OF",):
            end += 1
            while end < len(tokens) and (tokens[end].kind in ("word", "quoted name") or tokens[end].text in ".,"):
                if tokens[end].upper in ("NOWAIT", "SKIP", "FOR", "LIMIT"):
                    break
                end += 1
        if text.words(end, 1) == ("NOWAIT",):
            end += 1
        elif text.words(end, 2) == ("SKIP", "LOCKED"):
            end += 2
        yield Edit(token.start, tokens[end - 1].end, "")


RULE = Rule(
    "row locks", r"\bfor\s+(?:no\s+key\s+)?update\b|\bfor\s+(?:key\s+)?share\b", _edits, needles=("share", "update")
)
