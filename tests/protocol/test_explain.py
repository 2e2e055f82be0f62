"""EXPLAIN gives one column, a row a line, and takes PostgreSQL's options."""

from __future__ import annotations

import psycopg
import pytest

from tests.protocol.conftest import Connection


@pytest.mark.parametrize(
    "options",
    [
        "", "VERBOSE", "ANALYZE", "ANALYZE VERBOSE", "(COSTS OFF)", "(ANALYZE, BUFFERS, TIMING off)", "(ANALYZE false)",
        "(VERBOSE, FORMAT TEXT)", "(ANALYZE true, SUMMARY)", "(FORMAT YAML)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("prepare", [False, True])
def test_it_gives_lines(connection: Connection, options: str, prepare: bool) -> None:
    cursor = connection.execute(f"EXPLAIN {options} SELECT 1 WHERE %s = 'a'", ("a",), prepare=prepare)
    assert [(column.name, column.type_code) for column in cursor.description or ()] == [("QUERY PLAN", 25)]
    lines = [line for (line,) in cursor]
    assert len(lines) > 1
    assert not any("\n" in line for line in lines)


@pytest.mark.parametrize("options", ["(FORMAT JSON)", "(COSTS OFF, FORMAT JSON)", "(ANALYZE, FORMAT JSON, VERBOSE)"])
def test_json_is_one_document(connection: Connection, options: str) -> None:
    cursor = connection.execute(f"EXPLAIN {options} SELECT 1")
    assert [(column.name, column.type_code) for column in cursor.description or ()] == [("QUERY PLAN", 114)]
    ((plan,),) = cursor.fetchall()
    assert isinstance(plan, list | dict)


def test_an_unknown_option_is_refused(connection: Connection) -> None:
    with pytest.raises(psycopg.Error):
        connection.execute("EXPLAIN (COLOUR) SELECT 1")
