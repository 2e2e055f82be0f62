"""A connection for each test, on one server with the embedded model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.processes import SqlServerProcess

Connection = psycopg.Connection[Any]


@pytest.fixture
def connection(embedded_server: SqlServerProcess) -> Iterator[Connection]:
    with embedded_server.connect() as opened:
        yield opened
