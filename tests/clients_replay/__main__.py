"""``python -m tests.clients_replay [-v] [CLIENT …]`` prints the summary; ``-v`` also what differs."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.clients_replay.recorded import load
from tests.clients_replay.replay import replay, summary
from tests.processes import SqlServerProcess


def main(arguments: list[str]) -> None:
    schema, clients = load()
    chosen = [name for name in arguments if name != "-v"] or sorted(clients)
    with tempfile.TemporaryDirectory() as folder, SqlServerProcess(Path(folder)) as server:
        done = server.psql(schema)
        if done.code:
            raise SystemExit(done.err)
        outcomes = [outcome for client in chosen for outcome in replay(server.url(), clients[client])]
    if "-v" in arguments:
        for outcome in outcomes:
            if outcome.detail:
                kind = "COLUMNS/ROWS" if outcome.runs else "FAILS"
                print(f"--- {kind} {outcome.statement.client} {outcome.statement.number}")
                print(f"{outcome.statement.sql.strip()}\n    {outcome.statement.parameters}\n>>> {outcome.detail}")
    print(summary(outcomes))


main(sys.argv[1:])
