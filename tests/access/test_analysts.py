"""What an analyst may run: the database and the files folder, and nothing that tells of the server or changes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.access.guarded import GuardedServer, sqlstate

ALLOWED = [
    "CREATE TABLE analysts.a (n INT PRIMARY KEY, note VARCHAR DEFAULT 'none', d INT GENERATED ALWAYS AS (n + 1))",
    "INSERT INTO analysts.a (n) VALUES (1), (100 + nextval('s'))",
    "INSERT INTO analysts.a (n, note) SELECT 10 + a, upper(note) FROM t ON CONFLICT (n) DO NOTHING",
    "UPDATE analysts.a SET note = coalesce(note, 'x') || round(random())::VARCHAR WHERE n IN (SELECT a FROM t)",
    "DELETE FROM analysts.a USING t WHERE analysts.a.n = t.a",
    "MERGE INTO analysts.a AS x USING t ON x.n = t.a WHEN NOT MATCHED THEN INSERT (n) VALUES (t.a)",
    "CREATE OR REPLACE VIEW analysts.v AS SELECT * FROM analysts.a, range(2) AS r(i)",
    "CREATE VIEW analysts.files AS SELECT content FROM read_text('secret.txt')",
    "SELECT * FROM analysts.files",
    "CREATE MACRO analysts.twice(x) AS 2 * x",
    "CREATE MACRO analysts.opened(path) AS TABLE SELECT content FROM read_text(path)",
    "SELECT analysts.twice(n) FROM analysts.v",
    "SELECT * FROM analysts.opened('secret.txt')",
    "CREATE TABLE analysts.\"query\" (range INT, checkpoint VARCHAR)",
    "INSERT INTO analysts.\"query\" (range, checkpoint) VALUES (1, 'query(''x'')')",
    "INSERT INTO analysts.\"query\" VALUES (2, 'getvariable(current_setting(1)) -- duckdb_secrets()')",
    "CREATE TEMP TABLE passing AS SELECT * FROM read_csv('secret.csv')",
    "CREATE TEMP MACRO passing_too() AS 1",
    "SELECT passing_too()",
    "SELECT * FROM glob('*')",
    "SELECT * FROM 'secret.csv'",
    "PIVOT t ON a USING count(*)",
    "BEGIN; CREATE MACRO analysts.fresh() AS 7; SELECT analysts.fresh(); CREATE VIEW analysts.w AS SELECT 1 AS x; "
    "SELECT * FROM analysts.w; ROLLBACK",
    "CREATE SEQUENCE analysts.numbers; SELECT nextval('analysts.numbers')",
    "CREATE TYPE analysts.mood AS ENUM ('good', 'bad')",
    "ALTER TABLE t ADD COLUMN extra INT",
    "ALTER TABLE t DROP COLUMN extra",
    "CREATE INDEX by_note ON analysts.a (note)",
    "WITH x AS (SELECT 1 AS n) SELECT * FROM x",
    "EXPLAIN ANALYZE SELECT * FROM analysts.v",
    "SELECT * FROM duckdb_tables(), pragma_table_info('analysts.a')",
    "SELECT relname FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner",
    "SELECT btrim(note) FROM t WHERE note MEANS 'eco-friendly'",
    "CREATE TABLE analysts.eco AS SELECT note FROM t WHERE note MEANS 'eco-friendly'",
    "SELECT count(*) FROM unified_logs",
    "VACUUM ANALYZE analysts.a",
    "SET search_path = analysts, public",
    "DROP SCHEMA analysts CASCADE",
]  # fmt: skip
"""In order."""

REFUSED = [
    # the server, its settings, secrets, logs and other databases
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM duckdb_databases",
    "SELECT * FROM duckdb_logs",
    "SELECT * FROM duckdb_logs()",
    "SELECT * FROM duckdb_extensions()",
    "SELECT * FROM duckdb_prepared_statements()",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pg_catalog.pg_settings, duckdb_memory()",
    "SELECT * FROM which_secret('s3://x', 's3')",
    "SELECT * FROM truncate_duckdb_logs()",
    "SELECT * FROM force_checkpoint()",
    "SELECT * FROM enable_profiling()",
    "SELECT write_log('x')",
    "SELECT 'x'.write_log()",
    "SELECT \"write_log\" /* ( */ ('x')",
    "SELECT system.main.write_log('x')",
    "SELECT logs('x')",
    "SELECT * FROM read_duckdb('x.duckdb')",
    # SQL inside a string
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query('SELECT * FROM duckdb_secrets()')",
    "SELECT * FROM query_table('t')",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "CALL query('SELECT 1')",
    "PRAGMA database_list",
    # in every place of every statement
    "WITH x AS (SELECT * FROM duckdb_secrets()) SELECT * FROM x",
    "WITH x AS (INSERT INTO t SELECT 1, name FROM duckdb_settings() RETURNING a) SELECT * FROM x",
    "EXPLAIN ANALYZE SELECT * FROM duckdb_settings()",
    "EXPLAIN ANALYZE INSERT INTO t SELECT 1, name FROM duckdb_settings()",
    "INSERT INTO t SELECT 1, name FROM duckdb_settings()",
    "INSERT INTO t VALUES (1, (SELECT max(name) FROM duckdb_settings()))",
    "INSERT INTO t (a) VALUES (1) ON CONFLICT DO UPDATE SET a = (SELECT count(*) FROM duckdb_secrets())",
    "UPDATE t SET note = (SELECT max(value) FROM duckdb_settings()) WHERE false",
    "DELETE FROM t WHERE note IN (SELECT name FROM duckdb_settings())",
    "MERGE INTO t USING (FROM duckdb_settings()) AS s ON false WHEN MATCHED THEN DELETE",
    "CREATE TABLE stolen AS SELECT * FROM duckdb_settings()",
    "CREATE TABLE stolen AS FROM duckdb_logs",
    "CREATE VIEW stolen AS SELECT * FROM duckdb_settings()",
    "CREATE TEMP VIEW stolen AS SELECT * FROM duckdb_settings()",
    "CREATE MACRO stolen() AS TABLE SELECT * FROM duckdb_settings()",
    "CREATE MACRO stolen(x) AS write_log(x)",
    "CREATE TABLE stolen (a VARCHAR DEFAULT current_setting('temp_directory'))",
    "CREATE TABLE stolen (a VARCHAR CHECK (a <> current_setting('temp_directory')))",
    "ALTER TABLE t ADD COLUMN stolen VARCHAR DEFAULT current_setting('temp_directory')",
    "PIVOT (SELECT name FROM duckdb_settings()) ON name USING count(*)",
    "PREPARE p AS SELECT * FROM duckdb_settings()",
    "PREPARE p AS INSERT INTO t SELECT 1, name FROM duckdb_settings()",
    "PREPARE p1 AS SELECT $1::VARCHAR; EXECUTE p1((SELECT max(name) FROM duckdb_settings()))",
    "BEGIN; DECLARE c CURSOR FOR SELECT * FROM duckdb_settings(); COMMIT",
    "COPY (SELECT * FROM duckdb_settings()) TO STDOUT",
    "SELECT note MEANS (SELECT max(name) FROM duckdb_settings()) FROM t",
    "SELECT * FROM duckdb_settings() WHERE name MEANS 'x'",
    "SELECT count(*) FROM unified_logs, duckdb_settings()",
    "SELECT (SELECT count(*) FROM duckdb_secrets()) FROM pg_class",
    # what an administrator defined over such things
    "SELECT * FROM tells_settings",
    "SELECT * FROM settings_table()",
    "INSERT INTO t SELECT 1, name FROM tells_settings",
    "CREATE VIEW stolen AS SELECT * FROM settings_table()",
    # what all sessions share
    "CREATE MACRO sum(x) AS 0",
    "CREATE OR REPLACE TEMP MACRO current_user() AS 'adi'",
    "CREATE FUNCTION public.\"Upper\"(x) AS x",
    "CREATE MACRO IF NOT EXISTS duckdb_functions() AS TABLE SELECT 1",
    "DROP MACRO __dialect.postgres.btrim",
    "DROP MACRO \"__dialect\".postgres.btrim",
    "DROP SCHEMA __dialect.postgres CASCADE",
    "CREATE OR REPLACE MACRO __dialect.postgres.btrim(x) AS 'x'",
    "CREATE TABLE __postgres.main.x (a INT)",
    "WITH x AS (DELETE FROM __postgres.catalog.pg_class RETURNING oid) SELECT * FROM x",
    "SET schema = '__dialect.postgres'",
    "DETACH __postgres",
    "DROP TABLE __server.constraints",
    "INSERT INTO \"__server\".\"constraints\" (name) VALUES ('x')",
    "ALTER TABLE __server.constraints RENAME TO mine",
    "WITH x AS (DELETE FROM __server.constraints RETURNING name) SELECT * FROM x",
    # files
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM read_text('../users.json')",
    "SELECT * FROM glob('../*')",
    "COPY t TO 'out.csv'",
    "COPY (SELECT * FROM t) TO 'out.csv'",
    "COPY t FROM 'secret.csv'",
    "EXPORT DATABASE 'out'",
    "IMPORT DATABASE 'out'",
    # administration
    "ATTACH ':memory:' AS x",
    "ATTACH 'x.duckdb' AS x",
    "LOAD json",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs",
    "UPDATE EXTENSIONS",
    "CHECKPOINT",
    "SET threads = 1",
    "SET GLOBAL threads = 1",
    "SET VARIABLE x = (SELECT max(name) FROM duckdb_settings())",
    "CREATE SECRET (TYPE s3)",
    "CREATE PERSISTENT SECRET x (TYPE s3)",
    "DROP SECRET x",
    "CREATE ROLE eve",
    "GRANT admin TO ana",
    "CREATE DATABASE mine",
    "SELECT cascade('x', '{}') FROM duckdb_secrets()",
]  # fmt: skip

OTHERS = {"DROP SCHEMA main CASCADE": "42704", "SELECT getenv('HOME')": "42883",
          "CREATE MACRO x(a) AS getenv(a)": "42883",
          "SELECT * FROM sql_auto_complete('SEL')": "0A000", "DROP MACRO btrim": "42501"}  # fmt: skip
"""Refused because they are not there, or are another's."""


