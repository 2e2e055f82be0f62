"""Statements as analysts write them, with PostgreSQL 15's answers: values, types, labels, SQLSTATEs.

``expected/dialect.json`` holds what PostgreSQL 15 answered (TimeZone UTC, locale C) after the statements of ``setup``.
``told`` are the types where ours are others: a series up to a table's column is bigint, whatever the column's type.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.pq import DiagnosticField, ExecStatus

from tests.processes import SqlServerProcess
from tests.protocol.conftest import Connection

RECORDED = json.loads((Path(__file__).parent / "expected" / "dialect.json").read_text())


@pytest.fixture(scope="module")
def tables(embedded_server: SqlServerProcess) -> Iterator[Connection]:
    with embedded_server.connect() as opened:
        opened.execute("CREATE SCHEMA IF NOT EXISTS dialect")
        opened.execute("SET search_path = dialect")
        opened.execute("SET TimeZone = 'UTC'")
        for statement in RECORDED["setup"]:
            opened.execute(statement)
        yield opened


@pytest.mark.parametrize("case", RECORDED["statements"], ids=lambda case: case["sql"])
def test_an_answer_is_postgresqls(tables: Connection, case: dict[str, Any]) -> None:
    result = tables.pgconn.exec_(case["sql"].encode())
    if "error" in case:
        assert (result.error_field(DiagnosticField.SQLSTATE) or b"").decode() == case["error"]
        return
    assert result.status == ExecStatus.TUPLES_OK, result.error_message.decode()
    assert _rows(result) == case["rows"]
    assert [result.ftype(column) for column in range(result.nfields)] == case.get("told", case["types"])
    assert [(result.fname(column) or b"").decode() for column in range(result.nfields)] == case["names"]


def _rows(result: psycopg.pq.abc.PGresult) -> list[list[str | None]]:
    values = [[result.get_value(row, column) for column in range(result.nfields)] for row in range(result.ntuples)]
    return [[None if value is None else value.decode() for value in row] for row in values]
