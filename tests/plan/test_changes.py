"""INSERT, CREATE TABLE AS, UPDATE, DELETE and COPY write what per-row functions would write."""

from __future__ import annotations

import pytest

from tests.plan.staged import connect, read, run_staged, with_functions

CHANGES = [
    "INSERT INTO target SELECT id, d MEANS 'x', d ASK 'q' FROM p WHERE price > 5 AND value MEANS 'y'",
    "INSERT INTO target (id, m) VALUES (100, 'a' MEANS 'b'), (101, NOT 'c' MEANS 'd')",
    "WITH c AS (SELECT id, d FROM p WHERE d MEANS 'x') INSERT INTO target SELECT id, TRUE, d FROM c",
    "INSERT INTO target WITH c AS (SELECT id, d FROM p WHERE d MEANS 'x') SELECT id, d MEANS 'y', d FROM c",
    "INSERT INTO target BY NAME SELECT d ASK 'q' AS s, id FROM p",
    "CREATE TABLE made AS SELECT id, d MEANS 'x' AS m FROM p WHERE cat = 'a'",
    "CREATE OR REPLACE TEMP TABLE made AS (SELECT id, d MEANS 'x' FROM p)",
    "CREATE TABLE made AS WITH c AS (SELECT d FROM p) SELECT d ASK 'q' AS a FROM c WHERE d MEANS 'x'",
    "UPDATE target SET m = s MEANS 'x'",
    "UPDATE target SET m = id > 3 OR s MEANS 'x', s = s ASK 'q' WHERE s MEANS 'y' AND id < 9",
    "UPDATE target AS t SET s = p.d ASK 'q' FROM p WHERE p.id = t.id AND p.d MEANS t.s",
    "UPDATE target SET s = (SELECT max(note) FROM q WHERE q.pid = target.id AND note MEANS target.s)",
    "DELETE FROM target WHERE s MEANS 'x' AND id > 2",
    "DELETE FROM target USING q WHERE q.pid = target.id AND q.note MEANS target.s",
    "DELETE FROM target t WHERE EXISTS (SELECT 1 FROM q WHERE q.pid = t.id AND note MEANS t.s)",
]


def _state(connection):
    names = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    made = connection.execute("FROM made ORDER BY ALL").fetchall() if "made" in names else None
    return connection.execute("FROM target ORDER BY ALL").fetchall(), made


@pytest.mark.parametrize("sql", CHANGES)
def test_the_tables_are_the_same_both_ways(sql):
    with connect() as staged, connect() as direct:
        statement = read(staged, sql)
        run_staged(staged, statement)
        direct.execute(with_functions(statement))
        assert _state(staged) == _state(direct)
