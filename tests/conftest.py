"""Fixtures that several test folders share: servers and endpoints as real processes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.processes import EndpointProcess, SqlServerProcess

hypothesis.settings.register_profile("untimed", deadline=None)  # the machine may be busy
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def psql() -> str:
    """The path of psql; tests that need it are skipped where there is none."""
    found = shutil.which("psql")
    if found is None:
        pytest.skip("psql is not installed")
    return found


@pytest.fixture(scope="session")
def embedded_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the embedded ClickHouse of this process lies: it opens one path a process, so that tests share it, with a
    database each. Kept open to the end, since the last client to close shuts the engine down for good."""
    from sqlserver.store.clickhouse import ClickHouseTarget

    path = tmp_path_factory.mktemp("clickhouse")
    keeper = ClickHouseTarget(path=path).connect(settings={}, database=None)
    yield path
    keeper.close()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[EndpointProcess]:
    with EndpointProcess() as running:
        yield running


@pytest.fixture(scope="module")
def server(endpoint: EndpointProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServerProcess]:
    """A server on an empty data directory that asks the module's endpoint."""
    with SqlServerProcess(tmp_path_factory.mktemp("data"), settings=endpoint.settings()) as running:
        yield running


@pytest.fixture(scope="module")
def embedded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServerProcess]:
    """A server with no endpoint configured: the embedded model answers."""
    with SqlServerProcess(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., SqlServerProcess]]:
    """Starts further servers, by default on ``tmp_path/data``; all are stopped when the test ends."""
    with ExitStack() as running:

        def start(*options: str, data_dir: Path | None = None, **settings: Any) -> SqlServerProcess:
            folder = data_dir or tmp_path / "data"
            return running.enter_context(SqlServerProcess(folder, *options, **settings))

        yield start
