# ruff: noqa: E501 - a statement stands on one line
"""How many distinct inputs a statement asks, and in how many stages: cheap SQL first, nothing asked twice."""

from __future__ import annotations

import pytest

from tests.plan.staged import connect, read, run_staged

COUNTS = {
    # sql: (distinct inputs, stages); p has 9 distinct texts in d, 4 in value, 3 in cat
    "SELECT d MEANS 'x' FROM p": (9, 1),
    "SELECT d MEANS 'x', d means 'x' FROM p": (9, 1),
    "SELECT d MEANS 'x' FROM p WHERE d MEANS 'x'": (9, 1),
    "SELECT d MEANS 'x' FROM p WHERE id < 3": (3, 1),
    "SELECT d MEANS 'x' FROM p WHERE id < 3 ORDER BY d MEANS 'x'": (3, 1),
    "SELECT d MEANS 'x' FROM p WHERE FALSE": (0, 1),
    "SELECT d MEANS NULL FROM p": (0, 1),
    "SELECT id FROM p WHERE id < 5 OR d MEANS 'x'": (9, 1),
    "SELECT id FROM p WHERE d = 'item 1' OR d MEANS 'x'": (8, 1),
    "SELECT id FROM p WHERE d MEANS 'x' AND d MEANS 'y'": (9 + 4, 2),
    "SELECT id FROM p WHERE d MEANS 'x' AND value MEANS 'y' AND d = 'item 2'": (
        1,
        2,
    ),  # the answer is no: nothing survives
    "SELECT CASE WHEN cat = 'a' THEN cat MEANS 'x' END FROM p": (1, 1),
    "SELECT coalesce(d, value ASK 'q') FROM p": (3, 1),
    "SELECT if(cat = 'a', cat ASK 'q', NULL) FROM p": (1, 1),
    "SELECT cat MEANS 'x' FROM p GROUP BY cat HAVING cat <> 'a'": (2, 1),
    "SELECT max(d) MEANS 'x' FROM p": (1, 1),
    "SELECT cat, max(d) MEANS 'x' FROM p WHERE d < 'item 5' GROUP BY cat": (3, 1),
    "SELECT count(*) FILTER (WHERE cat = 'a' AND cat MEANS 'x') FROM p": (1, 1),
    "SELECT p.id FROM p JOIN q ON p.cat = q.cat AND p.cat MEANS q.cat": (3, 1),
    "SELECT p.id FROM p JOIN q ON p.cat MEANS q.cat WHERE q.cat = 'd'": (3, 1),
    "SELECT p.id FROM p LEFT JOIN q ON p.cat = q.cat AND p.cat MEANS q.cat": (3, 1),
    "SELECT id FROM p WHERE id IN (SELECT pid FROM q WHERE cat MEANS 'x' AND cat < 'c')": (2, 1),
    "SELECT id FROM p WHERE EXISTS (SELECT 1 FROM q WHERE q.cat = p.cat AND q.cat MEANS p.cat)": (3, 1),
    "WITH c AS (SELECT d FROM p WHERE id < 4) SELECT d MEANS 'x' FROM c": (4, 1),
    "WITH c AS (SELECT d, d MEANS 'x' AS m FROM p WHERE id < 4) SELECT d MEANS 'x' FROM c WHERE m": (4, 2),
    "VALUES ('a' MEANS 'b'), ('c' MEANS 'b'), (NULL MEANS 'b'), ('a' ASK 'b' IS NULL)": (3, 2),
    "SELECT (cat ASK 'q') MEANS 'x' FROM p WHERE cat <> 'c'": (2 + 1, 2),  # one answer is NULL
}


@pytest.fixture(scope="module")
def connection():
    with connect() as opened:
        yield opened


@pytest.mark.parametrize(("sql", "expected"), COUNTS.items(), ids=COUNTS.keys())
def test_only_inputs_that_can_matter_are_asked(connection, sql, expected):
    staged = run_staged(connection, read(connection, sql))
    assert (len(staged.asked), staged.stages) == expected


LABELS = {
    "SELECT d MEANS 'x' FROM p": "?column?",
    "SELECT d NOT MEANS 'x' FROM p": "?column?",
    "SELECT Semantic_Matches(d, 'x') FROM p": "semantic_matches",
    "SELECT AI_FILTER(d, 'x') FROM p": "ai_filter",
    "SELECT coalesce(d MEANS 'x', false) FROM p": "coalesce",
    "SELECT CASE WHEN d MEANS 'x' THEN 1 END FROM p": "case",
    "SELECT CASE WHEN d MEANS 'x' THEN 1 ELSE id END FROM p": "id",
    "SELECT (d MEANS 'x')::INTEGER FROM p": "int4",
    "SELECT CAST(d ASK 'q' AS VARCHAR) FROM p": "varchar",
    "SELECT CAST(ai_filter(d, 'q') AS VARCHAR) FROM p": "ai_filter",
    "SELECT count(*) FILTER (WHERE d MEANS 'x') FROM p": "count",
    "SELECT EXISTS (SELECT 1 FROM q WHERE note MEANS 'x') FROM p": "exists",
    "SELECT (SELECT max(note) FROM q WHERE note MEANS 'x') FROM p": "max",
    "SELECT d MEANS 'x' AS m FROM p": "m",
    "SELECT d MEANS 'x' means FROM p": "means",
    "SELECT trace_of(d MEANS 'x') FROM p": "trace_of",
}


@pytest.mark.parametrize(("sql", "label"), LABELS.items(), ids=LABELS.keys())
def test_a_column_is_named_as_in_postgresql(connection, sql, label):
    assert run_staged(connection, read(connection, sql)).labels == [label]


def test_a_row_leads_to_its_trace(connection):
    sql = "SELECT trace_of(d MEANS 'x'), trace_of((d NOT MEANS 'x')) FROM p WHERE d = 'item 1' AND d MEANS 'x' IS NOT NULL"
    staged = run_staged(connection, read(connection, sql))
    assert set(staged.rows) == {("trace semantic_matches ('item 1', 'x')",) * 2}
    assert staged.stages == 1
