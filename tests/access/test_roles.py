"""Roles from SQL: what annotators, analysts and administrators may, how roles are made, and where passwords stay."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.access.guarded import PASSWORD, GuardedServer, sqlstate
from tests.processes import run

MARK = "MARK TRAINABLE WHERE cascade_id = 'semantic_matches'"
ANALYST_ONLY = [
    "CREATE TABLE mine (a INT)",
    "INSERT INTO mine VALUES (1)",
    "UPDATE mine SET a = 2",
    "CREATE VIEW mine_too AS SELECT * FROM mine",
    "SELECT nextval('s')",
    "ALTER TABLE mine ADD COLUMN b INT",
    "EXPLAIN ANALYZE DELETE FROM mine",
    "CREATE TEMP TABLE passing AS SELECT 1",
    "SELECT count(*) FROM read_csv('secret.csv')",
    "DROP VIEW mine_too",
    "DROP TABLE mine",
]
ADMIN_ONLY = [
    "CREATE ROLE new_one",
    "ALTER ROLE new_one PASSWORD 'x'",
    "GRANT reader TO new_one",
    "REVOKE reader FROM new_one",
    "DROP ROLE new_one",
    "CREATE DATABASE another",
    "DROP DATABASE another",
    "CHECKPOINT",
]
REFUSED_TO_ANALYSTS = [
    "COPY t TO 'out.csv'", "ATTACH ':memory:' AS x", "DETACH x", "LOAD json", "EXPORT DATABASE 'out'",
    "EXPLAIN ANALYZE COPY t TO 'out.csv'", "CREATE SECRET (TYPE s3)", "CREATE OR REPLACE TEMPORARY SECRET x (TYPE s3)",
    "INSERT INTO __postgres.pg_catalog.pg_class SELECT * FROM __postgres.pg_catalog.pg_class",
    "DROP SCHEMA \"__Postgres\".pg_catalog CASCADE", "USE __postgres", "SET schema = '__postgres.pg_catalog'",
    "PRAGMA enable_profiling", "CALL force_checkpoint()", "SET GLOBAL threads = 1",
]  # fmt: skip


@pytest.mark.parametrize(("user", "state"), [("rae", "42501"), ("ann", "42501"), ("ana", None), ("adi", None)])
def test_tables_are_written_by_analysts(guarded: GuardedServer, user: str, state: str | None) -> None:
    with guarded.connect(user) as connection:
        assert {one: sqlstate(connection, one) for one in ANALYST_ONLY} == dict.fromkeys(ANALYST_ONLY, state)


@pytest.mark.parametrize(("user", "state"), [("rae", "42501"), ("ann", "42501"), ("ana", "42501"), ("adi", None)])
def test_roles_databases_and_the_server_are_administrators_matter(
    guarded: GuardedServer, user: str, state: str | None
) -> None:
    with guarded.connect(user) as connection:
        assert {one: sqlstate(connection, one) for one in ADMIN_ONLY} == dict.fromkeys(ADMIN_ONLY, state)


@pytest.mark.parametrize("sql", REFUSED_TO_ANALYSTS)
def test_an_analyst_stays_inside_the_database(guarded: GuardedServer, sql: str) -> None:
    with guarded.connect("ana") as connection:
        assert sqlstate(connection, sql) == "42501"


@pytest.mark.parametrize(("user", "state"), [("rae", "42501"), ("ann", None), ("ana", None), ("adi", None)])
def test_marks_are_made_by_annotators(guarded: GuardedServer, user: str, state: str | None) -> None:
    with guarded.connect(user) as connection:
        connection.execute("SELECT note MEANS 'eco-friendly' FROM t").fetchall()
        for sql in (MARK, "MARK TRAINABLE LAST DRY RUN", "UNMARK ALL WHERE cascade_id = 'semantic_matches'"):
            assert sqlstate(connection, sql) == state


def test_an_annotator_does_not_read_files_through_a_mark(guarded: GuardedServer) -> None:
    with guarded.connect("ann") as connection:
        for sql in (
            "MARK TRAINABLE WHERE output = (SELECT content FROM read_text('secret.txt'))",
            "INSERT INTO training_annotations (trace_id, notes) SELECT 'x', content FROM read_text('secret.txt')",
            "INSERT INTO training_annotations (trace_id, confidence) SELECT 'x', nextval('s')",
            "COPY unified_logs FROM STDIN",
            "INSERT INTO unified_logs (trace_id) VALUES ('x')",
        ):
            assert sqlstate(connection, sql) == "42501"


@pytest.mark.parametrize(("user", "superuser"), [("rae", "off"), ("ana", "off"), ("adi", "on")])
def test_a_session_tells_who_it_is(guarded: GuardedServer, user: str, superuser: str) -> None:
    with guarded.connect(user) as connection:
        assert connection.execute("SELECT current_user, session_user").fetchone() == (user, user)
        assert connection.execute("SHOW is_superuser").fetchone() == (superuser,)
        shown = connection.execute("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert shown.fetchone() == (superuser == "on",) * 2
        status = connection.info.parameter_status
        assert (status("is_superuser"), status("session_authorization")) == (superuser, user)


def test_a_role_is_made_used_changed_and_dropped(guarded: GuardedServer) -> None:
    with guarded.connect("adi") as admin:
        assert admin.execute("CREATE ROLE eve LOGIN PASSWORD 'one' IN ROLE reader").statusmessage == "CREATE ROLE"
        with guarded.connect("eve", "one") as eve:
            assert sqlstate(eve, "CREATE TABLE eves (a INT)") == "42501"
            assert admin.execute("GRANT analyst TO eve").statusmessage == "GRANT ROLE"
            assert sqlstate(eve, "CREATE TABLE eves (a INT)") is None
            assert sqlstate(eve, "DROP TABLE eves") is None
            assert admin.execute("REVOKE analyst, reader FROM eve").statusmessage == "REVOKE ROLE"
            assert sqlstate(eve, "SELECT 1") == "42501"
            assert sqlstate(eve, "SHOW server_version") is None
            assert sqlstate(eve, "SELECT count(*) FROM unified_logs") == "42501"
            assert sqlstate(eve, "ALTER ROLE eve PASSWORD 'two'") is None
        assert refused(guarded, "eve", "one")
        guarded.connect("eve", "two").close()
        assert admin.execute("ALTER ROLE eve RENAME TO eva").statusmessage == "ALTER ROLE"
        assert refused(guarded, "eve", "two")
        guarded.connect("eva", "two").close()
        assert sqlstate(admin, "ALTER ROLE eva NOLOGIN") is None
        assert refused(guarded, "eva", "two")
        assert sqlstate(admin, "ALTER ROLE eva LOGIN PASSWORD NULL") is None
        assert refused(guarded, "eva", "two")
        assert admin.execute("DROP ROLE eva").statusmessage == "DROP ROLE"
        assert sqlstate(admin, "DROP ROLE IF EXISTS eva") is None
        assert sqlstate(admin, "DROP ROLE eva") == "42704"


def refused(guarded: GuardedServer, user: str, password: str) -> bool:
    with pytest.raises(psycopg.OperationalError, match=f'password authentication failed for user "{user}"'):
        guarded.connect(user, password)
    return True


def test_a_dropped_user_runs_nothing_more(guarded: GuardedServer) -> None:
    with guarded.connect("adi") as admin:
        admin.execute("CREATE USER gone PASSWORD 'x' IN ROLE analyst")
        with guarded.connect("gone", "x") as gone:
            assert sqlstate(gone, "SELECT 1") is None
            admin.execute("DROP USER gone")
            assert sqlstate(gone, "SELECT 1") == "42501"


@pytest.mark.parametrize(
    ("sql", "state"),
    [("CREATE ROLE rae", "42710"), ("CREATE ROLE admin", "42939"), ("CREATE ROLE pg_me", "42939"),
     ("CREATE ROLE x SUPERUSER", "0A000"), ("CREATE ROLE x IN ROLE king", "42704"),
     ("CREATE ROLE x PASSWORD x", "42601"),
     ("CREATE ROLE x PASSWORD ''", "22023"), ("CREATE ROLE x NONSENSE", "42601"), ("ALTER ROLE nobody LOGIN", "42704"),
     ("ALTER ROLE adi RENAME TO x", "0A000"), ("ALTER ROLE rae RENAME TO ana", "42710"), ("DROP ROLE adi", "55006"),
     ("DROP ROLE rae, nobody", "42704"), ("GRANT SELECT ON t TO rae", "0A000"), ("GRANT king TO rae", "42704"),
     ("GRANT reader TO nobody", "42704"), ("GRANT reader TO rae WITH ADMIN OPTION", "0A000"), ("GRANT", "42601"),
     ("CREATE ROLE", "42601"), ("SET ROLE rae", "0A000"), ("SET SESSION AUTHORIZATION rae", "0A000"),
     ("SET SESSION AUTHORIZATION DEFAULT", None), ("SET ROLE adi", None), ("RESET SESSION AUTHORIZATION", None)],
)  # fmt: skip
def test_errors_are_postgresqls(guarded: GuardedServer, sql: str, state: str | None) -> None:
    with guarded.connect("adi") as admin:
        assert sqlstate(admin, sql) == state


def test_psql_changes_a_password_without_sending_it(guarded: GuardedServer) -> None:
    from sqlserver.core.scram_verifier import ScramVerifier

    verifier = ScramVerifier.of("made by the client").text()
    with guarded.connect("adi") as admin:
        admin.execute("CREATE USER pia PASSWORD 'x' IN ROLE reader")
        admin.execute(f"ALTER USER pia PASSWORD '{verifier}'".encode())
        guarded.connect("pia", "made by the client").close()
        assert admin.execute("SHOW password_encryption").fetchone() == ("scram-sha-256",)
        admin.execute("DROP USER pia")


SECRET = "tell-nobody-0451"


@pytest.mark.parametrize(
    "sql",
    [f"CREATE ROLE leak LOGIN PASSWORD '{SECRET}'", f"ALTER ROLE leak PASSWORD '{SECRET}'",
     f"ALTER ROLE leak PASSWORD '{SECRET}' NONSENSE", f"ALTER ROLE nobody PASSWORD '{SECRET}'",
     f"CREATE ROLE leak PASSWORD '{SECRET}'", f"ALTER ROLE leak PASSWORD \"{SECRET}\"",
     f"SELECT 1; ALTER ROLE leak PASSWORD '{SECRET}' x"],
)  # fmt: skip
def test_no_message_repeats_a_password(guarded: GuardedServer, sql: str) -> None:
    with guarded.connect("adi") as admin:
        told: list[Any] = []
        admin.add_notice_handler(lambda notice: told.append(notice.message_primary))
        try:
            admin.execute(sql.encode())
        except psycopg.Error as error:
            told += [error.diag.message_primary, error.diag.message_detail, error.diag.message_hint, error.diag.context]
        assert not any(SECRET in str(one) for one in told)


def test_no_file_and_no_relation_holds_a_password(guarded: GuardedServer) -> None:
    with guarded.connect("adi") as admin:
        admin.execute(f"CREATE ROLE kept LOGIN PASSWORD '{SECRET}'".encode())
        admin.execute("SELECT note MEANS 'eco-friendly' FROM t").fetchall()
        logged = admin.execute("SELECT count(*) FROM unified_logs WHERE full_request_json LIKE '%tell-nobody%'")
        assert logged.fetchone() == (0,)
        admin.execute("DROP ROLE kept")
    process = guarded.process
    assert SECRET not in "".join(process.err) + "".join(process.out)
    assert PASSWORD not in "".join(process.err)
    for file in process.data_dir.rglob("*"):
        if file.is_file() and file.stat().st_size < 50_000_000:
            assert SECRET.encode() not in file.read_bytes(), file


def test_the_users_file_is_for_its_owner_alone_and_holds_verifiers(guarded: GuardedServer) -> None:
    file = guarded.process.data_dir / "users.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "SCRAM-SHA-256$4096:" in file.read_text()
    assert PASSWORD not in file.read_text()


def test_the_programs_commands_work_beside_the_server_and_take_no_password_as_argument(guarded: GuardedServer) -> None:
    process = guarded.process
    assert process.command("sql", "query", "SELECT current_user", "--format", "csv").code == 0
    assert process.command("db", "status").code == 0
    added = process.command("user", "add", "cli", "--role", "reader", given="first\n")
    assert (added.code, added.err) == (0, "")
    guarded.connect("cli", "first").close()
    assert process.command("user", "password", "cli", given="second\n").code == 0
    guarded.connect("cli", "second").close()
    assert "cli  reader" in process.command("user", "list").out
    assert process.command("user", "drop", "cli").code == 0
    assert refused(guarded, "cli", "second")
    for arguments in (("user", "add", "cli", "--role", "king"), ("user", "add", "cli", "--role", "reader", "pw")):
        assert process.command(*arguments, given="x\n").code == 2
    for arguments, given in (
        (("user", "add", "rae", "--role", "reader"), "x\n"), (("user", "add", "new", "--role", "reader"), "\n"),
        (("user", "drop", "nobody"), ""), (("user", "password", "nobody"), "x\n"),
        (("user", "add", "", "--role", "admin"), "x\n"),
    ):  # fmt: skip
        done = process.command(*arguments, given=given)
        assert (done.code, len(done.err.splitlines())) == (1, 1)


def test_a_broken_users_file_lets_nobody_in_and_is_mended_without_a_restart(guarded: GuardedServer) -> None:
    file = guarded.process.data_dir / "users.json"
    whole = file.read_text()
    file.write_text("{")
    try:
        with pytest.raises(psycopg.OperationalError, match="the file of users cannot be read"):
            guarded.connect("rae")
    finally:
        file.write_text(whole)
    guarded.connect("rae").close()


def test_psql_asks_for_the_password(guarded: GuardedServer, psql: str) -> None:
    process = guarded.process
    address = f"host={process.host} port={process.port} dbname=default"
    asked = run(
        [psql, "-X", "-A", "-t", "-w", "-c", "SELECT 1", f"{address} user=rae"], environment=process.environment
    )
    assert "no password supplied" in asked.err
    given = run(
        [psql, "-X", "-A", "-t", "-c", "SELECT current_user", f"{address} user=rae"],
        environment=process.environment | {"PGPASSWORD": PASSWORD},
    )
    assert given.out == "rae\n"


def test_an_annotator_marks_by_copy_as_by_insert(guarded: GuardedServer) -> None:
    with guarded.connect("ann") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT note MEANS 'eco-friendly' FROM t").fetchall()
        cursor.execute("SELECT trace_id FROM unified_logs WHERE cascade_id = 'semantic_matches' LIMIT 2")
        traces = [row[0] for row in cursor.fetchall()]
        with cursor.copy("COPY training_annotations (trace_id, trainable, confidence) FROM STDIN") as copy:
            for trace in traces:
                copy.write_row((trace, "t", "0.7"))
        assert cursor.statusmessage == f"COPY {len(traces)}"
        shown = "SELECT count(*) FROM training_annotations WHERE trainable AND confidence > 0.6 AND trace_id = ANY(%s)"
        assert cursor.execute(shown, [traces]).fetchone() == (len(traces),)
        with (
            pytest.raises(psycopg.Error) as caught,
            cursor.copy("COPY training_annotations (trace_id, confidence) FROM STDIN") as copy,
        ):
            copy.write_row((traces[0], "7"))
        assert caught.value.sqlstate == "22023"
        assert cursor.execute("UNDO MARK").statusmessage == f"UNDO {len(traces)}"
        assert cursor.execute(shown, [traces]).fetchone() == (0,)
