# ruff: noqa: E501 - a statement stands on one line
"""Every place a call can stand in: staged answers give the rows that per-row functions give."""

from __future__ import annotations

import pytest

from tests.plan.staged import connect, read, run_staged, with_functions

PLACES = {
    "select item": "SELECT id, d MEANS 'x' AS m FROM p",
    "unnamed items": "SELECT id, d MEANS 'x', NOT d MEANS 'y' FROM p",
    "where": "SELECT id FROM p WHERE d MEANS 'x'",
    "where after a cheap predicate": "SELECT id FROM p WHERE price < 10 AND d MEANS 'x'",
    "negated word": "SELECT id FROM p WHERE d NOT MEANS 'x' AND cat = 'a'",
    "two predicates": "SELECT id FROM p WHERE d MEANS 'x' AND value MEANS 'y' AND price > 3",
    "four predicates": "SELECT id FROM p WHERE d MEANS 'x' AND value MEANS 'y' AND d ABOUT 'z' > 0.2 AND arg_1 NOT MEANS 'w'",
    "predicate and item": "SELECT id, d ASK 'q' AS a FROM p WHERE d MEANS 'x' AND price > 3",
    "or with a cheap arm": "SELECT id FROM p WHERE cat = 'a' OR d MEANS 'x'",
    "or of calls": "SELECT id FROM p WHERE d MEANS 'x' OR value MEANS 'y' OR arg_1 MEANS 'z'",
    "or and and nested": "SELECT id FROM p WHERE (cat = 'a' AND d MEANS 'x') OR (price > 5 AND NOT value MEANS 'y') OR id = 3",
    "logic as a value": "SELECT id, cat = 'a' AND d MEANS 'x' AS m, d MEANS 'x' OR price > 5 AS n FROM p",
    "logic over null": "SELECT id, (d IS NULL OR NULL) AND d MEANS 'x' AS m FROM p",
    "case": "SELECT id, CASE WHEN price > 10 THEN d ASK 'q' WHEN d MEANS 'x' THEN 'm' ELSE value ASK 'r' END AS c FROM p",
    "case with operand": "SELECT id, CASE cat WHEN 'a' THEN d ASK 'q' WHEN 'b' THEN d ASK 'r' END AS c FROM p",
    "case on an answer": "SELECT id, CASE d ASK 'q' WHEN 'yes' THEN 1 WHEN 'no' THEN 2 END AS c FROM p",
    "case in where": "SELECT id FROM p WHERE CASE WHEN cat = 'a' THEN d MEANS 'x' ELSE price > 5 END",
    "coalesce": "SELECT id, coalesce(d, value ASK 'q', 'z') AS c FROM p",
    "coalesce of answers": "SELECT id, coalesce(d ASK 'q', value ASK 'r', 'none') AS c FROM p",
    "if": "SELECT id, if(price > 10, d ASK 'q', value ASK 'q') AS c FROM p",
    "nested calls": "SELECT id, (d ASK 'q') MEANS 'x' AS m FROM p WHERE (d ASK 'q') MEANS 'y'",
    "nested functions": "SELECT id, condense(d ASK 'q') ASK 'r' AS m FROM p",
    "function form": "SELECT id FROM p WHERE semantic_matches(d, 'x') AND AI_Filter(value, 'y')",
    "list argument": "SELECT id, CLASSIFY(d, ARRAY['a', 'b']) AS c, classify(d, ['c']) AS e FROM p",
    "list literal": "SELECT id, CLASSIFY(d, ['a', 'b', 'c']) AS c FROM p WHERE d MEANS 'x'",
    "expression operands": "SELECT id FROM p WHERE d || ' ' || cat MEANS 'x' || 'y'",
    "cast operands": "SELECT id FROM p WHERE price::varchar MEANS 'x' AND id MEANS 'seven'",
    "compared score": "SELECT id FROM p WHERE d ABOUT 'x' > 0.5 AND 0.1 < d ALIGNS WITH 'y'",
    "score between": "SELECT id FROM p WHERE d ABOUT 'x' BETWEEN 0.2 AND 0.8 AND price > 2",
    "is null": "SELECT id FROM p WHERE d MEANS 'x' IS NULL",
    "is distinct from": "SELECT id FROM p WHERE d MEANS 'x' IS DISTINCT FROM value MEANS 'y'",
    "columns called as ours": "SELECT id FROM p WHERE value MEANS arg_1 AND arg_1 MEANS value",
    "rowid": "SELECT id FROM p WHERE rowid::varchar MEANS 'x'",
    "json operand": "SELECT id FROM p WHERE j ->> 'k' MEANS 'x'",
    "slices and structs": "SELECT id, tags[1] MEANS 'x' AS a, {'m': d MEANS 'x', 'n': 1} AS s, [d ASK 'q', 'z'] AS l FROM p",
    "order by": "SELECT id, d FROM p ORDER BY d ABOUT 'x' DESC NULLS LAST, id",
    "order by and limit": "SELECT id FROM p WHERE price > 3 ORDER BY d ABOUT 'x', id LIMIT 5",
    "order by an alias": "SELECT id, d ABOUT 'x' AS s FROM p ORDER BY s NULLS FIRST, id",
    "group by": "SELECT d MEANS 'x', count(*) FROM p GROUP BY d MEANS 'x'",
    "group by alias": "SELECT d MEANS 'x' AS m, count(*) FROM p GROUP BY m",
    "group by ordinal": "SELECT d ASK 'x', count(*) FROM p WHERE price > 2 GROUP BY 1",
    "group by all": "SELECT d ASK 'x' AS a, cat, sum(price) FROM p GROUP BY ALL",
    "group by, expression over the key": "SELECT NOT d MEANS 'x', count(*) FROM p GROUP BY d MEANS 'x'",
    "call on a key": "SELECT cat, cat MEANS 'x', count(*) FROM p GROUP BY cat",
    "call on an aggregate": "SELECT cat, max(d) MEANS 'x' AS m FROM p GROUP BY cat",
    "call on an aggregate, no group": "SELECT max(d) MEANS 'x', count(*) FROM p WHERE price > 4",
    "having": "SELECT cat FROM p GROUP BY cat HAVING max(d) MEANS 'x' OR count(*) > 13",
    "having then item": "SELECT cat, min(d) ASK 'q' FROM p GROUP BY cat HAVING count(*) > 5 AND max(value) NOT MEANS 'x'",
    "having alias": "SELECT cat, max(d) MEANS 'x' AS m FROM p GROUP BY cat HAVING m",
    "group ordinal with key call": "SELECT upper(cat), upper(cat) ASK 'q', max(d) ASK 'r' FROM p GROUP BY 1, 2",
    "group by all with aggregate call": "SELECT cat, upper(cat) AS u, max(d) ASK 'r' AS r FROM p GROUP BY ALL",
    "aggregate argument": "SELECT cat, sum(CASE WHEN d MEANS 'x' THEN 1 ELSE 0 END) AS n FROM p GROUP BY cat",
    "aggregate filter": "SELECT cat, count(*) FILTER (WHERE d MEANS 'x' AND price > 5) AS n FROM p GROUP BY cat",
    "aggregate in a case": "SELECT cat, CASE WHEN count(*) > 13 THEN avg(d ABOUT 'x') END AS n FROM p GROUP BY cat",
    "ordered aggregate": "SELECT list(id ORDER BY d ABOUT 'x', id) FROM p",
    "rollup": "SELECT cat, avg(d ABOUT 'x') FROM p GROUP BY ROLLUP (cat)",
    "window partition": "SELECT id, row_number() OVER (PARTITION BY d MEANS 'x' ORDER BY id) AS n FROM p",
    "window order": "SELECT id, rank() OVER (ORDER BY d ABOUT 'x') AS n FROM p WHERE price > 2",
    "window argument": "SELECT id, sum(d ABOUT 'x') OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS n FROM p WHERE d IS NOT NULL",
    "named window": "SELECT id, rank() OVER w AS n, sum(d ABOUT 'q') OVER w AS l FROM p WINDOW w AS (PARTITION BY d MEANS 'x' ORDER BY id)",
    "qualify": "SELECT id, d FROM p QUALIFY row_number() OVER (PARTITION BY cat ORDER BY id) = 1 AND d MEANS 'x'",
    "qualify and item": "SELECT id, d ASK 'q' AS a FROM p QUALIFY row_number() OVER (PARTITION BY d ORDER BY id) = 1",
    "distinct": "SELECT DISTINCT d MEANS 'x' AS m, cat FROM p",
    "distinct on": "SELECT DISTINCT ON (d ASK 'q') d ASK 'q' AS a, id FROM p ORDER BY d ASK 'q', id",
    "inner join on": "SELECT p.id, q.id FROM p JOIN q ON p.cat = q.cat AND p.d MEANS q.note",
    "inner join on and where": "SELECT p.id, q.id FROM p JOIN q ON p.d MEANS q.note WHERE p.price > 5 AND q.cat = 'a'",
    "left join on": "SELECT p.id, q.id FROM p LEFT JOIN q ON p.id = q.pid AND q.note MEANS p.d",
    "right join on": "SELECT p.id, q.id FROM p RIGHT JOIN q ON p.id = q.pid AND q.note MEANS p.d",
    "full join on": "SELECT p.id, q.id FROM p FULL JOIN q ON p.id = q.pid AND q.note MEANS 'x'",
    "full join on and where": "SELECT p.id, q.id FROM p FULL JOIN q ON p.id = q.pid AND q.note MEANS 'x' WHERE p.cat = 'a' OR q.note MEANS 'z'",
    "semi join on": "SELECT p.id FROM p SEMI JOIN q ON p.id = q.pid AND q.note MEANS p.d",
    "anti join on": "SELECT p.id FROM p ANTI JOIN q ON p.id = q.pid AND q.note MEANS p.d",
    "three tables": "SELECT p.id, q.id, r.id FROM p JOIN q ON p.id = q.pid AND p.d MEANS q.note JOIN q AS r ON r.cat = q.cat AND r.note MEANS p.cat",
    "comma join": "SELECT p.id, q.id FROM p, q WHERE p.id = q.pid AND p.d MEANS q.note",
    "using": "SELECT id, note FROM p JOIN q USING (id) WHERE note MEANS d",
    "join in brackets": "SELECT p.id FROM (p JOIN q ON p.id = q.pid AND p.d MEANS 'x') WHERE q.note MEANS 'y'",
    "join then where": "SELECT p.id FROM p JOIN q ON p.id = q.pid WHERE p.d MEANS 'x' AND q.cat = 'a' AND p.price < q.id",
    "derived table": "SELECT * FROM (SELECT id, d MEANS 'x' AS m FROM p WHERE price > 3) s WHERE m",
    "call over a derived table": "SELECT s.id FROM (SELECT id, d FROM p WHERE cat = 'a') s WHERE s.d MEANS 'x'",
    "derived in join": "SELECT s.id, q.id FROM q JOIN (SELECT id, d FROM p WHERE d MEANS 'x') s ON s.id = q.pid AND q.note MEANS s.d",
    "quantified over a window": "SELECT id FROM (SELECT id, lag(d) OVER (ORDER BY id) AS e FROM p) WHERE e MEANS 'x'",
    "unnamed in derived table": "SELECT count(*) FROM (SELECT d MEANS 'x' FROM p)",
    "cte": "WITH c AS (SELECT id, d FROM p WHERE d MEANS 'x') SELECT id, d ASK 'q' AS a FROM c WHERE id > 3",
    "cte of cte": "WITH a AS (SELECT * FROM p WHERE price > 2), b AS (SELECT id, d MEANS 'x' AS m, d FROM a), unused AS (SELECT 1) SELECT b.id, d MEANS 'y' AS n FROM b WHERE m",
    "cte columns": "WITH c(i, t) AS MATERIALIZED (SELECT id, d FROM p) SELECT i FROM c WHERE t MEANS 'x'",
    "inner with": "SELECT * FROM (WITH c AS (SELECT id, d FROM p) SELECT id, d MEANS 'x' AS m FROM c) WHERE m",
    "with inside with": "WITH c AS (SELECT id, d FROM p) SELECT * FROM (WITH e AS (SELECT * FROM c WHERE id > 2) SELECT id, d MEANS 'x' AS m FROM e) WHERE m",
    "recursive cte, first arm": "WITH RECURSIVE r AS (SELECT id, d FROM p WHERE d MEANS 'x' UNION ALL SELECT id + 100, d FROM r WHERE id < 100) SELECT id, d ASK 'q' AS a FROM r",
    "union": "SELECT id, d MEANS 'x' AS m FROM p UNION ALL SELECT id, note MEANS 'y' FROM q WHERE cat = 'a'",
    "except": "SELECT d FROM p WHERE d MEANS 'x' EXCEPT SELECT d FROM p WHERE d MEANS 'y'",
    "union in brackets": "(SELECT d MEANS 'x' AS m FROM p) UNION (SELECT note MEANS 'x' FROM q)",
    "exists": "SELECT id FROM p WHERE EXISTS (SELECT 1 FROM q WHERE q.pid = p.id AND q.note MEANS p.d)",
    "exists, uncorrelated": "SELECT id FROM p WHERE EXISTS (SELECT 1 FROM q WHERE note MEANS 'x')",
    "exists, outer empty": "SELECT id FROM empty_table WHERE EXISTS (SELECT 1 FROM q WHERE note MEANS 'x')",
    "not exists": "SELECT id FROM p WHERE price > 4 AND NOT EXISTS (SELECT 1 FROM q WHERE q.pid = p.id AND q.note MEANS 'x')",
    "in": "SELECT id FROM p WHERE id IN (SELECT pid FROM q WHERE note MEANS 'x')",
    "in, correlated": "SELECT id FROM p WHERE d IN (SELECT p.d FROM q WHERE q.pid = p.id AND note MEANS d)",
    "call in list": "SELECT id FROM p WHERE d ASK 'q' IN ('yes', 'no')",
    "scalar subquery": "SELECT id, (SELECT count(*) FROM q WHERE q.pid = p.id AND note MEANS d) AS n FROM p WHERE cat = 'a'",
    "scalar subquery on an aggregate": "SELECT id, (SELECT max(note) FROM q WHERE q.pid = p.id) MEANS 'x' AS n FROM p",
    "subquery as an operand": "SELECT id FROM p WHERE d MEANS (SELECT min(note) FROM q)",
    "call over an aggregate in a subquery": "SELECT id, (SELECT max(note) MEANS 'x' FROM q WHERE q.pid = p.id) AS n FROM p",
    "subquery in a subquery": "SELECT id FROM p WHERE EXISTS (SELECT 1 FROM q WHERE q.pid = p.id AND EXISTS (SELECT 1 FROM q z WHERE z.cat = q.cat AND z.note MEANS p.d))",
    "subquery in a group": "SELECT cat, (SELECT count(*) FROM q WHERE q.cat = p.cat AND note MEANS p.cat) AS n FROM p GROUP BY cat",
    "lateral": "SELECT p.id, l.m FROM p, LATERAL (SELECT p.d MEANS 'x' AS m) l",
    "lateral join": "SELECT p.id, l.note FROM p LEFT JOIN LATERAL (SELECT note FROM q WHERE q.pid = p.id AND note MEANS p.d) l ON TRUE",
    "implicit lateral": "SELECT p.id, l.m FROM p, (SELECT p.d MEANS 'x' AS m) l",
    "unnest in from": "SELECT p.id, u.t FROM p, unnest(p.tags) AS u(t) WHERE u.t MEANS 'x'",
    "values": "SELECT * FROM (VALUES (1, 'a' MEANS 'b'), (2, 'c' MEANS 'd')) v(i, m)",
    "bare values": "VALUES ('a' ASK 'b'), ('c' ASK 'd')",
    "no from": "SELECT 'a' MEANS 'b' AS m, NULL MEANS 'x' AS n",
    "from first": "FROM p SELECT id, d MEANS 'x' AS m WHERE price > 3",
    "from without select": "FROM p WHERE d MEANS 'x'",
    "star with replace": "SELECT * REPLACE (d MEANS 'x' AS d) FROM p",
    "star exclude": "SELECT * EXCLUDE (tags, j), d MEANS 'x' AS m FROM p",
    "lateral alias": "SELECT id, upper(d) AS u, u MEANS 'x' AS m, m AND price > 5 AS n FROM p",
    "alias in where": "SELECT id, d MEANS 'x' AS m FROM p WHERE price > 5 AND m",
    "alias only in where": "SELECT id, upper(d) AS u FROM p WHERE u MEANS 'X'",
    "alias shadowing a column": "SELECT id, upper(value) AS d FROM p WHERE d MEANS 'x' ORDER BY d MEANS 'y', id",
    "aggregate alias shadowing": "SELECT max(d) AS d, cat FROM p WHERE d MEANS 'x' GROUP BY cat",
    "prefix alias": "SELECT id, m: d MEANS 'x' FROM p",
    "implicit alias": "SELECT id, d MEANS 'x' m, d ASK 'q' \"A b\" FROM p WHERE cat = 'a'",
    "a column alias called like the word": "SELECT id, cat means FROM p WHERE d MEANS 'x'",
    "a table alias called like the word": "SELECT about.id FROM p about LEFT JOIN q ON about.d MEANS q.note AND q.pid = about.id",
    "strings and comments": "SELECT id, 'a MEANS b' AS s /* d MEANS 'y' */ FROM p WHERE d MEANS $$x MEANS y$$ -- MEANS 'z'",
    "volatile predicate beside": "SELECT id FROM p WHERE random() >= 0 AND d MEANS 'x' AND price > 2",
    "volatile item beside": "SELECT d MEANS 'x' AS m FROM p WHERE random() >= 0",
    "now is stable": "SELECT id FROM p WHERE now() > '2000-01-01' AND d MEANS 'x'",
    "sample of everything": "SELECT d MEANS 'x' AS m FROM p USING SAMPLE 100%",
    "empty input": "SELECT id, d MEANS 'x' AS m FROM empty_table WHERE d MEANS 'y'",
    "semantic and unsteady arms": "SELECT id FROM p WHERE (random() < 0 OR d MEANS 'x') AND value MEANS 'y'",
    "division and casts": "SELECT id / 2, id // 2, id % 3, d MEANS 'x', '1'::int + 1, interval 1 day FROM p",
    "union by name": "SELECT id, d MEANS 'x' AS m FROM p UNION ALL BY NAME SELECT note MEANS 'y' AS m, id FROM q",
    "pivoted source": "SELECT * FROM (PIVOT (SELECT cat, price FROM p) ON cat USING sum(price)) WHERE 'a' MEANS 'b' OR TRUE",
    "positional join": "SELECT p.id FROM p POSITIONAL JOIN q WHERE q.note MEANS 'x'",
    "asof join source": "SELECT p.id FROM p ASOF JOIN q ON p.id >= q.id WHERE q.note MEANS 'x'",
    "lambda beside": "SELECT list_transform(tags, lambda x: x || '!') AS l, d MEANS 'x' AS m FROM p",
    "comprehension beside": "SELECT [x || '!' for x in tags] AS l, d MEANS 'x' AS m FROM p",
    "array subquery": "SELECT id, ARRAY(SELECT note FROM q WHERE q.pid = p.id AND note MEANS 'x' ORDER BY note) AS l FROM p",
    "quantified comparison": "SELECT id FROM p WHERE id > ALL (SELECT pid FROM q WHERE note MEANS 'x' AND pid < 5)",
}


@pytest.fixture(scope="module")
def connection():
    with connect() as opened:
        yield opened


def _ordered(rows):
    return sorted(map(repr, rows))


@pytest.mark.parametrize("sql", PLACES.values(), ids=PLACES.keys())
def test_staged_rows_equal_per_row_functions(connection, sql):
    statement = read(connection, sql)
    staged = run_staged(connection, statement)
    direct = connection.execute(with_functions(statement)).fetchall()
    assert _ordered(staged.rows) == _ordered(direct)


NEED_NAMES = {"having alias", "implicit lateral", "lateral alias", "alias in where"}


@pytest.mark.parametrize("sql", [sql for name, sql in PLACES.items() if name not in NEED_NAMES])
def test_without_name_resolution_the_rows_are_the_same(connection, sql):
    statement = read(connection, sql)
    staged = run_staged(connection, statement, resolves_names=False)
    direct = connection.execute(with_functions(statement)).fetchall()
    assert _ordered(staged.rows) == _ordered(direct)
