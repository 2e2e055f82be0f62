"""Which statements hold a call, where it stands and what its operands are; everything else stays plain SQL."""

from __future__ import annotations

import duckdb
import pytest

from sqlserver.core.errors import ServerError, SyntaxFault, UndefinedFunction
from sqlserver.sql.keywords import RESERVED
from sqlserver.sql.recognise import function_text, may_hold_operator, neutral_text, parse_statement
from tests.plan.staged import OPERATORS


def parses(sql):
    try:
        duckdb.extract_statements(sql)
    except duckdb.ParserException:
        return False
    return True


def calls(sql):
    statement = parse_statement(sql, OPERATORS, parses)
    if statement is None:
        return None
    return [
        (call.operator.name, [sql[node.start : node.end] for node in call.arguments], call.negated)
        for call in statement.calls
    ]


PLAIN = [
    "SELECT x means FROM t",
    "SELECT x AS means, y about FROM t",
    "SELECT means FROM stats WHERE means = 1",
    "SELECT stats.means, s.about FROM stats s",
    "SELECT 1 FROM p about LEFT JOIN q ON about.id = q.id",
    "SELECT 'What this MEANS is important'",
    "INSERT INTO t VALUES ('a MEANS b', $$c MEANS d$$)",
    "SELECT 1 -- a MEANS 'b'",
    "SELECT /* a MEANS 'b' */ 1",
    'SELECT "a MEANS b" FROM t',
    "CREATE TABLE classify (ask VARCHAR, about VARCHAR)",
    "INSERT INTO ask (means) VALUES (1)",
    "SELECT * FROM classify(1)",
    "WITH ask(about) AS (SELECT 1) SELECT about FROM ask",
    "SELECT main.classify('a', ['b'])",
    "SELECT a ~ 'x', j -> 'k', a SIMILAR TO 'b', a LIKE 'means', 'x' IN ('about')",
    "SELECT * FROM t AS ask(means)",
    "CREATE INDEX i ON ask (means)",
    "UPDATE ask SET means = 1 WHERE about = 2",
    "SELECT trace_of(1)",
    "SELECT 1 FROM t WHERE means MEAN 'x'",
    "",
]


@pytest.mark.parametrize("sql", PLAIN)
def test_plain_sql_stays_plain(sql):
    assert calls(sql) is None


M, S, A = "semantic_matches", "semantic_score", "semantic_ask"
CALLS = {
    "SELECT 1 FROM t WHERE d MEANS 'x'": [(M, ["d", "'x'"], False)],
    "SELECT 1 FROM t WHERE d\nmeans/**/'x'": [(M, ["d", "'x'"], False)],
    "SELECT 1 FROM t WHERE NOT d NOT MATCHES 'x'": [(M, ["d", "'x'"], True)],
    "SELECT 1 FROM t WHERE a || b MEANS c || d AND e": [(M, ["a || b", "c || d"], False)],
    "SELECT 1 FROM t WHERE a = b MEANS c": [(M, ["b", "c"], False)],
    "SELECT 1 FROM t WHERE d MEANS c = true": [(M, ["d", "c"], False)],
    "SELECT 1 FROM t WHERE d ALIGNS WITH 'x' > 0.5": [(S, ["d", "'x'"], False)],
    "SELECT 1 FROM t WHERE a + 1 > b ABOUT 'x' IS NULL": [(S, ["b", "'x'"], False)],
    "SELECT d::varchar(5) MEANS $1, (e) MEANS (f)": [(M, ["d::varchar(5)", "$1"], False), (M, ["(e)", "(f)"], False)],
    "SELECT j ->> 'k' MEANS lower('X')": [(M, ["j ->> 'k'", "lower('X')"], False)],
    "SELECT means MEANS means FROM t": [(M, ["means", "means"], False)],
    "SELECT d MEANS 'x' means, y about FROM t": [(M, ["d", "'x'"], False)],
    "SELECT t.means MEANS 'x' FROM t means": [(M, ["t.means", "'x'"], False)],
    "SELECT x means, y FROM t about WHERE about.d ABOUT 'q' > 1": [(S, ["about.d", "'q'"], False)],
    "SELECT (d ASK 'q') MEANS 'x'": [(M, ["(d ASK 'q')", "'x'"], False), (A, ["d", "'q'"], False)],
    "SELECT CASE WHEN d MEANS 'x' THEN 1 END": [(M, ["d", "'x'"], False)],
    "SELECT CASE a WHEN 1 THEN b END MEANS 'x'": [(M, ["CASE a WHEN 1 THEN b END", "'x'"], False)],
    "SELECT Semantic_Matches(d, 'x')": [(M, ["d", "'x'"], False)],
    "SELECT semantic_matches(criterion => 'x', text := d)": [(M, ["d", "'x'"], False)],
    "SELECT x FROM t ORDER BY d ABOUT 'x' DESC NULLS LAST": [(S, ["d", "'x'"], False)],
    "SELECT sum(d ABOUT 'x' ORDER BY e) FROM t": [(S, ["d", "'x'"], False)],
    "SELECT CAST(d ASK 'x' AS VARCHAR)": [(A, ["d", "'x'"], False)],
    "SELECT count(*) OVER (PARTITION BY d MEANS 'x' ORDER BY e ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)": [
        (M, ["d", "'x'"], False)
    ],
    "SELECT 1 FROM t WHERE a BETWEEN 1 AND 2 AND d MEANS 'x'": [(M, ["d", "'x'"], False)],
    "SELECT 1 FROM t WHERE a IS DISTINCT FROM b AND d MEANS 'x'": [(M, ["d", "'x'"], False)],
    "SELECT * EXCEPT (a), d MEANS 'x' FROM t": [(M, ["d", "'x'"], False)],
    "SELECT INTERVAL 1 DAY, d MEANS 'x' FROM t": [(M, ["d", "'x'"], False)],
    "SELECT d MEANS -1, e MEANS CASE WHEN a THEN b END": [
        (M, ["d", "-1"], False),
        (M, ["e", "CASE WHEN a THEN b END"], False),
    ],
}


