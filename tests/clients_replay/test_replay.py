"""Recorded statements of thirteen clients, run against the server: most must be answered as PostgreSQL 15 answered.

What is known to differ: ``version()``, the isolation level, the server's time zone and the absence of PL/pgSQL tell of
this server; the schema here has no composite, range and domain columns, and a varchar is text.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.clients_replay.recorded import load
from tests.clients_replay.replay import Outcome, replay, summary
from tests.processes import SqlServerProcess

RUN, COLUMNS, ROWS = 0.98, 0.95, 0.90


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    schema, clients = load()
    folder: Path = tmp_path_factory.mktemp("replay")
    with SqlServerProcess(folder) as server:
        done = server.psql(schema)
        assert done.code == 0, done.err
        return [outcome for statements in clients.values() for outcome in replay(server.url(), statements)]


def test_the_statements_run(outcomes: list[Outcome]) -> None:
    assert share([outcome.runs for outcome in outcomes]) >= RUN, told(outcomes)


def test_labels_and_types_are_postgresqls(outcomes: list[Outcome]) -> None:
    assert share([outcome.same_columns for outcome in outcomes]) >= COLUMNS, told(outcomes)


def test_rows_that_depend_on_no_user_object_are_postgresqls(outcomes: list[Outcome]) -> None:
    assert share([outcome.same_rows for outcome in outcomes if outcome.same_rows is not None]) >= ROWS, told(outcomes)


def share(held: Sequence[bool]) -> float:
    return sum(held) / len(held)


def told(outcomes: list[Outcome]) -> str:
    details = (f"{o.statement.client} {o.statement.number}: {o.detail[:200]}" for o in outcomes if o.detail)
    return "\n".join([*details, summary(outcomes)])
