"""Records the scenarios from a running PostgreSQL 15 into ``tests/wire/transcripts``.

    python -m tests.wire.record_transcripts HOST PORT [NAME…]

The cluster needs UTF8, locale C, time zone UTC, a superuser ``app`` without a password, a user ``guarded`` with
scram-sha-256, and a database ``db``.
"""

from __future__ import annotations

import sys

from tests.wire.scenarios import SCENARIOS
from tests.wire.transcript import FOLDER, played, save


def main(host: str, port: str, *names: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in names or SCENARIOS:
        save(name, played(SCENARIOS[name], (host, int(port))))


if __name__ == "__main__":
    main(*sys.argv[1:])
