"""From the spool to ClickHouse: nothing lost, nothing twice, also by kill -9."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqlserver.core.call_log import CachedAnswer, StatementTrace
from sqlserver.core.errors import ServerError
from sqlserver.store.clickhouse import ClickHouse, ClickHouseTarget
from sqlserver.store.log_rows import log_rows
from sqlserver.store.log_store import LogStore
from tests.store.calls import intent, log_call, outcome

_ROOT = Path(__file__).parents[2]


async def counts(store: LogStore, relation: str = "unified_logs") -> dict[str, int]:
    """Trace → rows."""
    found: dict[str, int] = {}
    for trace in (await store.read_relation(relation, ["trace_id"])).column("trace_id").to_pylist():
        found[trace] = found.get(trace, 0) + 1
    return found


async def test_a_batch_sent_twice_is_there_once(store: LogStore) -> None:
    made = [intent(cache_key=f"k{n}", timestamp_us=1_700_000_000_000_000 + n * 86_400_000_000) for n in range(100)]
    await store.intend(made)
    await store.conclude([outcome(one.trace_id) for one in made])
    batch = await store.spool.next_batch(1000)
    assert batch is not None
    for _ in range(2):  # as if the process had died before it marked the batch
        await store.clickhouse.insert("unified_logs", log_rows(batch.calls), token=batch.token)
    await store.flush()
    assert await counts(store) == {one.trace_id: 1 for one in made}
    rows = await store.clickhouse.query_arrow("SELECT count() AS n FROM answer_cache")
    assert rows.to_pylist() == [{"n": 100}]


async def test_other_rows_with_the_same_content_are_not_dropped(store: LogStore) -> None:
    made = intent()
    rows = log_rows([({**{name: getattr(made, name) for name in made.__slots__}}, {**_fields(made.trace_id)})])
    for token in ("a", "b"):
        await store.clickhouse.insert("unified_logs", rows, token=token)
    assert await counts(store) == {made.trace_id: 2}


def _fields(trace_id: str) -> dict[str, object]:
    made = outcome(trace_id)
    return {name: getattr(made, name) for name in made.__slots__}


async def test_answers_are_found_before_and_after_the_flush(store: LogStore) -> None:
    trace = await log_call(store, output="false", cache_key="k")
    expected = {"k": CachedAnswer("k", trace, "false")}
    assert await store.cached(["k", "other"]) == expected
    await store.flush()
    assert await store.cached(["k", "other"]) == expected
    newer = await log_call(store, output="true", cache_key="k")
    for _ in range(2):
        assert await store.cached(["k"]) == {"k": CachedAnswer("k", newer, "true")}
        await store.flush()


async def test_statement_traces_arrive_in_their_order(store: LogStore) -> None:
    await store.trace_statement([StatementTrace("c1", "s", f"t{n}", "op", cached=n % 2 == 0) for n in range(5)])
    table = await store.read_relation("statement_traces", ["trace_id", "cached"], order_by="timestamp")
    assert table.column("trace_id").to_pylist() == [f"t{n}" for n in range(5)]
    assert table.column("cached").to_pylist() == [True, False, True, False, True]


async def test_a_store_that_cannot_be_reached_keeps_the_spool(store: LogStore) -> None:
    trace = await log_call(store)
    await store.clickhouse.command("RENAME TABLE unified_logs TO away")
    with pytest.raises(ServerError):
        await store.flush()
    await store.clickhouse.command("RENAME TABLE away TO unified_logs")
    await log_call(store)
    found = await counts(store)
    assert found[trace] == 1
    assert len(found) == 2


async def test_reopening_sends_what_was_left(target: ClickHouseTarget, clickhouse: ClickHouse, tmp_path: Path) -> None:
    first = await LogStore.open_at(target, tmp_path, 1 << 30)
    await clickhouse.control(f"RENAME TABLE {target.database}.unified_logs TO {target.database}.away")
    trace = await log_call(first, cache_key="k")
    await first.close()
    await clickhouse.control(f"RENAME TABLE {target.database}.away TO {target.database}.unified_logs")
    second = await LogStore.open_at(target, tmp_path, 1 << 30)
    try:
        assert await second.cached(["k"]) == {"k": CachedAnswer("k", trace, "true")}
    finally:
        await second.close()


_WORKER = """
    import asyncio, sys
    from pathlib import Path
    from sqlserver.store.clickhouse import ClickHouseTarget
    from sqlserver.store.log_store import LogStore
    from tests.store.calls import intent, outcome

    async def main():
        folder = Path(sys.argv[1])
        store = await LogStore.open_at(ClickHouseTarget(path=folder / "clickhouse"), folder / "spool", 1 << 30)
        if sys.argv[2] == "read":
            table = await store.read_relation("unified_logs", ["trace_id", "status"])
            for row in table.to_pylist():
                print(row["trace_id"], row["status"])
            await store.close()
            return

        async def call(n):
            while True:
                made = intent()
                await store.intend([made])
                print("began", made.trace_id, flush=True)
                await asyncio.sleep(0.001)
                await store.conclude([outcome(made.trace_id)])
                print("ended", made.trace_id, flush=True)

        async def flush():
            while True:
                await store.flush()
                await asyncio.sleep(0.01)

        await asyncio.gather(flush(), *(call(n) for n in range(16)))

    asyncio.run(main())
