"""Tokens have the engine's boundaries and true offsets."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.core.errors import SyntaxFault
from sqlserver.sql.tokens import TokenKind, tokenize

TEXTS = [
    "SELECT a=-1, b->>'k', x::text, c[1:2], {'k': 1}, d.e.\"f\"\"g\"",
    "SELECT 'it''s', E'a\\'b\\n', $$a 'b'$$, $t$ $$ $t$, x'ab', 1_000, 1e5, .5, 0x1F",
    "SELECT /* a /* b */ c */ 1 -- d\n, 2 /**/",
    "SELECT a <= b, a<>b, a!=b, a||b, a := 1, a => 2, 'a' !~~ 'b', a @> b, a ** 2, a // 2, 5!",
    'SELECT größe, "Ünï", _x$1 FROM t1',
    "SELECT a*/* c */b, a--c\n+b, a<-1",
]


@pytest.mark.parametrize("sql", TEXTS)
def test_tokens_begin_where_the_engines_do(sql):
    engine = [offset for offset, kind in duckdb.tokenize(sql) if kind is not duckdb.token_type.comment]
    byte_offsets = [len(sql[: token.start].encode()) for token in tokenize(sql)]
    assert set(engine) - {len(sql.encode())} <= set(byte_offsets)


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("'it''s'", "it's"),
        ("E'a\\'b\\n\\x41\\u00e9'", "a'b\nAé"),
        ("$$a'b$$", "a'b"),
        ("$q$ $$ $q$", " $$ "),
        ('"a""b"', 'a"b'),
        ("''", ""),
    ],
)
def test_a_quoted_token_holds_its_value(sql, value):
    (token,) = tokenize(sql)
    assert (token.text, token.start, token.end) == (value, 0, len(sql))


@pytest.mark.parametrize(
    ("sql", "position"), [("SELECT 'a", 8), ('SELECT "a', 8), ("SELECT /* a /* */", 8), ("SELECT $$a", 8)]
)
def test_what_never_ends_is_a_syntax_error_at_its_start(sql, position):
    with pytest.raises(SyntaxFault) as caught:
        tokenize(sql)
    assert caught.value.position == position


@given(st.text(alphabet="ab1 .'\"$-/*+<>=|:;()[]{}\\\néE_?#@!~%", max_size=40))
def test_tokens_are_slices_in_order_whatever_the_text(sql):
    try:
        tokens = tokenize(sql)
    except SyntaxFault:
        return
    at = 0
    for token in tokens:
        assert at <= token.start < token.end <= len(sql)
        if token.kind not in (TokenKind.STRING, TokenKind.QUOTED):
            assert sql[token.start : token.end] == token.text
        at = token.end