@pytest.fixture(scope="module", autouse=True)
def things(guarded: GuardedServer) -> None:
    with guarded.connect("adi") as admin:
        admin.execute("CREATE SCHEMA analysts")
        admin.execute("CREATE VIEW tells_settings AS SELECT * FROM duckdb_settings()")
        admin.execute("CREATE MACRO settings_table() AS TABLE SELECT * FROM duckdb_settings()")


@pytest.fixture(scope="module")
def analyst(guarded: GuardedServer) -> Iterator[psycopg.Connection[Any]]:
    with guarded.connect("ana") as connection:
        yield connection


@pytest.mark.parametrize("sql", [*REFUSED, *OTHERS])
def test_an_analyst_does_not_get_past_with(guarded: GuardedServer, sql: str) -> None:
    with guarded.connect("ana") as analyst:
        assert sqlstate(analyst, sql) == OTHERS.get(sql, "42501")


@pytest.mark.parametrize("sql", ALLOWED)
def test_an_analyst_runs(analyst: psycopg.Connection[Any], sql: str) -> None:
    assert sqlstate(analyst, sql) is None


@pytest.mark.parametrize(
    "sql", ["DROP SCHEMA __dialect.postgres CASCADE", "DROP MACRO btrim", "DROP TYPE jsonb", "DETACH __postgres",
            "DROP SCHEMA __postgres.catalog CASCADE",
            "DROP TABLE __server.constraints", "DELETE FROM __server.constraints",
            "SET schema = '__dialect.postgres'; CREATE TABLE x (a INT)"],
)  # fmt: skip
def test_an_administrator_leaves_the_servers_own_alone(guarded: GuardedServer, sql: str) -> None:
    with guarded.connect("adi") as admin:
        assert sqlstate(admin, sql) == "42501"
        assert admin.execute("SELECT btrim(' a '), 'x'::name").fetchone() == ("a", "x")


def test_what_one_transaction_defines_hides_nothing_from_another(guarded: GuardedServer) -> None:
    with guarded.connect("adi") as admin, guarded.connect("ana") as analyst, guarded.connect("rae") as reader:
        admin.execute("CREATE MACRO peeks() AS (SELECT content FROM read_text('secret.txt'))")
        analyst.execute("BEGIN")
        analyst.execute("CREATE OR REPLACE MACRO peeks() AS 'harmless'")
        assert analyst.execute("SELECT peeks()").fetchone() == ("harmless",)
        assert sqlstate(reader, "SELECT peeks()") == "42501"
        analyst.execute("ROLLBACK")
        admin.execute("DROP MACRO peeks")
