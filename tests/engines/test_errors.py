"""DuckDB's errors as PostgreSQL says them."""

from __future__ import annotations

import pytest

from sqlserver.core.errors import ServerError
from sqlserver.engines.duckdb_session import DuckDBSession
from tests.engines.running import run

SETUP = (
    "CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL, n int CHECK (n < 10))",
    "INSERT INTO t VALUES (1, 'a', 1)",
    "CREATE TABLE child (t int REFERENCES t (id))",
    "INSERT INTO child VALUES (1)",
    "CREATE TYPE mood AS ENUM ('good')",
)

CASES = [
    ("FROM tt", "42P01", 'relation "tt" does not exist', 6),
    ("SELECT nam FROM t", "42703", 'column "nam" does not exist', 8),
    ("SELECT 'é',\n nope FROM t", "42703", 'column "nope" does not exist', 14),
    ("SELECT t.nope FROM t", "42703", "column t.nope does not exist", 8),
    ("SELECT x.id FROM t", "42P01", 'missing FROM-clause entry for table "x"', 8),
    ("UPDATE t SET nope = 1", "42703", 'column "nope" does not exist', None),
    ("SELECT a.id FROM t a, t a", "42712", 'table name "a" specified more than once', None),
    ("SELECT id FROM t a, t b", "42702", 'column reference "id" is ambiguous', 8),
    ("SELECT lowr('a')", "42883", "function lowr does not exist", 8),
    ("SELECT lower(1, 2)", "42883", "function lower(integer, integer) does not exist", 8),
    ("SELECT DATE '2020-01-01' * 2", "42883", "operator does not exist: date * integer", None),
    ("SELECT 1::nope", "42704", 'type "nope" does not exist', None),
    ("SELECT id, count(*) FROM t",
     "42803", 'column "id" must appear in the GROUP BY clause or be used in an aggregate function', 8),
    ("SELECT sum(sum(id)) FROM t", "42803", "aggregate function calls cannot be nested", None),
    ("FROM t WHERE sum(id) > 1", "42803", "aggregate functions are not allowed in WHERE", None),
    ("CREATE TABLE t (a int)", "42P07", 'relation "t" already exists', None),
    ("CREATE SCHEMA public", "42P06", 'schema "public" already exists', None),
    ("CREATE TABLE d (a int, a int)", "42701", 'column "a" specified more than once', None),
    ("DROP VIEW t", "42809", '"t" is not a View', None),
    ("INSERT INTO t VALUES (1, 'b', 1)", "23505", 'duplicate key value violates unique constraint "t_pkey"', None),
    ("INSERT INTO t VALUES (2, NULL, 1)",
     "23502", 'null value in column "name" of relation "t" violates not-null constraint', None),
    ("INSERT INTO t VALUES (2, 'b', 11)", "23514",
     'new row for relation "t" violates check constraint "t_n_check"', None),
    ("INSERT INTO child VALUES (9)", "23503",
     'insert or update on table "child" violates foreign key constraint "child_t_fkey"', None),
    ("DELETE FROM t", "23503",
     'update or delete on table "t" violates foreign key constraint "child_t_fkey" on table "child"', None),
    ("INSERT INTO t VALUES (1)", "42601", "INSERT has 1 expressions for 3 target columns", None),
    ("SELECT 1 % 0", "22012", "division by zero", None),
    ("SELECT 2147483647::int + 1::int", "22003", "integer out of range", None),
    ("SELECT 99999999999::int", "22003", "integer out of range", None),
    ("SELECT 12345.678::decimal(4, 2)", "22003", "numeric field overflow", None),
    ("SELECT 'é', 'x'::int", "22P02", 'invalid input syntax for type integer: "x"', 13),
    ("SELECT 'x'::mood", "22P02", 'invalid input value for enum mood: "x"', None),
    ("SELECT 'x'::date", "22007", 'invalid input syntax for type date: "x"', None),
    ("SELECT '2020-13-01'::date", "22008", 'date/time field value out of range: "2020-13-01"', None),
    ("SELECT '{'::json", "22P02", "invalid input syntax for type json", None),
    ("SELECT (SELECT range FROM range(3))",
     "21000", "more than one row returned by a subquery used as an expression", None),
    ("SELECT 1 UNION SELECT 1, 2", "42601", "each UNION query must have the same number of columns", None),
    ("SELECT $1", "08P01", "bind message supplies 0 parameters, but the statement requires 1", None),
    ("SELECT 1; SELECT 2", "42601", "cannot insert multiple commands into a prepared statement", None),
    ("COMMIT", "25P01", "there is no transaction in progress", None),
    ("SET nope = 1", "42704", 'unrecognized configuration parameter "nope"', None),
    ("EXECUTE nope", "26000", 'prepared statement "nope" does not exist', None),
    ("FROM sqlite_scan('x', 'y')",
     "0A000", "function sqlite_scan needs DuckDB's sqlite_scanner extension, which is not loaded", None),
    ("FROM read_csv('nofile.csv')", "58P01", 'could not open file "nofile.csv": No such file or directory', None),
    ("VACUUM FULL", "0A000", None, None),
]  # fmt: skip


@pytest.fixture
async def filled(session: DuckDBSession) -> DuckDBSession:
    for sql in SETUP:
        await run(session, sql)
    return session


@pytest.mark.parametrize(("sql", "sqlstate", "message", "position"), CASES)
async def test_error(filled: DuckDBSession, sql: str, sqlstate: str, message: str | None, position: int | None) -> None:
    with pytest.raises(ServerError) as caught:
        await run(filled, sql)
    assert caught.value.sqlstate == sqlstate
    assert message is None or caught.value.message == message
    assert position is None or caught.value.position == position


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("SELECT nam FROM t", 'Did you mean "name"?'),
        ("SELECT lowr('a')", 'Did you mean "lower"?'),
        ("FROM entirely_different", None),
    ],
)
async def test_only_a_likely_name_is_suggested(filled: DuckDBSession, sql: str, hint: str | None) -> None:
    with pytest.raises(ServerError) as caught:
        await run(filled, sql)
    assert caught.value.hint == hint


async def test_the_key_at_fault_is_told(filled: DuckDBSession) -> None:
    with pytest.raises(ServerError) as caught:
        await run(filled, "INSERT INTO t VALUES (1, 'b', 1)")
    assert caught.value.detail == "Key (id)=(1) already exists."


async def test_too_much_memory_is_53200(session: DuckDBSession) -> None:
    with pytest.raises(ServerError) as caught:
        await run(session, "SELECT list(repeat('x', 1000) || i) FROM range(5000000) t(i)")
    assert caught.value.sqlstate == "53200"


@pytest.mark.parametrize("oids", [(), (23,)])
async def test_describe_tells_the_position_too(filled: DuckDBSession, oids: tuple[int, ...]) -> None:
    with pytest.raises(ServerError) as caught:
        await filled.describe("SELECT 'é', nam FROM t WHERE id = $1", oids)
    assert (caught.value.sqlstate, caught.value.position) == ("42703", 13)
    assert caught.value.hint == 'Did you mean "name"?'
    assert await run(filled, "SELECT 1") == [(1,)]


async def test_an_execute_with_parameters_tells_the_position_too(filled: DuckDBSession) -> None:
    with pytest.raises(ServerError) as caught:
        await run(filled, "SELECT nam FROM t WHERE id = $1", "1")
    assert (caught.value.sqlstate, caught.value.position) == ("42703", 8)
