"""Every type as PostgreSQL 15 sends it, in text and in binary: ``expected/types.json`` holds what it answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.pq import ExecStatus, Format

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection

CASES = json.loads((Path(__file__).parent / "expected" / "types.json").read_text())
OTHER_TYPE = {
    "'abc'::varchar": "DuckDB has one type for text and varchar",
    "'101'::bit varying": "DuckDB has one type for bit strings",
    "'{sad,NULL,ok}'::mood[]": "an enum is sent as text",
}
DIFFERENT = {
    "170141183460469231731687303715884105727::numeric": "DuckDB's decimals have at most 38 digits",
    "'-3 days 04:05:06.789'::interval IntervalStyle=sql_standard": "DuckDB reads intervals in one style",
}
"""What DuckDB cannot hold or says otherwise, and why."""


@pytest.fixture(scope="module")
def types(embedded_server: SqlServerProcess) -> Iterator[Connection]:
    with embedded_server.connect() as opened:
        opened.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
        yield opened


def identity(case: dict[str, Any]) -> str:
    return " ".join([case["expression"], *(f"{name}={value}" for name, value in case["settings"].items())])


@pytest.mark.parametrize("case", CASES, ids=identity)
def test_a_value_is_sent_as_postgresql_sends_it(types: Connection, case: dict[str, Any]) -> None:
    if identity(case) in DIFFERENT:
        pytest.skip(DIFFERENT[identity(case)])
    types.execute("RESET ALL; SET TimeZone = 'UTC'")
    for name, value in case["settings"].items():
        types.execute(f"SET {name} = '{value}'")
    statement = f"SELECT {case['expression']}".encode()
    text = types.pgconn.exec_params(statement, [], result_format=Format.TEXT)
    assert text.status == ExecStatus.TUPLES_OK, text.error_message.decode()
    got = text.get_value(0, 0)
    assert (None if got is None else got.decode()) == case["text"]
    if case["expression"] in OTHER_TYPE:
        return
    if case["oid"]:
        assert text.ftype(0) == case["oid"]
    if case["binary"] is not None:
        binary = types.pgconn.exec_params(statement, [], result_format=Format.BINARY)
        assert (binary.get_value(0, 0) or b"").hex() == case["binary"]


def test_the_expected_values_are_there() -> None:
    assert len(CASES) > 150
    assert psycopg.adapters.types["timetz"].oid in {case["oid"] for case in CASES}
