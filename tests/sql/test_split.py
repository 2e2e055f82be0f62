"""A text of several statements falls apart at its semicolons, nowhere else."""

from __future__ import annotations

import pytest

from sqlserver.sql.split import head_tokens, leading_words, split_statements

TEXTS = {
    "SELECT 1; SELECT 2": ["SELECT 1", "SELECT 2"],
    "SELECT ';'; SELECT $$;$$;": ["SELECT ';'", "SELECT $$;$$"],
    "SELECT 1 /* ; */ -- ;\n; MARK TRAINABLE LAST": ["SELECT 1", "MARK TRAINABLE LAST"],
    " ;; \n": [],
    "SELECT a MEANS 'x' FROM t;CORRECT TRACE 'a;b' TO 'c'": ["SELECT a MEANS 'x' FROM t", "CORRECT TRACE 'a;b' TO 'c'"],
    "-- only a comment": [],
    " /*+ a=b */ SELECT 1; -- c\n/*+ d=e */ SELECT 2": ["/*+ a=b */ SELECT 1", "/*+ d=e */ SELECT 2"],
    "-- /*+ a=b */\nSELECT 1": ["SELECT 1"],
    "SELECT 1;/*+ a=b */\nSELECT 2": ["SELECT 1", "/*+ a=b */\nSELECT 2"],
    'SELECT ";" FROM t; ': ['SELECT ";" FROM t'],
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.items())
def test_statements_and_their_offsets(text, expected):
    found = split_statements(text)
    assert [statement.sql for statement in found] == expected
    assert all(text[s.start : s.start + len(s.sql)] == s.sql for s in found)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("mark not trainable WHERE a = 1", ("MARK", "NOT", "TRAINABLE")),
        ("/* a */ -- b\n UNDO MARK", ("UNDO", "MARK")),
        ("SELECT 1", ("SELECT",)),
        ("(SELECT 1)", ()),
        ("", ()),
        ("/*" + "x" * 500 + "*/ SHOW TRAINING STATS", ("SHOW", "TRAINING", "STATS")),
        ("INSERT INTO t VALUES ('" + "x" * 500 + "')", ("INSERT", "INTO", "T")),
    ],
)
def test_leading_words_skip_comments(sql, words):
    assert leading_words(sql) == words


@pytest.mark.parametrize(
    ("sql", "length", "texts"),
    [
        ("a b", 10, ["a", "b"]),
        ("abc def ghi", 9, ["abc", "def"]),
        ("a 'it''s' b", 6, ["a"]),
        ("a /* 'x' */ b", 6, ["a"]),
        ('a "x y" b', 5, ["a"]),
        ("a $q$ 'x $q$ b", 8, ["a"]),
    ],
)
def test_the_head_ends_before_what_reaches_over_it(sql, length, texts):
    assert [token.text for token in head_tokens(sql, length)] == texts
