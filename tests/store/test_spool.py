"""The spool: durable before anybody goes on, full with 53100, and nothing in flight is forgotten."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sqlserver.core.call_log import StatementTrace
from sqlserver.core.errors import DiskFull, ServerError
from sqlserver.store.spool import Spool
from tests.store.calls import intent, outcome


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    opened = Spool(tmp_path, 1 << 20)
    yield opened
    opened.close()


def on_disk(folder: Path) -> tuple[int, int]:
    """(intents, records) as another process reads them."""
    connection = sqlite3.connect(folder / "spool.db")
    counts = connection.execute("SELECT (SELECT count(*) FROM intents), (SELECT count(*) FROM records)").fetchone()
    connection.close()
    return counts


async def test_a_record_is_on_disk_when_the_await_returns(spool: Spool, tmp_path: Path) -> None:
    made = intent()
    await spool.intend([made])
    assert on_disk(tmp_path) == (1, 0)
    await spool.conclude([outcome(made.trace_id)])
    assert on_disk(tmp_path) == (1, 1)
    await spool.trace_statement([StatementTrace("c", "s", made.trace_id, "o", cached=False)])
    assert on_disk(tmp_path) == (1, 2)
    assert spool.pending == 2


async def test_what_arrives_together_shares_commits(spool: Spool) -> None:
    before = spool.commits
    await asyncio.gather(*(spool.intend([intent()]) for _ in range(200)))
    assert spool.commits - before < 50


async def test_a_full_spool_refuses_new_calls_and_still_takes_outcomes(spool: Spool) -> None:
    made = intent(full_request_json="x" * 1_000_000)
    await spool.intend([made])
    with pytest.raises(DiskFull) as failure:
        await spool.intend([intent(full_request_json="y" * 100_000)])
    assert failure.value.sqlstate == "53100"
    await spool.conclude([outcome(made.trace_id)])
    batch = await spool.next_batch(10)
    assert batch is not None
    await spool.mark_sent(batch)
    assert (spool.pending, spool.bytes_pending) == (0, 0)
    await spool.intend([intent(full_request_json="y" * 100_000)])


async def test_a_disk_that_takes_no_more_is_53100_and_keeps_what_it_has(spool: Spool, tmp_path: Path) -> None:
    made = intent()
    await spool.intend([made])
    spool._connection.execute("PRAGMA max_page_count = 1")  # SQLite's own "database or disk is full"
    with pytest.raises(DiskFull) as failure:
        await spool.conclude([outcome(made.trace_id, "x" * 100_000)])
    assert failure.value.sqlstate == "53100"
    assert on_disk(tmp_path) == (1, 0)
    spool._connection.execute("PRAGMA max_page_count = 100000")
    await spool.conclude([outcome(made.trace_id)])
    assert on_disk(tmp_path) == (1, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_an_unwritable_folder_is_53100(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DiskFull):
        Spool(tmp_path / "spool", 1 << 20)


def test_a_spool_that_cannot_be_made_is_53100(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file")
    with pytest.raises(DiskFull) as failure:
        Spool(tmp_path / "spool", 1 << 20)
    assert str(tmp_path) not in f"{failure.value.message}{failure.value.detail}"


async def test_one_server_at_a_time(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(ServerError) as failure:
        Spool(tmp_path, 1 << 20)
    assert failure.value.sqlstate == "55006"


async def test_calls_in_flight_become_unknown_when_the_spool_is_opened_again(tmp_path: Path) -> None:
    first = Spool(tmp_path, 1 << 20)
    done, lost = intent(), intent(model="alias")
    await first.intend([done, lost])
    await first.conclude([outcome(done.trace_id)])
    first.close()
    second = Spool(tmp_path, 1 << 20)
    batch = await second.next_batch(10)
    second.close()
    assert batch is not None
    assert {row["trace_id"]: row["status"] for _, row in batch.calls} == {done.trace_id: "ok", lost.trace_id: "unknown"}


async def test_an_unsent_batch_is_cut_once_and_for_all(spool: Spool) -> None:
    for _ in range(3):
        made = intent()
        await spool.intend([made])
        await spool.conclude([outcome(made.trace_id)])
    first = await spool.next_batch(2)
    assert first is not None
    assert first.records == 2
    assert await spool.next_batch(10) == first
    await spool.mark_sent(first)
    second = await spool.next_batch(10)
    assert second is not None
    assert (second.records, second.token != first.token) == (1, True)
    await spool.mark_sent(second)
    assert await spool.next_batch(10) is None


async def test_a_second_outcome_of_a_call_keeps_its_intent_after_the_first_was_sent(spool: Spool) -> None:
    made = intent()
    await spool.intend([made])
    await spool.conclude([outcome(made.trace_id, status="failed", attempt=1)])
    batch = await spool.next_batch(10)
    assert batch is not None
    await spool.mark_sent(batch)
    await spool.conclude([outcome(made.trace_id, attempt=2)])
    again = await spool.next_batch(10)
    assert again is not None
    ((_, row),) = again.calls
    assert row["intent"]["cascade_id"] == made.cascade_id


async def test_an_outcome_without_an_intent_is_a_bug(spool: Spool) -> None:
    with pytest.raises(ServerError) as failure:
        await spool.conclude([outcome("never")])
    assert failure.value.sqlstate == "XX000"


async def test_a_cancelled_caller_can_still_conclude(spool: Spool) -> None:
    made = intent()
    task = asyncio.create_task(spool.intend([made]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await spool.conclude([outcome(made.trace_id, status="cancelled")])
    assert spool.pending == 1
