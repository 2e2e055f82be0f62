"""Statements as DuckDB splits them, with PostgreSQL's tags and positions."""

from __future__ import annotations

import pytest

from sqlserver.core.errors import SyntaxFault
from sqlserver.engines.duckdb_parser import DuckDBParser
from sqlserver.engines.engine import StatementKind


@pytest.fixture
def parser() -> DuckDBParser:
    return DuckDBParser()


def test_every_statement_is_the_text_at_its_offset(parser: DuckDBParser) -> None:
    sql = "-- é; not one\nSELECT 'a;é', \"x;y\" /* ; */ , $2, $1;;\n /*+ hint */ SELECT $$;$$ ; -- end; \n"
    found = parser.parse(sql)
    assert [statement.text for statement in found] == [
        "-- é; not one\nSELECT 'a;é', \"x;y\" /* ; */ , $2, $1",
        "/*+ hint */ SELECT $$;$$",
    ]
    assert all(sql[one.start :].startswith(one.text) for one in found)
    assert found[0].parameters == ("1", "2")


@pytest.mark.parametrize(
    "first",
    [
        "SELECT E'a\\';b'", "SELECT $x$ ; $$ ; $x$",
        "/* a /* ; */ ; */ SELECT 'é'", "SELECT 1 -- x ; y", 'SELECT 1 AS ";"',
        "SELECT a->>'$.x;y' FROM t", "PIVOT t ON a USING count(*)",
    ],
)  # fmt: skip
def test_a_semicolon_inside_splits_nothing(parser: DuckDBParser, first: str) -> None:
    sql = f"{first}\n; SELECT 2"
    assert [statement.text for statement in parser.parse(sql)] == [first, "SELECT 2"]


@pytest.mark.parametrize("sql", ["", "  ", ";", " ; ;", "-- only a comment", "/* a */;"])
def test_what_holds_no_statement_gives_none(parser: DuckDBParser, sql: str) -> None:
    assert parser.parse(sql) == ()


@pytest.mark.parametrize(
    ("sql", "kind", "tag"),
    [
        ("SELECT 1", StatementKind.SELECT, "SELECT"),
        ("WITH x AS (SELECT 1) FROM x", StatementKind.SELECT, "SELECT"),
        ("VALUES (1)", StatementKind.SELECT, "SELECT"),
        ("PIVOT t ON a USING count(*)", StatementKind.SELECT, "SELECT"),
        ("SHOW TABLES", StatementKind.SHOW, "SHOW"),
        ("DESCRIBE t", StatementKind.SHOW, "SHOW"),
        ("INSERT INTO t VALUES (1)", StatementKind.INSERT, "INSERT 0"),
        ("UPDATE t SET a = 1", StatementKind.UPDATE, "UPDATE"),
        ("DELETE FROM t", StatementKind.DELETE, "DELETE"),
        ("TRUNCATE t", StatementKind.TRUNCATE, "TRUNCATE TABLE"),
        ("CREATE TABLE t (as1 int, b text)", StatementKind.CREATE, "CREATE TABLE"),
        ("CREATE OR REPLACE TEMP TABLE t AS SELECT 1", StatementKind.CREATE_TABLE_AS, "SELECT"),
        ("CREATE TABLE t (a) AS SELECT 1", StatementKind.CREATE_TABLE_AS, "SELECT"),
        ("CREATE TABLE t AS PIVOT u ON a USING count(*)", StatementKind.CREATE_TABLE_AS, "SELECT"),
        ("CREATE VIEW v AS SELECT 1", StatementKind.CREATE, "CREATE VIEW"),
        ("CREATE UNIQUE INDEX i ON t (a)", StatementKind.CREATE, "CREATE INDEX"),
        ("CREATE MACRO f(a) AS a + 1", StatementKind.CREATE, "CREATE FUNCTION"),
        ("DROP TABLE IF EXISTS t", StatementKind.DROP, "DROP TABLE"),
        ("ALTER TABLE t ADD COLUMN b int", StatementKind.ALTER, "ALTER TABLE"),
        ("BEGIN", StatementKind.TRANSACTION, "BEGIN"),
        ("START TRANSACTION", StatementKind.TRANSACTION, "START TRANSACTION"),
        ("END", StatementKind.TRANSACTION, "COMMIT"),
        ("ABORT", StatementKind.TRANSACTION, "ROLLBACK"),
        ("COPY t TO 'x.csv'", StatementKind.COPY, "COPY"),
        ("EXPLAIN SELECT 1", StatementKind.EXPLAIN, "EXPLAIN"),
        ("SET TimeZone = 'UTC'", StatementKind.SET, "SET"),
        ("RESET TimeZone", StatementKind.SET, "RESET"),
        ("VACUUM", StatementKind.OTHER, "VACUUM"),
        ("CHECKPOINT", StatementKind.OTHER, "CHECKPOINT"),
    ],
)
def test_kind_and_tag(parser: DuckDBParser, sql: str, kind: StatementKind, tag: str) -> None:
    (statement,) = parser.parse(sql)
    assert (statement.kind, statement.tag) == (kind, tag)


@pytest.mark.parametrize(
    ("sql", "message", "position"),
    [
        ("SELECT 'é',\n  a b c", 'syntax error at or near "c"', 19),
        ("SELECT 1 +", "syntax error at end of input", 11),
        ("SELECT 1 +;", 'syntax error at or near ";"', 11),
        ("UPDATE t SET -- what\n", "syntax error at end of input", 22),
        ("SELECT 1; SELEC 2", 'syntax error at or near "SELEC"', 11),
        ("SELECT 'abc", "unterminated string literal", 8),
    ],
)
def test_a_syntax_error_has_postgresqls_words_and_a_character_position(
    parser: DuckDBParser, sql: str, message: str, position: int
) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parser.parse(sql)
    assert (caught.value.message, caught.value.position) == (message, position)
    assert not parser.can_parse(sql)


@pytest.mark.parametrize(
    "sql", ["SELECT desc FROM t", "CREATE TABLE t (id int, desc text)", "INSERT INTO t (desc) VALUES (1)"]
)
def test_an_unquoted_reserved_word_is_hinted_to_be_quoted(parser: DuckDBParser, sql: str) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parser.parse(sql)
    assert caught.value.hint == (
        '"desc" is a reserved word here and in PostgreSQL: to use it as a name, put it in double quotes: "desc".'
    )


def test_a_clause_word_at_fault_is_not_taken_for_a_name(parser: DuckDBParser) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parser.parse("SELECT 1 FROM FROM t")
    assert caught.value.hint is None
