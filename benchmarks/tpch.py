"""TPC-H through the wire against DuckDB in process, on the same data: what the server adds to real queries.

    python -m benchmarks.tpch [--scale 1] [--rounds 3]

The data are made by ``tpchgen-cli`` (``pip install tpchgen-cli``), since DuckDB's own generator is an extension that
has to be fetched. Both sides run on two threads; each query's time is its best of the rounds, run in turns.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import duckdb

from tests.processes import SqlServerProcess

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
QUERIES = Path(__file__).parent / "tpch_queries.sql"


def queries() -> dict[int, str]:
    parts = re.split(r"^-- (\d+)$", QUERIES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {int(number): text.strip() for number, text in zip(parts[1::2], parts[2::2], strict=True)}


def generate(scale: float, folder: Path) -> None:
    program = shutil.which("tpchgen-cli")
    if program is None:
        raise FileNotFoundError("tpchgen-cli is missing: pip install tpchgen-cli")
    command = [program, "parquet", "-s", f"{scale:g}", "--output-dir", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def seconds(run: object, sql: str) -> float:
    start = time.perf_counter()
    run(sql).fetchall()  # type: ignore[operator]
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        files = data / "files"
        files.mkdir(parents=True)
        generate(given.scale, files)
        inside = duckdb.connect(str(Path(folder) / "inside.duckdb"))
        settings = {"SQLSERVER_DUCKDB_THREADS": str(inside.execute("SELECT current_setting('threads')").fetchone()[0])}
        with SqlServerProcess(data, settings=settings) as server, server.connect() as connection:
            for table in TABLES:
                inside.execute(f"CREATE TABLE {table} AS FROM read_parquet('{files / table}.parquet')")
                connection.execute(f"CREATE TABLE {table} AS FROM read_parquet('{table}.parquet')")
            best: dict[int, tuple[float, float]] = {}
            for _ in range(given.rounds):
                for number, sql in queries().items():
                    now = seconds(inside.execute, sql), seconds(connection.execute, sql)
                    before = best.get(number, now)
                    best[number] = min(before[0], now[0]), min(before[1], now[1])
        inside.close()
    print(f"TPC-H scale {given.scale:g}; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| query | DuckDB in process | through the wire | ratio |\n|---|---|---|---|")
    for number, (alone, wire) in best.items():
        print(f"| {number} | {alone * 1000:.1f} ms | {wire * 1000:.1f} ms | {wire / alone:.2f} |")
    ratio = statistics.geometric_mean(wire / alone for alone, wire in best.values())
    print(f"\ngeometric mean {ratio:.3f}")


if __name__ == "__main__":
    main()
