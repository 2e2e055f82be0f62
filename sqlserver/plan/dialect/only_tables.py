"""Tables have no children here, so ONLY says nothing.

SELECT * FROM ONLY t, TRUNCATE ONLY t   →  SELECT * FROM t, TRUNCATE t
TRUNCATE t RESTART IDENTITY CASCADE     →  TRUNCATE t
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_BEFORE = frozenset({"FROM", "JOIN", "UPDATE", "TRUNCATE", "TABLE", "INTO"})


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens):
        word = token.upper
        if word == "ONLY" and at and text.tokens[at - 1].upper in _BEFORE:
            yield Edit(token.start, token.end, "")
        elif text.words(0, 1) == ("TRUNCATE",) and word in ("RESTART", "CONTINUE", "CASCADE", "RESTRICT") and at > 1:
            yield Edit(token.start, text.tokens[-1].end, "")
            return


RULE = Rule("ONLY", r"\bonly\b|^\s*truncate\b", _edits, needles=("only", "truncate"))
