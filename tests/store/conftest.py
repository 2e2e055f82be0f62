"""A store of its own for every test. chDB opens one path a process: embedded tests share it, with a database each.

A ClickHouse server joins by ``SQLSERVER_TEST_CLICKHOUSE_URL`` (its database part is ignored).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from sqlserver.store.clickhouse import ClickHouse, ClickHouseTarget
from sqlserver.store.log_store import LogStore

SERVER_URL = os.environ.get("SQLSERVER_TEST_CLICKHOUSE_URL")
BACKENDS = ["embedded", "server"] if SERVER_URL else ["embedded"]


@pytest.fixture(params=BACKENDS)
def target(request: pytest.FixtureRequest, embedded_path: Path) -> ClickHouseTarget:
    database = f"test_{abs(hash(request.node.nodeid)):x}"
    if request.param == "server":
        return replace(ClickHouseTarget.of(SERVER_URL, embedded_path), database=database)
    return ClickHouseTarget(path=embedded_path, database=database)


@pytest.fixture
async def clickhouse(target: ClickHouseTarget) -> AsyncIterator[ClickHouse]:
    """Without migrations; the database is dropped afterwards."""
    opened = await ClickHouse.open(target)
    yield opened
    await opened.control(f"DROP DATABASE IF EXISTS {target.database} SYNC")
    await opened.close()


@pytest.fixture
async def store(target: ClickHouseTarget, clickhouse: ClickHouse, tmp_path: Path) -> AsyncIterator[LogStore]:
    """``clickhouse`` outlives it and drops the database."""
    opened = await LogStore.open_at(target, tmp_path / "spool", 1 << 30)
    yield opened
    await opened.close()
