"""pgbench: makes its tables, fills them by COPY, and runs its script over every form of the protocol."""

from __future__ import annotations

import re

import pytest

from tests.clients.installed import program
from tests.processes import Output, SqlServerProcess, run

pytestmark = pytest.mark.slow
PGBENCH = program("pgbench", "postgresql")


def bench(server: SqlServerProcess, *options: str) -> Output:
    done = run([PGBENCH, *options, server.url("bench")], environment=server.environment, timeout=300)
    assert done.code == 0, done.err
    return done


def transactions(done: Output) -> tuple[int, int]:
    """How many were processed, and how many failed."""
    processed = re.search(r"actually processed: (\d+)", done.out)
    failed = re.search(r"failed transactions: (\d+)", done.out)
    assert processed is not None
    assert failed is not None
    return int(processed[1]), int(failed[1])


@pytest.fixture(scope="module")
def filled(server: SqlServerProcess) -> SqlServerProcess:
    server.rows("CREATE DATABASE bench;")
    done = bench(server, "-i", "--foreign-keys")
    assert "creating foreign keys" in done.err
    return server


@pytest.mark.parametrize("protocol", ["simple", "extended", "prepared"])
def test_its_script_runs(filled: SqlServerProcess, protocol: str) -> None:
    before = filled.psql("SELECT count(*) FROM pgbench_history", database="bench").out
    assert transactions(bench(filled, "-M", protocol, "-n", "-t", "20")) == (20, 0)
    after = filled.psql("SELECT count(*) FROM pgbench_history", database="bench").out
    assert int(after) == int(before) + 20
    sums = filled.psql(
        "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history)",
        database="bench",
    )
    assert sums.out == "t\n"


@pytest.mark.parametrize("protocol", ["simple", "extended", "prepared"])
def test_clients_read_at_the_same_time(filled: SqlServerProcess, protocol: str) -> None:
    assert transactions(bench(filled, "-M", protocol, "-S", "-c", "4", "-t", "50")) == (200, 0)
