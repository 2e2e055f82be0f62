# ruff: noqa: E501 - a statement stands on one line
"""Places where a call cannot be answered ahead are errors 0A000 at the call, never a per-row call."""

from __future__ import annotations

import pytest

from sqlserver.core.errors import FeatureNotSupported
from sqlserver.plan.semantic import plan_statement
from tests.plan.staged import connect, read

REFUSED = {
    "SELECT list_filter(tags, lambda t: t MEANS 'x') FROM p": "lambda",
    "SELECT list_filter(tags, t -> t MEANS 'x') FROM p": "lambda",
    "SELECT [t MEANS 'x' for t in tags] FROM p": "list comprehension",
    "CREATE VIEW v AS SELECT d MEANS 'x' FROM p": "CREATE VIEW",
    "CREATE VIEW v AS SELECT id, d MEANS 'x' e FROM p": "CREATE VIEW",
    "CREATE MACRO m(a) AS a MEANS 'x'": "CREATE MACRO",
    "CREATE INDEX i ON p (semantic_matches(d, 'x'))": "CREATE INDEX",
    "CREATE TABLE t (a VARCHAR CHECK (a MEANS 'x'))": "CREATE TABLE",
    "CREATE TABLE t (a BOOLEAN DEFAULT ('y' MEANS 'x'))": "CREATE TABLE",
    "ALTER TABLE p ALTER COLUMN d SET DEFAULT semantic_ask('a', 'b')": "ALTER",
    "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i::VARCHAR MEANS 'x') SELECT * FROM r": "recursive",
    "SELECT random()::VARCHAR MEANS 'x' FROM p": "random()",
    "SELECT uuid()::VARCHAR MEANS 'x' FROM p": "uuid()",
    "SELECT d MEANS 'x' FROM (SELECT d, random() AS r FROM p)": "random()",
    "SELECT d MEANS 'x' FROM p TABLESAMPLE 10%": "sample",
    "SELECT max(d) MEANS 'x' FROM p WHERE random() < 0.5": "change from read to read",
    "SELECT themes(d) FROM p": "aggregate",
    "SELECT lag(d) OVER (ORDER BY id) MEANS 'x' FROM p": "window",
    "SELECT count(*)::VARCHAR MEANS 'x' FROM p": "count()",
    "SELECT unnest(tags) MEANS 'x' FROM p": "unnest()",
    "SELECT COLUMNS('d') MEANS 'x' FROM p": "COLUMNS()",
    "SELECT d MEANS ANY (ARRAY['x']) FROM p": "MEANS ANY",
    "SELECT id FROM p LIMIT (CASE WHEN 'a' MEANS 'b' THEN 1 ELSE 2 END)": "LIMIT",
    "SELECT d FROM p UNION SELECT note FROM q ORDER BY d MEANS 'x'": "ORDER BY of a set operation",
    "SELECT * FROM generate_series(1, CASE WHEN 'a' MEANS 'b' THEN 1 ELSE 2 END)": "table function",
    "SELECT p.id FROM p ASOF JOIN q ON p.id >= q.id AND q.note MEANS 'x'": "ASOF",
    "INSERT INTO target SELECT 1, TRUE, 'x' RETURNING s MEANS 'x'": "RETURNING",
    "UPDATE target SET m = TRUE RETURNING s MEANS 'x'": "RETURNING",
    "DELETE FROM target RETURNING s MEANS 'x'": "RETURNING",
    "MERGE INTO target USING q ON target.s MEANS q.note WHEN MATCHED THEN DELETE": "MERGE",
    "SELECT * FROM p WHERE d MEANS 'x' GROUP BY ALL HAVING max(d) MEANS 'y'": "GROUP BY ALL",
}


@pytest.fixture(scope="module")
def connection():
    with connect() as opened:
        yield opened


@pytest.mark.parametrize(("sql", "named"), REFUSED.items(), ids=REFUSED.keys())
def test_the_error_names_the_place_and_points_at_the_call(connection, sql, named):
    with pytest.raises(FeatureNotSupported) as caught:
        plan_statement(read(connection, sql), prefix="_a")
    assert named in caught.value.message
    assert caught.value.hint
    rest = sql[caught.value.position - 1 :].upper()
    assert rest.startswith(("MEANS", "SEMANTIC_", "ASK", "THEMES", "ANY", "AI_"))
