"""A server that asks for passwords, one user of each role, and things for them to touch."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.access.guarded import PASSWORD, ROLES, GuardedServer
from tests.processes import PROGRAM, EndpointProcess, SqlServerProcess, clean_environment, run

_THINGS = """
CREATE TABLE t (a INT, note VARCHAR);
INSERT INTO t VALUES (1, 'bamboo spoon'), (2, 'plastic cup');
CREATE VIEW v AS SELECT a FROM t;
CREATE VIEW reads_file (content) AS SELECT content FROM read_text('secret.txt');
CREATE VIEW reads_file_deeper AS SELECT * FROM (SELECT (SELECT content FROM reads_file) AS c) AS x;
CREATE VIEW reads_by_name AS SELECT * FROM 'secret.csv';
CREATE SEQUENCE s;
CREATE MACRO plus_one(x) AS x + 1;
CREATE MACRO next_one() AS nextval('s');
CREATE MACRO opens(path) AS TABLE SELECT content FROM read_text(path);
CREATE MACRO logs(message) AS write_log(message::VARCHAR);
CREATE MACRO upper(x) AS (SELECT content FROM read_text('secret.txt'));
CREATE MACRO json_serialize_sql(x) AS '{"error": false, "statements": [{"node": {"type": "SELECT_NODE"}}]}';
CREATE TABLE "secret.csv" (harmless INT);
CREATE SCHEMA other;
CREATE TABLE parent (a INT PRIMARY KEY);
CREATE TABLE child (a INT REFERENCES parent);
CREATE TABLE other."deep.csv" (harmless INT);
"""


@pytest.fixture(scope="module")
def guarded(endpoint: EndpointProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedServer]:
    data_dir = tmp_path_factory.mktemp("data")
    for user, role in ROLES.items():
        arguments = [
            "user", "add", user, "--role", role, "--data-dir", str(data_dir),
        ]  # fmt: skip
        done = run([PROGRAM, *arguments], environment=clean_environment(), given=f"{PASSWORD}\n")
        assert done.code == 0, done.err
    settings = endpoint.settings() | {"SQLSERVER_AUTHENTICATION": "scram", "SQLSERVER_LOG_LEVEL": "DEBUG"}
    with SqlServerProcess(data_dir, settings=settings) as server:
        for name in ("secret.txt", "secret.csv", "deep.csv"):
            (data_dir / "files" / name).write_text("hidden\nhunter2\n")
        guarded = GuardedServer(server)
        with guarded.connect("adi") as admin:
            for statement in _THINGS.split(";\n"):
                if statement.strip():
                    admin.execute(statement.encode())
        yield guarded


@pytest.fixture
def reader(guarded: GuardedServer) -> Iterator[psycopg.Connection]:
    with guarded.connect("rae") as connection:
        yield connection