"""


@contextlib.contextmanager
def worker(folder: Path, role: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", textwrap.dedent(_WORKER), str(folder), role]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def work_until_killed(folder: Path, calls: int) -> tuple[set[str], set[str]]:
    """(begun, ended) as the process said before it was killed after ``calls`` answers."""
    said: dict[str, set[str]] = {"began": set(), "ended": set()}
    with worker(folder, "work") as process:
        assert process.stdout is not None
        for line in process.stdout:
            what, _, trace = line.rstrip("\n").partition(" ")
            if len(trace) == 36:  # the last line may be cut off
                said[what].add(trace)
            if len(said["ended"]) >= calls:
                process.kill()
    return said["began"], said["ended"]


def test_kill_9_loses_nothing_acknowledged_and_doubles_nothing(tmp_path: Path) -> None:
    began: set[str] = set()
    ended: set[str] = set()
    for calls in (300, 700):
        begun, done = work_until_killed(tmp_path, calls)
        began |= begun
        ended |= done
    with worker(tmp_path, "read") as reader:
        out, _ = reader.communicate(timeout=60)
    rows = [line.split() for line in out.splitlines()]
    status = dict(rows)
    assert len(rows) == len(status), "doubled"
    assert {trace for trace in ended if status.get(trace) != "ok"} == set(), "lost"
    assert len(ended) >= 1000
    assert {status.get(trace) for trace in began - ended} <= {"ok", "unknown"}
    assert "unknown" in status.values()


def test_a_second_process_on_the_same_path_is_told_so(tmp_path: Path, embedded_path: Path) -> None:
    code = """
        import asyncio, sys
        from pathlib import Path
        from sqlserver.core.errors import ServerError
        from sqlserver.store.clickhouse import ClickHouse, ClickHouseTarget
        try:
            asyncio.run(ClickHouse.open(ClickHouseTarget(path=Path(sys.argv[1]))))
        except ServerError as error:
            print(error.sqlstate, error.message, error.detail)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(embedded_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=_ROOT, timeout=60, check=False)
    assert done.stdout.startswith("55006 the log store is in use by another process")
    assert str(embedded_path) not in done.stdout


async def test_the_flusher_sends_by_itself(store: LogStore) -> None:
    await log_call(store)
    async with asyncio.timeout(30):
        while store.spool.pending:  # noqa: ASYNC110 -- the spool has no event for "empty", and needs none
            await asyncio.sleep(0.05)
