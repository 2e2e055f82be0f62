"""How many model calls a statement makes, and how close its wall time comes to the ideal.

    python -m benchmarks.calls [--rows 10000] [--distinct 1000] [--latency 0.2] [--slots 64]

A loopback endpoint answers each call after ``latency`` seconds. Ideal: distinct / slots × latency, which no scheduler
can beat. The statement runs four times: first, again (cached), after a mark (asked again, with examples), and again.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.processes import EndpointProcess, SqlServerProcess

ASK = "SELECT count(*) FILTER (WHERE text MEANS 'eco-friendly') FROM many"


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of the statement. ``examples`` is the number in each system message."""

    title: str
    calls: int
    seconds: float
    examples: str


def measure(rows: int, distinct: int, latency: float, slots: int) -> list[Run]:
    with tempfile.TemporaryDirectory() as folder, EndpointProcess(latency=latency) as endpoint:
        settings = endpoint.settings() | {"SQLSERVER_CONCURRENCY": str(slots)}
        with SqlServerProcess(Path(folder) / "data", settings=settings) as server, server.connect() as connection:
            connection.execute("SELECT 'warm up' MEANS 'connection'")
            connection.execute(
                "CREATE TABLE many AS SELECT i AS id, CASE WHEN i % 4 = 0 THEN 'bamboo' ELSE 'plastic' END "
                f"|| ' thing number ' || (i % {distinct}) AS text FROM range({rows}) r(i)"
            )

            def run(title: str) -> Run:
                endpoint.reset()
                if latency:
                    endpoint.behave(latency=latency)
                start = time.perf_counter()
                connection.execute(ASK).fetchone()
                seconds = time.perf_counter() - start
                examples = {system.count("<example>") for system in endpoint.system_messages()}
                return Run(title, endpoint.count(), seconds, ",".join(map(str, sorted(examples))) or "-")

            runs = [run("first"), run("again")]
            connection.execute("MARK TRAINABLE WHERE cascade_id = 'semantic_matches' LIMIT 5")
            return [*runs, run("after a mark"), run("and again")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--distinct", type=int, default=1_000)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--slots", type=int, default=64)
    given = parser.parse_args()
    ideal = given.distinct / given.slots * given.latency
    print(f"{given.rows} rows, {given.distinct} distinct texts, {given.latency} s a call, {given.slots} slots")
    print(f"ideal {ideal:.2f} s; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| run | calls | seconds | times the ideal | examples in each call |\n|---|---|---|---|---|")
    for run in measure(given.rows, given.distinct, given.latency, given.slots):
        ratio = f"{run.seconds / ideal:.2f}" if run.calls else "-"
        print(f"| {run.title} | {run.calls} | {run.seconds:.2f} | {ratio} | {run.examples} |")


if __name__ == "__main__":
    main()
