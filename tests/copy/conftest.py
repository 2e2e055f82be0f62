"""One server for all COPY tests; each test works on tables of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes import SqlServerProcess


@pytest.fixture(scope="package")
def copy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServerProcess]:
    with SqlServerProcess(tmp_path_factory.mktemp("copy")) as running:
        yield running
