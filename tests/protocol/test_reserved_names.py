"""Words that DuckDB reserves and PostgreSQL does not are names here."""

from __future__ import annotations

import psycopg
import pytest

from tests.protocol.conftest import Connection

WORDS = (
    "anti", "asof", "by", "describe", "glob", "lambda", "pivot", "pivot_longer", "pivot_wider", "positional", "qualify",
    "semi", "show", "summarize", "unpack", "unpivot",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_they_name_columns_tables_and_labels(connection: Connection, word: str) -> None:
    with connection.transaction(force_rollback=True):
        connection.execute(f"CREATE TABLE t_{word} ({word} int PRIMARY KEY, other text)")
        connection.execute(f"INSERT INTO t_{word} ({word}, other) VALUES (1, 'a'), (%s, 'b')", (2,))
        connection.execute(f"UPDATE t_{word} SET {word} = {word} + 1 WHERE {word} = 2")
        query = f"SELECT {word}, t.{word} AS {word}, max(other) FROM t_{word} t GROUP BY {word} ORDER BY {word} DESC"
        cursor = connection.execute(query)
        assert [column.name for column in cursor.description or ()] == [word, word, "max"]
        assert cursor.fetchall() == [(3, 3, "b"), (1, 1, "a")]
        connection.execute(f"CREATE TABLE {word} (a int); INSERT INTO {word} VALUES (5)")
        assert connection.execute(f"SELECT {word}.a FROM {word}").fetchall() == [(5,)]
        assert connection.execute(f"WITH {word} AS (SELECT 7 AS a) SELECT a FROM {word}").fetchall() == [(7,)]


def test_the_engines_clauses_mean_what_they_mean(connection: Connection) -> None:
    query = "SELECT i FROM range(3) r(i) QUALIFY row_number() OVER (ORDER BY i DESC) = 1"
    assert connection.execute(query).fetchall() == [(2,)]
    assert connection.execute("SUMMARIZE SELECT 1 AS a").fetchall()[0][0] == "a"
    assert connection.execute("SELECT list_transform([1], lambda x: x + 1)").fetchall() == [([2],)]


def test_errors_stand_where_the_client_wrote_them(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.UndefinedColumn) as raised:
        connection.execute("SELECT by, show, missing FROM (SELECT 1 AS by, 2 AS show) q")
    assert raised.value.diag.statement_position == "18"
    with pytest.raises(psycopg.errors.SyntaxError):
        connection.execute("SELECT by FROM FROM t")