@pytest.mark.parametrize(("sql", "expected"), CALLS.items(), ids=CALLS.keys())
def test_operands_reach_as_far_as_those_of_like(sql, expected):
    assert calls(sql) == expected


@pytest.mark.parametrize("sql", CALLS)
def test_the_neutral_text_keeps_every_offset(sql):
    statement = parse_statement(sql, OPERATORS, parses)
    assert len(neutral_text(statement)) == len(sql)
    assert parses(function_text(statement))


FAULTS = {
    "SELECT semantic_matches(d) FROM t": (UndefinedFunction, "semantic_matches"),
    "SELECT semantic_matches(d, 'x', 'y') FROM t": (UndefinedFunction, "semantic_matches"),
    "SELECT semantic_matches(d, wrong => 'y') FROM t": (UndefinedFunction, "semantic_matches"),
    "SELECT classify(d, 'a') FROM t": (UndefinedFunction, "'a'"),
    "SELECT semantic_matches(d, ['x']) FROM t": (UndefinedFunction, "['x']"),
    "SELECT a MEANS 'x' MEANS 'y' FROM t": (SyntaxFault, "MEANS 'y'"),
    "SELECT a LIKE b MEANS 'y' FROM t": (SyntaxFault, "MEANS 'y'"),
    "SELECT (a MEANS 'x' FROM t": (SyntaxFault, ""),
    "SELECT a MEANS 'x' FROM FROM t": (SyntaxFault, "FROM t"),
    "SELECT a MEANS 'x' b c d FROM t": (SyntaxFault, "c d"),
}


def fault_of(sql):
    try:
        duckdb.extract_statements(sql)
    except duckdb.ParserException as error:
        line = str(error).rsplit("LINE 1: ", 1)[1].split("\n")
        return SyntaxFault("syntax error", position=line[1].index("^") - len("LINE 1: ") + 1)
    return None


@pytest.mark.parametrize(("sql", "expected"), FAULTS.items(), ids=FAULTS.keys())
def test_errors_point_at_the_clients_text(sql, expected):
    kind, at = expected
    with pytest.raises(ServerError) as caught:
        parse_statement(sql, OPERATORS, parses, fault_of)
    assert type(caught.value) is kind
    assert caught.value.position == (sql.index(at) + 1 if at else len(sql) + 1)


def test_the_cheap_test_reads_words_only():
    assert not may_hold_operator("SELECT meaning, abouts FROM t", OPERATORS)
    assert may_hold_operator("SELECT a Means b", OPERATORS)
    assert may_hold_operator("SELECT CLASSIFY(a, b)", OPERATORS)


def test_reserved_words_are_the_engines():
    rows = duckdb.sql(
        "SELECT upper(keyword_name) FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
    ).fetchall()
    assert {name for (name,) in rows} == RESERVED
