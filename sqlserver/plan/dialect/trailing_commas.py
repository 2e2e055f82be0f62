"""A comma after the last of a list: DuckDB takes it, PostgreSQL says 42601 at what follows.

SELECT a, FROM t      →  syntax error at or near "FROM"
DROP TABLE a,         →  syntax error at end of input
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.core.errors import SyntaxFault
from sqlserver.plan.dialect.edit import Edit, Rule, Text

_NEXT = frozenset({"FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT"})
_NAMES_BEFORE = frozenset({"SELECT", "BY"})


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens):
        if not token.is_symbol(","):
            continue
        if at + 1 == len(text.tokens):
            raise SyntaxFault("syntax error at end of input", position=token.end + 1)
        after = text.tokens[at + 1]
        if after.is_symbol(")") or after.upper in _NEXT:
            raise SyntaxFault(f'syntax error at or near "{after.text}"', position=after.start + 1)
    return iter(())


_WORDS = "|".join(sorted(_NEXT))
RULE = Rule("trailing commas", rf",\s*(?:$|\)|--|/\*|(?:{_WORDS})\b)", _edits, needles=(",",))
