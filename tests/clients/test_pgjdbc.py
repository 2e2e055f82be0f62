"""pgjdbc: jdbc/Scenarios.java holds one method a scenario, compiled once; what it asserts decides."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.clients import scenario
from tests.clients.installed import file, program
from tests.processes import EndpointProcess, SqlServerProcess, run

pytestmark = pytest.mark.slow
JAVAC = program("javac", "default-jdk-headless")
JAVA = program("java", "default-jdk-headless")
JAR = file("/usr/share/java", "postgresql.jar", "libpostgresql-jdbc-java")
SOURCE = Path(__file__).parent / "jdbc" / "Scenarios.java"


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classes")
    done = run([JAVAC, "-cp", str(JAR), "-d", str(folder), str(SOURCE)], environment=os.environ)
    assert done.code == 0, done.err
    return folder


def java(server: SqlServerProcess, classes: Path, name: str, options: str = "") -> str:
    url = f"jdbc:postgresql://{server.host}:{server.port}/default?user=tester{options}"
    # The second tier of the compiler costs more than these short programs win by it.
    command = [
        JAVA,
        "-XX:TieredStopAtLevel=1",
        "-Xshare:auto",
        "-cp",
        f"{classes}{os.pathsep}{JAR}",
        "Scenarios",
        name,
        url,
    ]
    done = run(command, environment=server.environment)
    assert done.code == 0, done.err
    return done.out


@pytest.mark.parametrize(
    "name",
    ["connect", "parameters", "transaction", "prepared", "batch", "generatedKeys", "largeResult", "cancel",
     "queryTimeout", "metadata", "copy"],
)  # fmt: skip
def test_scenario(server: SqlServerProcess, classes: Path, name: str) -> None:
    java(server, classes, name)


@pytest.mark.parametrize(
    "options",
    [
        "",
        "&prepareThreshold=-1",
        "&preferQueryMode=simple",
        "&binaryTransfer=false",
    ],
    ids=["text", "binary", "simple", "always_text"],
)
def test_types_and_nulls_come_back_as_sent(server: SqlServerProcess, classes: Path, options: str) -> None:
    java(server, classes, "types", options)


def test_errors_carry_their_sqlstate(server: SqlServerProcess, classes: Path) -> None:
    server.rows(f"{scenario.CREATE_GUARDED};")
    java(server, classes, "errors")


def test_means_and_mark(server: SqlServerProcess, endpoint: EndpointProcess, classes: Path) -> None:
    server.rows(f"{'; '.join(scenario.PRODUCTS)};")
    java(server, classes, "means")
    server.rows(f"{scenario.MARK};")
    endpoint.reset()
    assert "Injected 1 training examples" in java(server, classes, "means")
    assert set(scenario.injected(endpoint)) == {1}
