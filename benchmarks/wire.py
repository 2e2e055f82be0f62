"""The cost of the protocol and of plain SQL, next to PostgreSQL in the same run on the same machine.

    python -m benchmarks.wire [--repeats 3000] [--rows 1000000] [--stream 50000000] [--seconds 4] [--rounds 3]

One client (libpq): ``SELECT 1`` simple and prepared; a SELECT of five columns (int, int, double, text, timestamp) read
to its end in text and binary; COPY of the same rows in. 100 clients (pgbench). Then a long result through a bare
socket: its first row, and what the server's memory grows by. The servers take turns, each figure is the best of the
rounds, and the load is printed: trust the ratios, a shared machine moves the seconds.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import pq

from benchmarks.postgres_cluster import postgres_cluster, programs
from benchmarks.raw_stream import resident, stream
from tests.processes import SqlServerProcess

COLUMNS = "i::int AS id, (i % 1000)::int AS kind, i * 0.5::double precision AS amount, 'row number ' || i AS name"
POSTGRES_TABLE = (
    f"CREATE TABLE rows_5 AS SELECT {COLUMNS}, timestamp '2026-01-01' + i * interval '1 second' AS at "
    "FROM generate_series(0, {rows} - 1) AS g(i)"
)
OURS_TABLE = (
    f"CREATE TABLE rows_5 AS SELECT {COLUMNS}, timestamp '2026-01-01' + to_seconds(i) AS at "
    "FROM range({rows}) AS g(i)"
)
COPY_TABLE = 'CREATE TABLE copied_5 (id int, kind int, amount double precision, name text, "at" timestamp)'
FORMATS = ("text", "binary")
CONNECTIONS = 100
BLOCK = 64 * 1024


@dataclass(slots=True)
class Server:
    """``best``: figure to its best value. Higher is better for rates, lower for seconds."""

    url: str
    create_table: str
    process_id: int = 0
    best: dict[str, float] = field(default_factory=dict)

    def seconds(self, name: str, value: float) -> None:
        self.best[name] = min(value, self.best.get(name, value))

    def rate(self, name: str, value: float) -> None:
        self.best[name] = max(value, self.best.get(name, value))


def measure_one_client(server: Server, repeats: int, rows: int) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        raw = connection.pgconn
        raw.prepare(b"one", b"SELECT 1")
        for name, work in (
            ("simple", lambda: raw.exec_(b"SELECT 1")),
            ("prepared", lambda: raw.exec_prepared(b"one", [])),
        ):
            taken = timed(work, repeats)
            server.seconds(f"{name} p50", statistics.median(taken))
            server.rate(f"{name} rate", len(taken) / sum(taken))
        for code, kind in enumerate(FORMATS):
            server.seconds(f"rows {kind}", read_all(raw, rows, code))


def timed(work: Callable[[], pq.abc.PGresult], repeats: int) -> list[float]:
    """Seconds of each repetition, after a tenth as many unmeasured ones."""
    seconds = []
    for _ in range(max(1, repeats // 10)):
        checked(work())
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
        checked(result)
    return seconds


def checked(result: pq.abc.PGresult, rows: int = 1) -> None:
    if result.status != pq.ExecStatus.TUPLES_OK or result.ntuples != rows:
        raise RuntimeError(result.error_message.decode())


def read_all(connection: pq.abc.PGconn, rows: int, code: int) -> float:
    start = time.perf_counter()
    result = connection.exec_params(b"SELECT * FROM rows_5", [], result_format=code)
    seconds = time.perf_counter() - start
    checked(result, rows)
    return seconds


def measure_copy(server: Server, kind: str, data: bytes, rows: int) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS copied_5")
        cursor.execute(COPY_TABLE)
        start = time.perf_counter()
        with cursor.copy(f"COPY copied_5 FROM STDIN (FORMAT {kind})") as copy:
            for at in range(0, len(data), BLOCK):
                copy.write(data[at : at + BLOCK])
        server.seconds(f"copy {kind}", time.perf_counter() - start)
        if cursor.rowcount != rows:
            raise RuntimeError(f"COPY loaded {cursor.rowcount} rows")


def copied_out(server: Server, kind: str) -> bytes:
    out = io.BytesIO()
    command = f"COPY rows_5 TO STDOUT (FORMAT {kind})"
    with psycopg.connect(server.url, autocommit=True) as connection, connection.cursor().copy(command) as copy:
        for block in copy:
            out.write(block)
    return out.getvalue()


def measure_connections(server: Server, seconds: int) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write("SELECT 1;\n")
        script.flush()
        command = [programs() / "pgbench", "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1"]
        command += ["-T", str(seconds), "-f", script.name, server.url]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"tps = ([\d.]+)", told)
    if rate is None or "failed transactions: 0 " not in told:
        raise RuntimeError(told)
    server.rate("connections", float(rate[1]))


@contextmanager
def our_server() -> Iterator[Server]:
    settings = {"SQLSERVER_MAX_CONNECTIONS": str(2 * CONNECTIONS)}
    with tempfile.TemporaryDirectory() as folder, SqlServerProcess(Path(folder) / "data", settings=settings) as process:
        yield Server(process.url(), OURS_TABLE, process.process.pid)


def measure_stream(server: Server, rows: int) -> str:
    query = "SELECT i, i * 2 AS twice, 'row ' || i AS name FROM range({}) r(i)"
    stream(server.url, query.format(10_000), lambda: None)
    idle = resident(server.process_id)
    seen = [idle]
    got = stream(server.url, query.format(rows), lambda: seen.append(resident(server.process_id)))
    return (
        f"{got.tag}: first row after {got.first_row * 1000:.0f} ms, {rows / got.seconds / 1e6:.1f} M rows/s, "
        f"{got.size / 2**20:,.0f} MB; memory {idle:.0f} MB idle, at most {max(seen) - idle:.0f} MB more"
    )


def shown(theirs: Server, ours: Server, rows: int) -> Iterator[str]:
    for name, title in (("simple", "SELECT 1, simple"), ("prepared", "SELECT 1, prepared")):
        before, now = theirs.best[f"{name} p50"], ours.best[f"{name} p50"]
        yield f"| {title}, p50 | {before * 1e6:.0f} µs | {now * 1e6:.0f} µs | {before / now:.2f} |"
        before, now = theirs.best[f"{name} rate"], ours.best[f"{name} rate"]
        yield f"| {title}, per second | {before:,.0f} | {now:,.0f} | {now / before:.2f} |"
    before, now = theirs.best["connections"], ours.best["connections"]
    yield f"| SELECT 1, prepared, {CONNECTIONS} clients, per second | {before:,.0f} | {now:,.0f} | {now / before:.2f} |"
    for figure, title in (("rows", "SELECT"), ("copy", "COPY in")):
        for kind in FORMATS:
            before, now = theirs.best[f"{figure} {kind}"], ours.best[f"{figure} {kind}"]
            yield f"| {title} of {rows:,} × 5, {kind} | {before:.2f} s | {now:.2f} s | {before / now:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--stream", type=int, default=50_000_000)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with ExitStack() as running:
        theirs = Server(running.enter_context(postgres_cluster()), POSTGRES_TABLE)
        ours = running.enter_context(our_server())
        for server in (theirs, ours):
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute(server.create_table.format(rows=given.rows))
        data = {kind: copied_out(theirs, kind) for kind in FORMATS}
        loads = []
        for _ in range(given.rounds):
            for server in (theirs, ours):
                measure_one_client(server, given.repeats, given.rows)
                measure_connections(server, given.seconds)
                for kind in FORMATS:
                    measure_copy(server, kind, data[kind], given.rows)
            loads.append(os.getloadavg()[0])
        print(f"load average {', '.join(f'{load:.1f}' for load in loads)} on {os.cpu_count()} cores\n")
        print("| | PostgreSQL | this server | ratio of speeds |\n|---|---|---|---|")
        print("\n".join(shown(theirs, ours, given.rows)))
    with our_server() as fresh:
        print(f"\n{measure_stream(fresh, given.stream)}")


if __name__ == "__main__":
    main()
