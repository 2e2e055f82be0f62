from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.processes import SqlServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServerProcess]:
    with SqlServerProcess(tmp_path_factory.mktemp("tables")) as running:
        yield running


@pytest.fixture
def connection(server: SqlServerProcess) -> Iterator[psycopg.Connection[Any]]:
    """A schema of its own, so that tables of one test are not in the way of another."""
    with server.connect() as open_:
        open_.execute("CREATE SCHEMA own")
        open_.execute("SET search_path = own, public")
        yield open_
        open_.rollback()
        open_.execute("DROP SCHEMA own CASCADE")
