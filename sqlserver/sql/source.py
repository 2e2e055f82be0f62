"""The text being read: its tokens, which bracket closes which, and the operators that count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlserver.core.errors import SyntaxFault
from sqlserver.core.operators import OperatorTable
from sqlserver.sql.outline import Query
from sqlserver.sql.tokens import Token, TokenKind, tokenize

_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Source:
    """``closing`` maps the index of an opening bracket's token to that of its closing one.

    ``infix`` says whether operator words count: they do only where the engine's parser refuses the text as written.
    ``read_query`` reads the query between two token indices: expressions hold queries and queries expressions.
    """

    sql: str
    tokens: tuple[Token, ...]
    closing: dict[int, int]
    operators: OperatorTable
    infix: bool
    read_query: Callable[[Source, int, int], Query]

    def upper(self, index: int) -> str:
        """The bare word at ``index``, upper case; '' for anything else, a name after a dot and past the end."""
        if not 0 <= index < len(self.tokens):
            return ""
        token = self.tokens[index]
        if token.kind is not TokenKind.WORD or (index > 0 and self.is_symbol(index - 1, ".")):
            return ""
        return token.text.upper()

    def is_symbol(self, index: int, text: str) -> bool:
        return 0 <= index < len(self.tokens) and self.tokens[index].is_symbol(text)

    def after(self, index: int) -> int:
        """The next index at the same bracket depth."""
        return self.closing.get(index, index) + 1

    def fault(self, index: int) -> SyntaxFault:
        """A syntax error at a token, in PostgreSQL's words."""
        if index >= len(self.tokens):
            return SyntaxFault("syntax error at end of input", position=len(self.sql) + 1)
        token = self.tokens[index]
        raw = self.sql[token.start : token.end]
        return SyntaxFault(f'syntax error at or near "{raw}"', position=token.start + 1)


def source_of(
    sql: str, operators: OperatorTable, infix: bool, read_query: Callable[[Source, int, int], Query]
) -> Source:
    """Raises 42601 for brackets that do not match."""
    tokens = tuple(tokenize(sql))
    closing: dict[int, int] = {}
    source = Source(sql, tokens, closing, operators, infix, read_query)
    open_at: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind is not TokenKind.SYMBOL:
            continue
        if token.text in _CLOSING:
            open_at.append(index)
        elif token.text in (")", "]", "}"):
            if not open_at or _CLOSING[tokens[open_at[-1]].text] != token.text:
                raise source.fault(index)
            closing[open_at.pop()] = index
    if open_at:
        raise source.fault(len(tokens))
    return source
