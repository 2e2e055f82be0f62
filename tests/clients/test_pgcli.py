"""pgcli: as a program that runs statements, and the queries that feed its completion."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients import scenario
from tests.clients.installed import module, program
from tests.processes import EndpointProcess, Output, SqlServerProcess, run

execute = module("pgcli.pgexecute")
PGCLI = program("pgcli", "pgcli of PyPI")
pytestmark = pytest.mark.slow

Pgcli = Callable[..., Output]


@pytest.fixture
def pgcli(server: SqlServerProcess, tmp_path: Path) -> Pgcli:
    """Runs commands one after another in one session, tables printed as CSV."""
    config = tmp_path / "pgclirc"
    files = f"log_file = {tmp_path / 'log'}\nhistory_file = {tmp_path / 'history'}\n"
    config.write_text(f"[main]\nless_chatty = True\ntiming = False\nenable_pager = False\n{files}")

    def ask(*commands: str, row_limit: int = 0) -> Output:
        options = [part for command in ("\\T csv", *commands) for part in ("-c", command)]
        given = [PGCLI, "--pgclirc", str(config), "--yes", "--row-limit", str(row_limit), *options, server.url()]
        return run(given, environment=server.environment | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)})

    return ask


@pytest.fixture
def completion(server: SqlServerProcess) -> Iterator[Any]:
    executor = execute.PGExecute(dsn=server.url())
    yield executor
    executor.conn.close()


def table(output: Output, header: str) -> list[list[str]]:
    """The CSV rows below the line ``header``, up to the status line."""
    assert output.code == 0, output.err
    lines = output.out.splitlines()
    start = lines.index(header) + 1
    end = next(n for n, line in enumerate(lines[start:], start) if line.startswith("SELECT "))
    return list(csv.reader(io.StringIO("\n".join(lines[start:end]))))


def test_it_connects_and_reads_types_and_nulls(pgcli: Pgcli) -> None:
    literals = ", ".join(f"'{typed.text.replace(chr(39), chr(39) * 2)}'" for typed in scenario.ROW)
    output = pgcli(scenario.create_types("typed"), f"INSERT INTO typed VALUES ({literals})",
                   "SELECT n, t, ta FROM typed", "SELECT NULL AS nothing, '' AS empty")  # fmt: skip
    assert table(output, '"n","t","ta"') == [["12345.6700", scenario.ROW[7].text, "['a', 'b, c', None, '']"]]
    assert table(output, '"nothing","empty"') == [["<null>", ""]]


def test_an_error_is_shown(pgcli: Pgcli) -> None:
    output = pgcli("SELECT * FROM nowhere")
    assert 'relation "nowhere" does not exist' in output.out + output.err


def test_a_transaction_rolls_back_and_a_statement_is_prepared(pgcli: Pgcli) -> None:
    output = pgcli("CREATE TABLE moved (n integer)", "BEGIN", "INSERT INTO moved VALUES (1)", "ROLLBACK",
                   "PREPARE twice (integer) AS SELECT count(*) + $1 AS found FROM moved",
                   "EXECUTE twice(5)")  # fmt: skip
    assert table(output, '"found"') == [["5"]]


def test_a_large_result_comes_whole(pgcli: Pgcli) -> None:
    assert sum(int(row[0]) for row in table(pgcli(scenario.LARGE), '"i","label"')) == scenario.LARGE_SUM


@pytest.mark.parametrize("command", ["\\d", "\\d seen", "\\dt", "\\dv", "\\di", "\\df", "\\dn", "\\l", "\\du", "\\dT"])
def test_browsing_commands_answer(pgcli: Pgcli, server: SqlServerProcess, command: str) -> None:
    server.rows("CREATE TABLE IF NOT EXISTS seen (id integer PRIMARY KEY, t text);")
    output = pgcli(command)
    assert output.code == 0
    assert not re.search(r"(?mi)^error|internal error|does not exist|Traceback", output.out + output.err)


def test_completion_knows_what_is_there(server: SqlServerProcess, completion: Any) -> None:
    server.rows(
        "CREATE TABLE parents (id integer PRIMARY KEY); CREATE VIEW shown AS SELECT id FROM parents;"
        "CREATE TABLE children (id integer, parent integer REFERENCES parents);"
    )
    assert {"public", "pg_catalog"} <= set(completion.schemata())
    assert completion.search_path()[-1:] == ["public"]
    assert ("public", "parents") in list(completion.tables())
    assert ("public", "shown") in list(completion.views())
    columns = [tuple(column)[:4] for column in completion.table_columns()]
    assert ("public", "children", "parent", "integer") in columns
    assert [(key.childtable, key.childcolumn, key.parenttable) for key in completion.foreignkeys()] == [
        ("children", "parent", "parents"),
    ]  # fmt: skip
    assert "default" in completion.databases()
    assert list(completion.datatypes()) is not None


def test_completion_offers_the_operators(completion: Any) -> None:
    assert "semantic_matches" in {function.func_name for function in completion.functions()}


def test_a_timeout_cancels(pgcli: Pgcli) -> None:
    output = pgcli("SET statement_timeout = '300ms'", scenario.ENDLESS)
    assert "canceling statement due to statement timeout" in output.out + output.err


def test_means_and_mark(pgcli: Pgcli, endpoint: EndpointProcess) -> None:
    output = pgcli(*scenario.PRODUCTS, scenario.MEANS, scenario.MARK)
    expected = [[str(number), str(answer)] for number, answer in scenario.MEANS_ROWS]
    assert table(output, '"id","is_eco"') == expected
    assert "MARK 1" in output.out
    endpoint.reset()
    assert table(pgcli(scenario.MEANS), '"id","is_eco"') == expected
    assert scenario.injected(endpoint) == [1, 1, 1]
