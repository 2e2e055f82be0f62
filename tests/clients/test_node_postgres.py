"""node-postgres: node/scenarios.js holds one function a scenario; what it asserts decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients import scenario
from tests.clients.installed import missing, program
from tests.processes import EndpointProcess, SqlServerProcess, run

pytestmark = pytest.mark.slow
NODE = program("node", "nodejs")
FOLDER = Path(__file__).parent / "node"
if not (FOLDER / "node_modules" / "pg").is_dir():
    missing("node-postgres is not installed; make clients installs it")


def node(server: SqlServerProcess, name: str) -> str:
    done = run([NODE, str(FOLDER / "scenarios.js"), name, server.url()], environment=server.environment)
    assert done.code == 0, done.err
    return done.out


@pytest.mark.parametrize(
    "name",
    [
        "connect", "types", "nulls", "parameters", "json", "errors", "transaction", "prepared", "several_statements",
        "large_result", "cursor", "cancel", "statement_timeout", "pool",
    ],
)  # fmt: skip
def test_scenario(server: SqlServerProcess, name: str) -> None:
    node(server, name)


def test_means_and_mark(server: SqlServerProcess, endpoint: EndpointProcess) -> None:
    for statement in scenario.PRODUCTS:
        server.rows(f"{statement};")
    assert node(server, "means_and_mark") == "MARK 1\n"
    endpoint.reset()
    assert "Injected 1 training examples" in node(server, "means_with_notices")
    assert scenario.injected(endpoint) == [1, 1, 1]
