"""What PostgreSQL 15 answered, byte for byte as its clients sent it, is what this server answers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.processes import PROGRAM, SqlServerProcess, clean_environment, run
from tests.wire.scenarios import SCENARIOS
from tests.wire.transcript import Turn, load, played


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, tuple[str, int]]]:
    """An open server and, under True, one that asks for passwords."""
    folder = tmp_path_factory.mktemp("servers")
    for name in ("open", "guarded"):
        done = run(
            [PROGRAM, "user", "add", "guarded", "--role", "reader", "--data-dir", str(folder / name)],
            environment=clean_environment(), given="secret\n",
        )  # fmt: skip
        assert done.code == 0, done.err
    with (
        SqlServerProcess(folder / "open") as trusting,
        SqlServerProcess(folder / "guarded", settings={"SQLSERVER_AUTHENTICATION": "scram"}) as asking,
    ):
        trusting.rows("CREATE DATABASE db;")
        yield {False: (trusting.host, trusting.port), True: (asking.host, asking.port)}


LATE = frozenset(
    {
        "transaction_failed_extended",
        "extended_error_skips_to_sync",
        "extended_bad_value",
        "extended_pipeline_rolls_back",
    }
)
"""Names are looked up when a statement is described or run, values are read when it runs: the same error comes a
message or two later than PostgreSQL's, and an INSERT's carries no position."""

SAID_MORE = {"short_length": "ErrorResponse FATAL 08P01 invalid message length"}
"""Where PostgreSQL hangs up without a word, this server says why."""


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_answers_are_postgresqls(servers: dict[bool, tuple[str, int]], name: str) -> None:
    recorded = load(name)
    assert [turn.sent for turn in recorded] == [turn.sent for turn in SCENARIOS[name]], "record it again"
    answered = played(recorded, servers[name.startswith("sasl")])
    assert shown(answered, name) == shown(recorded, name)


def shown(turns: list[Turn], name: str) -> str:
    answers = [[line for line in turn.answers if line != SAID_MORE.get(name)] for turn in turns]
    if name in LATE:
        answers = [early(lines) for lines in answers]
    return json.dumps(answers, indent=1, ensure_ascii=False)


def early(lines: list[str]) -> list[str]:
    """As if the error had come at Parse."""
    kept: list[str] = []
    for line in lines:
        if line.startswith("ErrorResponse"):
            while kept and kept[-1].startswith(("ParseComplete", "BindComplete", "RowDescription")):
                kept.pop()
        kept.append(line.partition(" at ")[0] if line.startswith("ErrorResponse") else line)
    return kept
