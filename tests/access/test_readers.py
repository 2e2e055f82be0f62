"""What a reader may run, and every way past it that anybody thought of."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.access.guarded import GuardedServer, sqlstate

ALLOWED = [
    "SELECT a, note FROM t ORDER BY a",
    "SELECT * FROM v",
    "SELECT plus_one(a) FROM t",
    "TABLE t",
    "FROM t",
    "VALUES (1), (2)",
    "WITH x AS (SELECT * FROM t) SELECT * FROM x",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r",
    "SELECT sum(a) OVER (ORDER BY a), lag(a) OVER w FROM t WINDOW w AS (ORDER BY a)",
    "SELECT x.a FROM t AS x JOIN v USING (a), LATERAL (SELECT 1) AS y",
    "SELECT list_transform([1, 2], lambda x: x + 1), {'a': 1}.a, [1, 2][1], map {'k': 1}, x'00'",
    "SELECT CASE WHEN a > 1 THEN 'x' END, a BETWEEN 1 AND 2, a IN (1, 2), a IS NULL, NOT a = 1, try(a / 0) FROM t",
    "SELECT EXTRACT(year FROM DATE '2020-01-01'), now(), current_date, interval '1 day', random(), uuid()",
    "SELECT note LIKE '%a%', note ~ 'a', note SIMILAR TO 'a.*', note || 'x', note COLLATE nocase FROM t",
    "SELECT a, count(*) FILTER (WHERE a > 1) FROM t GROUP BY CUBE (a) HAVING count(*) > 0 ORDER BY ALL LIMIT 5",
    "SELECT DISTINCT ON (a) * FROM t ORDER BY a",
    "SELECT * FROM range(3), generate_series(1, 2), unnest([1, 2])",
    "SELECT '{\"a\": 1}'::JSON ->> 'a', CAST(a AS DECIMAL(5, 2)) FROM t",
    "SELECT * FROM t TABLESAMPLE 50%",
    "SELECT * FROM t PIVOT (count(*) FOR a IN (1, 2))",
    "SELECT * FROM t WHERE EXISTS (SELECT 1 FROM v WHERE v.a = t.a) AND a = ANY (SELECT a FROM v)",
    "SELECT table_name FROM information_schema.tables",
    "SELECT * FROM duckdb_tables()",
    "DESCRIBE t",
    "SUMMARIZE t",
    "SHOW TABLES",
    "EXPLAIN SELECT * FROM t",
    "EXPLAIN ANALYZE SELECT * FROM t",
    "SELECT current_user",
    "SET search_path = public",
    "SET application_name = 'x'",
    "SHOW server_version",
    "BEGIN; SELECT * FROM t; COMMIT",
    "SELECT 1; SELECT 2",
    "SELECT note MEANS 'eco-friendly' FROM t",
    "SELECT count(*) FROM unified_logs",
    "SELECT count(*) FROM t JOIN unified_logs ON true",
    "SELECT * FROM \"secret.csv\"",
    "PREPARE p1 AS SELECT * FROM t; EXECUTE p1; DEALLOCATE p1",
    "DISCARD ALL",
    "SET ROLE NONE",
    "RESET ROLE",
]  # fmt: skip

REFUSED = [
    # plain writing
    "INSERT INTO t VALUES (9, 'x')",
    "UPDATE t SET a = 1",
    "DELETE FROM t",
    "TRUNCATE t",
    "TRUNCATE parent",
    "TRUNCATE parent, child RESTART IDENTITY",
    "DROP TABLE parent, child",
    "BEGIN; DROP TABLE IF EXISTS parent, child CASCADE",
    "MERGE INTO t USING v ON t.a = v.a WHEN MATCHED THEN DELETE",
    "CREATE TABLE mine (a INT)",
    "CREATE TEMP TABLE mine (a INT)",
    "CREATE TABLE mine AS SELECT 1",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE TEMP VIEW mine AS SELECT 1",
    "CREATE MACRO mine() AS 1",
    "CREATE TEMP MACRO current_user() AS 'adi'",
    "CREATE SCHEMA mine",
    "CREATE TYPE mine AS ENUM ('a')",
    "CREATE INDEX mine ON t (a)",
    "CREATE SECRET (TYPE s3)",
    "ALTER TABLE t ADD COLUMN b INT",
    "DROP TABLE t",
    "COMMENT ON TABLE t IS 'x'",
    "CREATE DATABASE mine",
    "DROP DATABASE \"default\"",
    # writing in another dress
    "WITH x AS (INSERT INTO t VALUES (9, 'x') RETURNING a) SELECT * FROM x",
    "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x",
    "EXPLAIN ANALYZE INSERT INTO t VALUES (9, 'x')",
    "EXPLAIN ANALYZE WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x",
    "EXPLAIN /* EXPLAIN */ ANALYZE DELETE FROM t",
    "EXPLAIN (ANALYZE, FORMAT JSON) DELETE FROM t",
    "/* SELECT 1 */ DELETE FROM t",
    "-- SELECT\nDELETE FROM t",
    "SELECT 1; DELETE FROM t",
    "BEGIN; DELETE FROM t; COMMIT",
    "BEGIN READ WRITE; DELETE FROM t; COMMIT",
    "START TRANSACTION READ WRITE; DELETE FROM t; COMMIT",
    "SET TRANSACTION READ WRITE; DELETE FROM t",
    "COMMIT; DELETE FROM t",
    "PREPARE p2 AS DELETE FROM t; EXECUTE p2",
    "PREPARE p3 AS INSERT INTO t VALUES ($1, 'x'); EXECUTE p3(1)",
    "PREPARE p4 AS SELECT nextval('s'); EXECUTE p4",
    "PREPARE p5 AS SELECT $1::BIGINT; EXECUTE p5(nextval('s'))",
    "SELECT nextval('s')",
    "SELECT setval('s', 10)",
    "SELECT next_one()",
    "SELECT * FROM t WHERE a = (SELECT nextval('s'))",
    "SELECT * FROM t ORDER BY nextval('s')",
    "SET VARIABLE x = nextval('s')",
    "SET VARIABLE x = (SELECT content FROM read_text('secret.txt'))",
    "BEGIN; DECLARE c CURSOR FOR SELECT nextval('s'); FETCH c; COMMIT",
    "BEGIN; DECLARE c CURSOR FOR SELECT * FROM reads_file; FETCH c; COMMIT",
    # files
    "SELECT * FROM read_text('secret.txt')",
    "SELECT * FROM read_blob('secret.txt')",
    "SELECT * FROM read_blob('../databases/default.duckdb')",
    "SELECT * FROM read_csv('secret.csv')",
    "SELECT * FROM read_csv_auto('secret.csv')",
    "SELECT * FROM system.main.read_text('secret.txt')",
    "SELECT * FROM \"read_text\"('secret.txt')",
    "SELECT * FROM READ_TEXT('sec' || 'ret.txt')",
    "SELECT * FROM glob('*')",
    "SELECT * FROM sniff_csv('secret.csv')",
    "SELECT * FROM 'deep.csv'",
    "SELECT * FROM \"deep.csv\"",
    "SELECT * FROM deep.csv",
    "FROM 'deep.csv'",
    "TABLE \"deep.csv\"",
    "SUMMARIZE 'deep.csv'",
    "DESCRIBE 'deep.csv'",
    "SELECT * FROM (DESCRIBE SELECT * FROM 'deep.csv')",
    "SELECT * FROM 'deep.csv', (WITH \"deep.csv\" AS (SELECT 1) SELECT 1) AS x",
    "WITH deep AS (SELECT 1) SELECT * FROM deep.csv",
    "SELECT * FROM reads_file",
    "SELECT * FROM reads_file_deeper",
    "SELECT * FROM opens('secret.txt')",
    "SELECT (SELECT content FROM opens('secret.txt'))",
    "SELECT upper('x')",
    "SELECT 'x'.upper()",
    "COPY t TO 'out.csv'",
    "COPY (SELECT * FROM t) TO 'out.csv'",
    "COPY t FROM 'secret.csv'",
    "COPY t FROM STDIN",
    "EXPORT DATABASE 'out'",
    "IMPORT DATABASE 'out'",
    "COPY reads_file TO STDOUT",
    "COPY (SELECT * FROM read_text('secret.txt')) TO STDOUT",
    "COPY (SELECT nextval('s')) TO STDOUT",
    "COPY (DELETE FROM t RETURNING a) TO STDOUT",
    "COPY unified_logs FROM STDIN",
    "COPY training_annotations FROM STDIN",
    # SQL inside a string
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query('SELECT content FROM read_text(''secret.txt'')')",
    "SELECT * FROM query_table('reads_file')",
    "SELECT * FROM query_table(['t'])",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "PRAGMA table_info('t')",
    "PRAGMA json_execute_serialized_sql('{}')",
    "CALL pragma_version()",
    "PIVOT t ON a USING count(*)",
    # the server, its settings and secrets
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM duckdb_logs()",
    "SELECT * FROM duckdb_logs",
    "SELECT * FROM duckdb_logs_parsed('QueryLog')",
    "SELECT * FROM enable_logging()",
    "SELECT * FROM truncate_duckdb_logs()",
    "SELECT * FROM force_checkpoint()",
    "SELECT * FROM which_secret('s3://x', 's3')",
    "SELECT * FROM pragma_database_list",
    "SELECT write_log('x')",
    "SELECT logs('x')",
    "SELECT getenv('HOME')",
    "CHECKPOINT",
    "VACUUM",
    "LOAD json",
    "INSTALL httpfs",
    "ATTACH ':memory:' AS x",
    "DETACH \"default\"",
    "SET GLOBAL threads = 1",
    "SET memory_limit = '1GB'",
    "SET schema = (SELECT content FROM read_text('secret.txt'))",
    "RESET memory_limit",
    "INSERT INTO __postgres.pg_catalog.pg_class SELECT * FROM __postgres.pg_catalog.pg_class",
    "CREATE TABLE __postgres.mine (a INT)",
    # roles and marks
    "CREATE ROLE eve LOGIN PASSWORD 'x' IN ROLE admin",
    "ALTER ROLE adi PASSWORD 'x'",
    "ALTER ROLE rae LOGIN PASSWORD 'x'",
    "ALTER USER rae RENAME TO adi",
    "DROP ROLE adi",
    "GRANT admin TO rae",
    "REVOKE admin FROM adi",
    "MARK TRAINABLE WHERE trainable",
    "UNMARK ALL WHERE true",
    "UNDO MARK",
    "CORRECT TRACE 'x' TO 'y'",
    "INSERT INTO training_annotations (trace_id, trainable) VALUES ('x', true)",
    "UPDATE training_annotations SET trainable = true WHERE trace_id = 'x'",
    "INSERT INTO unified_logs (trace_id) VALUES ('x')",
    # around the operators and the log
    "SELECT note MEANS (SELECT content FROM read_text('secret.txt')) FROM t",
    "SELECT upper(note) MEANS 'x' FROM t",
    "SELECT * FROM reads_file WHERE content MEANS 'x'",
    "INSERT INTO t SELECT 1, note FROM t WHERE note MEANS 'x'",
    "DELETE FROM t WHERE note MEANS 'eco-friendly'",
    "SELECT * FROM unified_logs, read_text('secret.txt')",
    "SELECT count(*) FROM unified_logs WHERE trace_id = (SELECT max(content) FROM reads_file)",
    "SELECT file('/etc/passwd') FROM unified_logs",
]  # fmt: skip

EXCEPTIONS = {
    # What does not exist here at all, or is no SQL.
    "SELECT getenv('HOME')": "42883",
    "SELECT file('/etc/passwd') FROM unified_logs": "42883",
}

UNCHANGED = "SELECT (SELECT count(*) FROM t), (SELECT sum(a) FROM t), (SELECT last_value FROM duckdb_sequences())"


@pytest.mark.parametrize("sql", ALLOWED)
def test_a_reader_runs(reader: psycopg.Connection[Any], sql: str) -> None:
    assert sqlstate(reader, sql) is None


@pytest.fixture(scope="module", autouse=True)
def nothing_changed(guarded: GuardedServer) -> Any:
    """Whatever a reader tried, the data is what it was."""
    with guarded.connect("adi") as admin:
        before = admin.execute(UNCHANGED).fetchone()
        yield
        assert admin.execute(UNCHANGED).fetchone() == before
        assert not (guarded.process.data_dir / "files" / "out.csv").exists()


@pytest.mark.parametrize("sql", REFUSED)
def test_a_reader_does_not_get_past_with(reader: psycopg.Connection[Any], sql: str) -> None:
    assert sqlstate(reader, sql) == EXCEPTIONS.get(sql, "42501")


MARKING = ("MARK", "UNMARK", "UNDO", "CORRECT", "INSERT INTO training", "UPDATE training", "COPY training")


def test_an_annotator_gets_past_with_nothing_more_but_marks(guarded: GuardedServer) -> None:
    with guarded.connect("ann") as annotator:
        told = {}
        for sql in REFUSED:
            if not sql.startswith(MARKING):
                told[sql] = sqlstate(annotator, sql.replace("rae", "ann"))
                annotator.execute("ROLLBACK")
        assert told == {sql: EXCEPTIONS.get(sql, "42501") for sql in told}


@pytest.mark.parametrize("sql", ["SELECT nextval('s') WHERE 1 = %s", "SELECT content FROM opens(%s)",
                                 "INSERT INTO t VALUES (%s, 'x')", "SELECT * FROM read_text(%s)"])  # fmt: skip
def test_parameters_open_no_way(reader: psycopg.Connection[Any], sql: str) -> None:
    value: object = "secret.txt" if "content" in sql or "read_text" in sql else 1
    assert sqlstate(reader, sql, [value]) in ("42501", "42P18", "42804")


@pytest.mark.parametrize("sql", ["SELECT nextval('s')", "SELECT * FROM reads_file", "DELETE FROM t"])
def test_describing_is_refused_like_running(reader: psycopg.Connection[Any], sql: str) -> None:
    result = reader.pgconn.prepare(b"", sql.encode())
    described = reader.pgconn.describe_prepared(b"")
    states = [one.error_field(psycopg.pq.DiagnosticField.SQLSTATE) for one in (result, described)]
    assert b"42501" in states


@pytest.mark.parametrize(
    "options",
    ["-c role=adi", "-c session_authorization=adi", "-c is_superuser=on", "-c sqlserver.session=sql",
     "-c sqlserver.token=guess", "-c default_transaction_read_only=off"],
)  # fmt: skip
def test_nothing_said_at_startup_makes_a_reader_more(guarded: GuardedServer, options: str) -> None:
    try:
        connection = guarded.connect("rae", options=options)
    except psycopg.OperationalError:
        return
    with connection:
        assert sqlstate(connection, "DELETE FROM t") == "42501"
        assert connection.execute("SELECT current_user").fetchone() == ("rae",)


@pytest.mark.parametrize(
    "sql",
    ["SET is_superuser = on", "SET session_authorization = adi", "SELECT set_config('is_superuser', 'on', false)",
     "SELECT set_config('role', 'adi', false)", "SET ROLE adi", "SET SESSION AUTHORIZATION 'adi'",
     "SET transaction_read_only = off", "SET default_transaction_read_only = off"],
)  # fmt: skip
def test_no_setting_makes_a_reader_more(reader: psycopg.Connection[Any], sql: str) -> None:
    sqlstate(reader, sql)
    assert sqlstate(reader, "DELETE FROM t") == "42501"
    assert reader.execute("SELECT current_user").fetchone() == ("rae",)
    assert reader.execute("SHOW is_superuser").fetchone() == ("off",)


@pytest.mark.parametrize("sql", ["DELETE FROM t", "SELECT nextval('s')", "SELECT * FROM reads_file"])
def test_what_was_prepared_before_a_revoke_is_refused_after_it(guarded: GuardedServer, sql: str) -> None:
    with guarded.connect("adi") as admin:
        admin.execute("CREATE USER once PASSWORD 'x' IN ROLE analyst")
        try:
            with guarded.connect("once", "x") as once:
                once.execute(f"PREPARE p AS {sql}".encode())
                once.pgconn.prepare(b"q", sql.encode())
                once.execute("BEGIN")
                admin.execute("REVOKE analyst FROM once")
                admin.execute("GRANT reader TO once")
                assert sqlstate(once, "EXECUTE p") == "42501"
                once.execute("ROLLBACK")
                assert sqlstate(once, "EXECUTE p") == "42501"
                result = once.pgconn.exec_prepared(b"q", [])
                assert result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"42501"
        finally:
            admin.execute("DROP USER once")


def test_words_of_the_refusal_are_postgresqls(reader: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table t"):
        reader.execute("DELETE FROM t")


def test_an_unknown_name_is_told_as_to_everybody(reader: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable) as caught:
        reader.execute("SELECT * FROM nowhere")
    assert caught.value.diag.statement_position == "15"


def test_a_large_result_streams_and_is_cancelled(reader: psycopg.Connection[Any]) -> None:
    with reader.cursor() as cursor:
        rows = cursor.stream("SELECT range AS n FROM range(3000000)", size=10_000)
        assert next(iter(rows)) == (0,)
        rows.close()
    assert reader.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize(
    "change",
    ["CREATE OR REPLACE VIEW changing AS SELECT content AS a FROM read_text('secret.txt')",
     "CREATE OR REPLACE VIEW changing AS SELECT turning() AS a; CREATE OR REPLACE MACRO turning() AS nextval('s')"],
)  # fmt: skip
def test_what_was_allowed_is_looked_at_again_when_a_definition_changes(guarded: GuardedServer, change: str) -> None:
    with guarded.connect("adi") as admin, guarded.connect("rae") as reader:
        admin.execute("CREATE OR REPLACE MACRO turning() AS 1")
        admin.execute("CREATE OR REPLACE VIEW changing AS SELECT a FROM t")
        for _ in range(3):
            assert sqlstate(reader, "SELECT * FROM changing") is None
        with reader.transaction():
            assert sqlstate(reader, "SELECT * FROM changing") is None
            admin.execute(change.encode())
            assert sqlstate(reader, "SELECT * FROM changing") is None  # its snapshot has the old definition
        assert sqlstate(reader, "SELECT * FROM changing") == "42501"
        admin.execute("DROP VIEW changing; DROP MACRO turning")
