"""Casts to text are plain where the binder says that their argument is a text or a number's like."""

from __future__ import annotations

import duckdb
import pytest

from sqlserver.engines.plain_texts import plain_texts_of
from sqlserver.sql.edits import applied

TABLE = "CREATE TABLE t (name TEXT, id BIGINT, rate DOUBLE, span INTERVAL, paid DECIMAL(9, 2), n INT[], ok BOOLEAN)"


@pytest.mark.parametrize(
    ("written", "expected", "asked"),
    [
        ("SELECT 1", "SELECT 1", 1),
        ("SELECT _pg_text(name) FROM t", "SELECT CAST(name AS text) FROM t", 1),
        ("SELECT _pg_text(id), _pg_text(name) FROM t", "SELECT CAST(id AS text), CAST(name AS text) FROM t", 3),
        ("SELECT _pg_text(max(rate)) FROM t", "SELECT _pg_float_text(CAST(max(rate) AS text)) FROM t", 2),
        ("SELECT _pg_text(span) FROM t", "SELECT _pg_interval_text(CAST(span AS text)) FROM t", 2),
        ("SELECT _pg_text(paid) || _pg_text(_pg_text(id)) FROM t",
         "SELECT CAST(paid AS text) || CAST(CAST(id AS text) AS text) FROM t", 4),
        ("SELECT _pg_text(n) FROM t", "SELECT _pg_text(n) FROM t", 2),
        ("SELECT _pg_text(ok), _pg_output(ok) FROM t", "SELECT CAST(ok AS text), _pg_output(ok) FROM t", 3),
        ("SELECT _pg_text(id) FROM t GROUP BY _pg_text(t.id) HAVING _pg_text(ID) > '0'",
         "SELECT _pg_text(id) FROM t GROUP BY _pg_text(t.id) HAVING _pg_text(ID) > '0'", 4),
        ("SELECT " + ", ".join(["_pg_text(id)"] * 33) + " FROM t",
         "SELECT " + ", ".join(["_pg_text(id)"] * 33) + " FROM t", 1),
    ],
)  # fmt: skip
def test_plain_where_the_text_is_the_same(written: str, expected: str, asked: int) -> None:
    questions: list[str] = []
    with duckdb.connect() as connection:
        connection.execute(TABLE)

        def refusal(sql: str) -> str | None:
            questions.append(sql)
            try:
                connection.execute(f"PREPARE asked AS {sql}")
            except duckdb.Error as error:
                return str(error)
            return None

        edits = plain_texts_of(written, refusal)
    assert applied(written, edits)[0] == expected
    assert len(questions) == asked
