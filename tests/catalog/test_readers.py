"""The role reader browses the catalog: it only reads, but what it reads is the server's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes import PROGRAM, SqlServerProcess, clean_environment, run

PASSWORD = "long enough for a test"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServerProcess]:
    folder = tmp_path_factory.mktemp("readers")
    for user, role in (("rea", "reader"), ("ana", "analyst")):
        command = [PROGRAM, "user", "add", user, "--role", role, "--data-dir", str(folder)]
        done = run(command, environment=clean_environment(), given=f"{PASSWORD}\n")
        assert done.code == 0, done.err
    with SqlServerProcess(folder, settings={"SQLSERVER_AUTHENTICATION": "scram"}) as server:
        yield server


def told(server: SqlServerProcess, user: str, sql: str) -> str:
    url = f"postgresql://{user}@{server.host}:{server.port}/default"
    environment = server.environment | {"PGPASSWORD": PASSWORD}
    done = run(["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, url], environment=environment)
    assert done.code == 0, done.err
    return done.out


@pytest.mark.parametrize("command", [r"\d", r"\d things", r"\df semantic*", r"\l", r"\dn", r"\du", r"\dTS", r"\di+"])
def test_a_reader_may_browse(guarded: SqlServerProcess, command: str) -> None:
    told(guarded, "ana", "CREATE TABLE IF NOT EXISTS things (a INTEGER PRIMARY KEY)")
    assert told(guarded, "rea", command)


def test_a_reader_is_told_what_it_may(guarded: SqlServerProcess) -> None:
    told(guarded, "ana", "CREATE TABLE IF NOT EXISTS things (a INTEGER PRIMARY KEY)")
    may = "SELECT has_table_privilege('things', 'SELECT'), has_table_privilege('things', 'INSERT')"
    assert told(guarded, "rea", may).strip() == "t|f"
    assert told(guarded, "ana", may).strip() == "t|t"
    assert told(guarded, "rea", "SELECT rolsuper FROM pg_roles WHERE rolname = current_user").strip() == "f"
