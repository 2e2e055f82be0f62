"""The cost of the protocol and of plain SQL, next to PostgreSQL in the same run on the same machine.

    python -m benchmarks.wire [--repeats 3000] [--rows 1000000]

``SELECT 1`` by the simple protocol and as a prepared statement (median and mean, one client, libpq), and a SELECT of
five columns (int, int, double, text, timestamp) read to the end by libpq, without turning cells into Python values.
Trust the ratios: a shared machine moves the seconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import pq

from benchmarks.postgres_cluster import postgres_cluster
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


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds."""

    version: str
    simple_median: float
    simple_mean: float
    prepared_median: float
    prepared_mean: float
    select_rows: float


def measure(url: str, create_table: str, repeats: int, rows: int) -> Figures:
    with psycopg.connect(url, autocommit=True) as connection:
        raw = connection.pgconn
        version = connection.execute("SELECT version()").fetchone()
        simple = timed(lambda: raw.exec_(b"SELECT 1"), repeats)
        raw.prepare(b"one", b"SELECT 1")
        prepared = timed(lambda: raw.exec_prepared(b"one", []), repeats)
        connection.execute(create_table.format(rows=rows))
        select = min(read_all(raw, rows) for _ in range(3))
    return Figures(
        str(version[0]).split(" on ")[0] if version else "",
        statistics.median(simple),
        statistics.fmean(simple),
        statistics.median(prepared),
        statistics.fmean(prepared),
        select,
    )


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


def read_all(connection: pq.abc.PGconn, rows: int) -> float:
    start = time.perf_counter()
    result = connection.exec_(b"SELECT * FROM rows_5")
    seconds = time.perf_counter() - start
    checked(result, rows)
    return seconds


@contextmanager
def our_server() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, SqlServerProcess(Path(folder) / "data") as server:
        yield server.url()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    with postgres_cluster() as url:
        theirs = measure(url, POSTGRES_TABLE, given.repeats, given.rows)
    with our_server() as url:
        ours = measure(url, OURS_TABLE, given.repeats, given.rows)
    print(f"| | {theirs.version} | this server | ratio |\n|---|---|---|---|")
    for name, attribute in (
        ("SELECT 1, simple, median", "simple_median"),
        ("SELECT 1, simple, mean", "simple_mean"),
        ("SELECT 1, prepared, median", "prepared_median"),
        ("SELECT 1, prepared, mean", "prepared_mean"),
        (f"SELECT of {given.rows:,} rows × 5 columns, best of 3", "select_rows"),
    ):
        before, now = getattr(theirs, attribute), getattr(ours, attribute)
        shown = [f"{value * 1e6:.0f} µs" if value < 0.1 else f"{value:.2f} s" for value in (before, now)]
        print(f"| {name} | {shown[0]} | {shown[1]} | {now / before:.1f} |")


if __name__ == "__main__":
    main()
