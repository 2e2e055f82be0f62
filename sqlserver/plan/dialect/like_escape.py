"""LIKE and ILIKE have ``\\`` as their escape in PostgreSQL, and none in DuckDB.

name LIKE 'a\\_%'       →  name LIKE 'a\\_%' ESCAPE '\\'
name NOT ILIKE $1      →  name NOT ILIKE $1 ESCAPE '\\'
name LIKE 'abc%'       →  as it is: there is nothing to escape
name LIKE p ESCAPE '#' →  as it is
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.operands import operand_end
from sqlserver.sql.tokens import Token, TokenKind

_LIKES = frozenset({"LIKE", "ILIKE"})


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens):
        if token.upper not in _LIKES or not _is_operator(text, at):
            continue
        end = operand_end(text, at + 1)
        pattern = text.tokens[at + 1 : end]
        if not pattern or text.words(end, 1) == ("ESCAPE",):
            continue
        if all(_is_plain(part) for part in pattern):
            continue
        yield Edit(pattern[-1].end, pattern[-1].end, " ESCAPE '\\'")


def _is_operator(text: Text, at: int) -> bool:
    """Not ``CREATE TABLE a (LIKE b)``, not ``SHOW … LIKE`` and not LIKE ANY."""
    before = text.tokens[at - 1] if at else None
    if before is not None and before.upper == "NOT":
        before = text.tokens[at - 2] if at > 1 else None
    if before is None or before.is_symbol("(") or before.is_symbol(","):
        return False
    return text.words(at + 1, 1) not in (("ANY",), ("ALL",), ("SOME",)) and text.words(0, 1) != ("SHOW",)


def _is_plain(token: Token) -> bool:
    """A constant in which nothing is escaped, or what joins constants."""
    if token.is_string:
        return "\\" not in token.text
    return token.kind is TokenKind.SYMBOL and token.text in ("||", "(", ")")


RULE = Rule("LIKE's default escape", r"\bi?like\b", _edits, needles=("like",))
