"""psql 15, as a person and as a script use it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.clients import scenario
from tests.clients.installed import program
from tests.processes import EndpointProcess, Output, SqlServerProcess

pytestmark = pytest.mark.slow
PSQL = program("psql", "postgresql-client")


def done(server: SqlServerProcess, sql: str, *options: str) -> Output:
    output = server.psql(sql, *options)
    assert output.code == 0, output.err
    return output


def test_it_connects_and_says_where_it_is(server: SqlServerProcess) -> None:
    out = done(server, "\\conninfo\n\\echo :SERVER_VERSION_NUM :ENCODING :DBNAME :USER\n").out
    assert f'port "{server.port}"' in out
    number, *rest = out.splitlines()[-1].split()
    assert 150000 <= int(number) < 160000
    assert rest == ["UTF8", "default", "tester"]


def test_all_types_print_as_postgresql_prints_them(server: SqlServerProcess) -> None:
    literals = ", ".join(f"'{typed.text.replace(chr(39), chr(39) * 2)}'" for typed in scenario.ROW)
    done(server, f"{scenario.create_types('typed')}; INSERT INTO typed VALUES ({literals});")
    out = done(server, "\\x on\nTABLE typed;").out
    assert [line.split("|", 1) for line in out.splitlines()] == [[t.column, t.text] for t in scenario.ROW]


def test_gdesc_names_the_types_without_running_the_query(server: SqlServerProcess) -> None:
    nulls = ", ".join(f"NULL::{typed.type} AS {typed.column}" for typed in scenario.ROW)
    full = {"time": "time without time zone", "timestamp": "timestamp without time zone",
            "timestamptz": "timestamp with time zone", "varchar(20)": "character varying(20)"}  # fmt: skip
    described = done(server, f"SELECT {nulls} \\gdesc\n").rows
    assert described == [[typed.column, full.get(typed.type, typed.type)] for typed in scenario.ROW]


def test_gdesc_names_the_length_of_a_varchar(server: SqlServerProcess) -> None:
    assert done(server, "SELECT NULL::varchar(20) AS v \\gdesc\n").rows == [["v", "character varying(20)"]]


def test_null_is_shown_apart_from_the_empty_string(server: SqlServerProcess) -> None:
    assert done(server, "\\pset null <null>\nSELECT NULL, '', NULL::integer;").out == "<null>||<null>\n"


def test_variables_and_gset_carry_values(server: SqlServerProcess) -> None:
    script = "\\set name 'O''Brien'\nSELECT :'name' AS who, 41 + 1 AS n \\gset\nSELECT :'who', :n + 0;\n"
    assert done(server, script).rows == [["O'Brien", "42"]]


def test_gexec_runs_what_a_query_returns(server: SqlServerProcess) -> None:
    assert done(server, "SELECT 'SELECT ' || i FROM generate_series(1, 3) AS g(i) \\gexec\n").out == "1\n2\n3\n"


@pytest.mark.parametrize(("sql", "state"), scenario.ERRORS)
def test_errors_carry_their_sqlstate(server: SqlServerProcess, sql: str, state: str) -> None:
    script = f"\\set VERBOSITY verbose\n\\set ON_ERROR_STOP off\n{scenario.CREATE_GUARDED};\n{sql};\n\\echo :SQLSTATE\n"
    output = server.psql(script)
    assert output.out.splitlines()[-1] == state, output.err


def test_a_syntax_error_points_at_the_word(server: SqlServerProcess) -> None:
    err = server.psql("SELECT 1 +;").err.splitlines()
    assert err[0] == 'ERROR:  syntax error at or near ";"'
    assert err[1] == "LINE 1: SELECT 1 +;"
    assert err[2].index("^") == err[1].index(";")


def test_a_failed_transaction_rolls_back(server: SqlServerProcess) -> None:
    output = done(
        server,
        "\\set ON_ERROR_STOP off\n\\set QUIET off\nCREATE TABLE moved (n integer);\n"
        "BEGIN;\nINSERT INTO moved VALUES (1);\nSELECT broken;\nSELECT 1;\n"
        "\\echo :SQLSTATE\nCOMMIT;\nSELECT count(*) FROM moved;\n",
    )
    assert output.out.splitlines() == ["CREATE TABLE", "BEGIN", "INSERT 0 1", "25P02", "ROLLBACK", "0"]


def test_several_statements_of_one_c_option_are_one_transaction(server: SqlServerProcess) -> None:
    output = server.psql("", "-c", "CREATE TABLE together (n integer); INSERT INTO together VALUES (1); SELECT broken")
    assert output.code == 1
    assert "nope" in done(server, "SELECT coalesce(to_regclass('together')::text, 'nope');").out


def test_prepared_statements_of_sql(server: SqlServerProcess) -> None:
    script = "PREPARE twice (integer, text) AS SELECT $1 * 2, $2;\nEXECUTE twice(21, 'x');\nDEALLOCATE twice;\n"
    assert done(server, script).rows == [["42", "x"]]


def test_a_large_result_comes_whole_and_through_a_cursor(server: SqlServerProcess) -> None:
    for options in ((), ("-v", "FETCH_COUNT=1000")):
        rows = done(server, f"{scenario.LARGE};", *options).rows
        assert sum(int(row[0]) for row in rows) == scenario.LARGE_SUM


def test_ctrl_c_cancels_the_statement(server: SqlServerProcess) -> None:
    command = [PSQL, "-X", "-A", "-t", "-v", "VERBOSITY=sqlstate", server.url()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=server.environment, start_new_session=True,
    ) as psql:  # fmt: skip
        assert psql.stdin is not None
        assert psql.stdout is not None
        psql.stdin.write(f"SELECT 'ready';\n{scenario.ENDLESS};\n")
        psql.stdin.close()
        assert psql.stdout.readline() == "ready\n"
        time.sleep(0.5)  # psql has yet to send the long statement; a Ctrl-C before that ends psql
        os.kill(psql.pid, signal.SIGINT)
        assert psql.stderr is not None
        assert psql.stderr.read() == "Cancel request sent\nERROR:  57014\n"


@pytest.mark.parametrize("options", ["", "CSV HEADER"])
def test_copy_goes_both_ways(server: SqlServerProcess, tmp_path: Path, options: str) -> None:
    file = tmp_path / "rows"
    with_options = f" WITH {options}" if options else ""
    script = (
        "CREATE TABLE copied (n integer, t text);\n"
        "INSERT INTO copied VALUES (1, 'a,\"b\"'), (2, NULL), (3, E'tab\\there');\n"
        f"\\copy copied TO '{file}'{with_options}\nCREATE TABLE copied_back AS SELECT * FROM copied LIMIT 0;\n"
        f"\\copy copied_back FROM '{file}'{with_options}\n"
        "SELECT count(*) FROM (SELECT * FROM copied EXCEPT SELECT * FROM copied_back) AS lost;\n"
        "SELECT count(*), count(t) FROM copied_back; DROP TABLE copied, copied_back;\n"
    )
    assert done(server, script).rows == [["0"], ["3", "2"]]


@pytest.mark.parametrize(
    "command", ["\\d", "\\d+ seen", "\\dt+", "\\dv", "\\di", "\\df", "\\dn", "\\l", "\\du", "\\dT"]
)
def test_browsing_commands_answer(server: SqlServerProcess, command: str) -> None:
    done(server, f"CREATE TABLE IF NOT EXISTS seen (id integer PRIMARY KEY, t text);\n{command}\n")


def test_means_and_mark(server: SqlServerProcess, endpoint: EndpointProcess) -> None:
    script = f"{';'.join(scenario.PRODUCTS)}; {scenario.MEANS};\n\\set QUIET off\n{scenario.MARK};\n"
    output = done(server, script)
    assert output.rows == [["1", "t"], ["2", "f"], ["3", "t"], ["MARK 1"]]
    assert "No training examples available yet" in output.err
    endpoint.reset()
    assert "Injected 1 training examples" in done(server, f"{scenario.MEANS};").err
    assert scenario.injected(endpoint) == [1, 1, 1]
