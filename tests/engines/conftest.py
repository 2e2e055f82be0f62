"""Real databases in a temporary data directory; the process stands in its files folder, as the server's does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sqlserver.engines.databases import DatabaseDirectory
from sqlserver.engines.duckdb_database import DuckDBDatabase, DuckDBSettings
from sqlserver.engines.duckdb_session import DuckDBSession


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DuckDBSettings:
    files = tmp_path / "files"
    files.mkdir()
    monkeypatch.chdir(files)
    return DuckDBSettings(files, tmp_path / "temp", memory_limit="1GB", threads=2)


@pytest.fixture
async def databases(tmp_path: Path, settings: DuckDBSettings) -> AsyncIterator[DatabaseDirectory]:
    directory = DatabaseDirectory(tmp_path, settings)
    yield directory
    await directory.close_all()


@pytest.fixture
async def database(databases: DatabaseDirectory) -> DuckDBDatabase:
    return await databases.open("default")


@pytest.fixture
async def session(database: DuckDBDatabase) -> AsyncIterator[DuckDBSession]:
    session = database.session()
    yield session
    await session.close()


@pytest.fixture
async def other(database: DuckDBDatabase) -> AsyncIterator[DuckDBSession]:
    session = database.session()
    yield session
    await session.close()
