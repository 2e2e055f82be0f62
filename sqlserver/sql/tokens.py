"""SQL text to tokens, with character offsets.

The lexical rules are those PostgreSQL and DuckDB share: nested comments, ``''`` and ``""`` doubled, ``E'…'`` with
backslashes, dollar quotes, ``$1`` parameters, operators cut where a comment begins and before a trailing sign. Comments
and blanks give no token: what stands between two tokens is kept by whoever splices the text.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from sqlserver.core.errors import SyntaxFault


class TokenKind(StrEnum):
    WORD = "word"
    QUOTED = "quoted name"
    STRING = "string"
    NUMBER = "number"
    PARAMETER = "parameter"
    SYMBOL = "symbol"


class Token(NamedTuple):
    """``text`` is the value: a quoted name or string without its quotes, a word or symbol as typed.

    ``start`` and ``end`` count characters from 0, ``end`` exclusive.
    """

    kind: TokenKind
    text: str
    start: int
    end: int

    @property
    def is_string(self) -> bool:
        return self.kind is TokenKind.STRING

    @property
    def upper(self) -> str:
        """The keyword this token would be; empty for anything but a bare word."""
        return self.text.upper() if self.kind is TokenKind.WORD else ""

    def is_symbol(self, text: str) -> bool:
        return self.kind is TokenKind.SYMBOL and self.text == text


_NAME = r"[A-Za-z_\u0080-\U0010ffff]"
_TOKEN = re.compile(
    rf"""
    (?P<blank>[\s\ufeff]+|--[^\n\r]*)
  | (?P<comment>/\*)
  | (?P<escaped>[eE]'(?:[^'\\]+|''|\\.)*(?P<escaped_end>')?)
  | (?P<bits>[xXbBnN]'[^']*(?P<bits_end>')?)
  | (?P<string>'(?:[^']+|'')*(?P<string_end>')?)
  | (?P<quoted>"(?:[^"]+|"")*(?P<quoted_end>")?)
  | (?P<dollar>\$(?:{_NAME}[\w]*)?\$)
  | (?P<parameter>\$(?:\d+|{_NAME}\w*)|\?)
  | (?P<number>(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)
  | (?P<word>{_NAME}[\w$]*)
  | (?P<punctuation>::|:=|[()\[\]{{}},;:.])
  | (?P<operator>[-+*/<>=~!@\#%^&|`]+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "word": TokenKind.WORD,
    "number": TokenKind.NUMBER,
    "parameter": TokenKind.PARAMETER,
    "punctuation": TokenKind.SYMBOL,
    "other": TokenKind.SYMBOL,
}
_MAY_END_IN_SIGN = frozenset("~!@#%^&|`")
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def tokenize(sql: str) -> list[Token]:
    """All tokens of ``sql``. Raises 42601 with position for a string, quoted name or comment that never ends."""
    tokens: list[Token] = []
    at = 0
    length = len(sql)
    while at < length:
        match = _TOKEN.match(sql, at)
        if match is None:  # unreachable: the last alternative takes any character
            raise SyntaxFault("syntax error", position=at + 1)
        group = match.lastgroup or ""
        end = match.end()
        if group == "blank":
            pass
        elif group == "comment":
            end = _comment_end(sql, at)
        elif group in _KINDS:
            tokens.append(Token(_KINDS[group], match.group(), at, end))
        elif group == "operator":
            end = at + _operator_length(match.group())
            tokens.append(Token(TokenKind.SYMBOL, sql[at:end], at, end))
        elif group == "dollar":
            body, end = _dollar_quoted(sql, at, match.group())
            tokens.append(Token(TokenKind.STRING, body, at, end))
        else:
            tokens.append(_quoted_token(match, at, end))
        at = end
    return tokens


def _quoted_token(match: re.Match[str], start: int, end: int) -> Token:
    raw = match.group()
    if match["quoted"] is not None:
        if match["quoted_end"] is None:
            raise SyntaxFault("unterminated quoted identifier", position=start + 1)
        return Token(TokenKind.QUOTED, raw[1:-1].replace('""', '"'), start, end)
    if match["string_end"] is None and match["escaped_end"] is None and match["bits_end"] is None:
        raise SyntaxFault(f'unterminated quoted string at or near "{match.string[start:]}"', position=start + 1)
    if match["string"] is not None:
        return Token(TokenKind.STRING, raw[1:-1].replace("''", "'"), start, end)
    if match["escaped"] is not None:
        return Token(TokenKind.STRING, _unescape(raw[2:-1]), start, end)
    return Token(TokenKind.STRING, raw[2:-1], start, end)


_ESCAPE = re.compile(r"''|\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_SIMPLE_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _unescape(body: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        if code is None:
            return "'"
        if code[0] in "01234567":
            return chr(int(code, 8) & 0xFF)
        if code[0] in "xuU" and len(code) > 1:
            return chr(int(code[1:], 16))
        return _SIMPLE_ESCAPES.get(code, code)

    return _ESCAPE.sub(one, body)


def _operator_length(run: str) -> int:
    """PostgreSQL's rule: an operator ends before a comment, and before a sign unless it holds ``~ ! @ # % ^ & | ```."""
    for mark in ("--", "/*"):
        cut = run.find(mark)
        if cut > 0:
            run = run[:cut]
    while len(run) > 1 and run[-1] in "+-" and not (_MAY_END_IN_SIGN & set(run)):
        run = run[:-1]
    return len(run)


def _comment_end(sql: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    raise SyntaxFault("unterminated /* comment", position=start + 1)


def _dollar_quoted(sql: str, start: int, tag: str) -> tuple[str, int]:
    body = start + len(tag)
    close = sql.find(tag, body)
    if close < 0:
        raise SyntaxFault("unterminated dollar-quoted string", position=start + 1)
    return sql[body:close], close + len(tag)
