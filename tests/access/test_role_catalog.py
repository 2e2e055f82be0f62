"""Users and roles as PostgreSQL's catalog shows them: names and memberships to everybody, verifiers to nobody."""

from __future__ import annotations

import pytest

from tests.access.guarded import PASSWORD, GuardedServer, sqlstate
from tests.processes import Output, run

DU = """\
adi|Superuser, Create role, Create DB, Bypass RLS|{admin}
admin|Superuser, Create role, Create DB, Cannot login, Bypass RLS|{}
ana||{analyst}
analyst|Cannot login|{}
ann||{annotator}
annotator|Cannot login|{}
rae||{reader}
reader|Cannot login|{}
"""


def typed(guarded: GuardedServer, program: str, user: str, command: str) -> Output:
    process = guarded.process
    address = f"host={process.host} port={process.port} dbname=default user={user}"
    return run(
        [program, "-X", "-A", "-t", "-c", command, address], environment=process.environment | {"PGPASSWORD": PASSWORD}
    )


@pytest.mark.parametrize("user", ["adi", "rae"])
def test_du_lists_users_and_roles(guarded: GuardedServer, psql: str, user: str) -> None:
    done = typed(guarded, psql, user, "\\du")
    assert done.out.replace("Create DB, Replication", "Create DB") == DU, done.err


@pytest.mark.parametrize("command", ["\\dp", "\\z t", "\\ddp", "\\drds", "\\dg"])
def test_other_commands_about_privileges_work(guarded: GuardedServer, psql: str, command: str) -> None:
    done = typed(guarded, psql, "rae", command)
    assert (done.code, done.err.replace("Did not find any settings.\n", "")) == (0, "")


@pytest.mark.parametrize(
    ("sql", "to_admin", "to_reader"),
    [
        ("SELECT rolsuper, rolcanlogin, rolpassword FROM pg_roles WHERE rolname = 'rae'", (False, True, "********"),
         (False, True, "********")),
        ("SELECT string_agg(usename, ' ' ORDER BY usename) FROM pg_user", ("adi ana ann rae",), ("adi ana ann rae",)),
        ("SELECT string_agg(role_name, ' ' ORDER BY role_name) FROM information_schema.applicable_roles "
         "WHERE grantee = current_user", ("admin",), ("reader",)),
        ("SELECT count(*) FROM information_schema.enabled_roles WHERE role_name IN ('rae', 'reader', 'ana', 'analyst')",
         (4,), (2,)),
        ("SELECT count(*) FROM information_schema.role_table_grants WHERE table_name = 't'", (7,), (1,)),
        ("SELECT pg_has_role('rae', 'reader', 'MEMBER'), pg_has_role('rae', 'analyst', 'USAGE'), "
         "pg_has_role('analyst', 'USAGE'), pg_has_role('adi', 'rae', 'MEMBER')", (True, False, True, True),
         (True, False, False, True)),
        ("SELECT has_table_privilege('t', 'SELECT'), has_table_privilege('t', 'select, insert with grant option'), "
         "has_table_privilege('t', 'insert'), has_table_privilege('ana', 't', 'INSERT'), "
         "has_table_privilege('rae', 't', 'INSERT')", (True, True, True, True, False),
         (True, True, False, True, False)),
        ("SELECT has_schema_privilege('public', 'CREATE'), has_database_privilege(current_database(), 'CONNECT'), "
         "has_column_privilege('t', 'a', 'UPDATE')", (True, True, True), (False, True, False)),
        ("SELECT 'ana'::regrole::text, pg_get_userbyid('ana'::regrole::oid)", ("ana", "ana"), ("ana", "ana")),
        ("SELECT current_user, session_user, current_setting('role')", ("adi", "adi", "none"), ("rae", "rae", "none")),
    ],
)  # fmt: skip
def test_what_the_catalog_tells(
    guarded: GuardedServer, sql: str, to_admin: tuple[object, ...], to_reader: tuple[object, ...]
) -> None:
    for user, expected in (("adi", to_admin), ("rae", to_reader)):
        with guarded.connect(user) as connection:
            assert connection.execute(sql.encode()).fetchone() == expected, user


@pytest.mark.parametrize(
    ("sql", "to_admin", "to_reader"),
    [
        ("SELECT * FROM pg_authid", None, "42501"),
        ("SELECT * FROM pg_shadow", None, "42501"),
        ("SELECT pg_has_role('nobody', 'reader', 'MEMBER')", "42704", "42704"),
        ("SELECT has_table_privilege('nobody', 't', 'SELECT')", "42704", "42704"),
        ("SELECT has_table_privilege('nowhere', 'SELECT')", "42P01", "42P01"),
        ("SELECT has_table_privilege('t', 'FROB')", "22023", "22023"),
        ("SET ROLE ana", "0A000", "42501"),
        ("SET ROLE nobody", "22023", "22023"),
        ("SET ROLE NONE", None, None),
        ("SET SESSION AUTHORIZATION ana", "0A000", "42501"),
        ("SET SESSION AUTHORIZATION DEFAULT", None, None),
        ("SHOW session_authorization", None, None),
    ],
)
def test_refusals_are_postgresqls(
    guarded: GuardedServer, sql: str, to_admin: str | None, to_reader: str | None
) -> None:
    for user, expected in (("adi", to_admin), ("rae", to_reader)):
        with guarded.connect(user) as connection:
            assert sqlstate(connection, sql) == expected, user


def test_no_verifier_is_shown(guarded: GuardedServer) -> None:
    with guarded.connect("adi") as admin:
        for relation in ("pg_authid", "pg_shadow", "pg_roles", "pg_user"):
            assert "SCRAM" not in str(admin.execute(f"SELECT * FROM {relation}".encode()).fetchall())


def test_a_new_user_is_listed_at_once(guarded: GuardedServer) -> None:
    with guarded.connect("adi") as admin, guarded.connect("rae") as reader:
        admin.execute("CREATE USER newt PASSWORD 'x' IN ROLE reader, annotator")
        roles = (
            "SELECT string_agg(b.rolname, ' ' ORDER BY b.rolname) FROM pg_auth_members m "
            "JOIN pg_roles b ON b.oid = m.roleid JOIN pg_roles a ON a.oid = m.member WHERE a.rolname = 'newt'"
        )
        try:
            assert reader.execute(roles.encode()).fetchone() == ("annotator reader",)
        finally:
            admin.execute("DROP USER newt")
        assert reader.execute(roles.encode()).fetchone() == (None,)
