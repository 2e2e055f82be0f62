"""Statements for which there is nothing here say so, by name and with a code of their own."""

from __future__ import annotations

import psycopg
import pytest

from tests.protocol.conftest import Connection


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1'", "CREATE FUNCTION is not"),
        ("CREATE OR REPLACE FUNCTION f() RETURNS trigger AS $$ BEGIN END $$ LANGUAGE plpgsql", "CREATE FUNCTION is"),
        ("CREATE DOMAIN posint AS int CHECK (value > 0)", "CREATE DOMAIN is not supported"),
        ("CREATE MATERIALIZED VIEW m AS SELECT 1", "CREATE MATERIALIZED VIEW is not supported"),
        ("REFRESH MATERIALIZED VIEW m", "REFRESH MATERIALIZED VIEW is not supported"),
        ("CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW EXECUTE FUNCTION f()", "CREATE TRIGGER is not supported"),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC", "ALTER DEFAULT PRIVILEGES is not supported"),
        ("CREATE POLICY p ON t USING (true)", "CREATE POLICY is not supported"),
        ("CREATE PUBLICATION p FOR ALL TABLES", "CREATE PUBLICATION is not supported"),
        ("COMMENT ON DOMAIN d IS 'x'", "COMMENT ON DOMAIN is not supported"),
        ("DROP AGGREGATE a(int)", "DROP AGGREGATE is not supported"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("prepare", [False, True])
def test_it_is_named(connection: Connection, statement: str, message: str, prepare: bool) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported, match=message):
        connection.execute(statement, prepare=prepare)


@pytest.mark.parametrize("statement", ["PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'", "ROLLBACK PREPARED 'x'"])
def test_two_phase_commit_is_disabled(connection: Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="prepared transactions are disabled"):
        connection.execute(statement)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("FUNCTION", "f(int)"), ("MATERIALIZED VIEW", "m"), ("DOMAIN", "d"), ("AGGREGATE", "a(int)")],
)
def test_dropping_it_where_it_exists_does_nothing(connection: Connection, kind: str, name: str) -> None:
    assert connection.execute(f"DROP {kind} IF EXISTS {name} CASCADE").statusmessage == f"DROP {kind}"


def test_other_faults_stay_what_they_are(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.SyntaxError):
        connection.execute("CREATE TABLE function functions (")


@pytest.mark.parametrize("relation", ["pg_catalog.pg_type", "pg_trigger", "unified_logs", "public.semantic_errors"])
@pytest.mark.parametrize("verb", ["VACUUM", "ANALYZE", "VACUUM (ANALYZE)"])
def test_what_needs_no_vacuum_is_skipped(connection: Connection, verb: str, relation: str) -> None:
    told: list[str] = []
    connection.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
    connection.execute(f"{verb} {relation}")
    assert [one.partition('" ---')[0] for one in told] == [f'skipping "{relation.rpartition(".")[2]}']
