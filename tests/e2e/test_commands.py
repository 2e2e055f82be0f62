"""The program's commands against a running server and without one."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.classifier import CLASSIFIER
from tests.processes import PROGRAM, EndpointProcess, SqlServerProcess, clean_environment, run

TRAINING_RELATIONS = {
    "training_annotations",
    "training_examples_mv",
    "training_examples_with_annotations",
    "training_stats_by_cascade",
}


def test_show_tables_lists_the_training_relations_as_json(server: SqlServerProcess) -> None:
    done = server.command("sql", "query", "SHOW TABLES LIKE '%training%'", "--format", "json")
    assert done.code == 0, done.err
    listed = {next(iter(row.values())) for row in json.loads(done.out)}
    assert listed >= TRAINING_RELATIONS


def test_sql_query_works_without_a_server_and_keeps_what_it_wrote(tmp_path: Path) -> None:
    environment = clean_environment({"SQLSERVER_DATA_DIR": str(tmp_path / "data")})

    def query(sql: str) -> list[dict[str, object]]:
        done = run([PROGRAM, "sql", "query", sql, "--format", "json"], environment=environment)
        assert done.code == 0, done.err
        rows: list[dict[str, object]] = json.loads(done.out)
        return rows

    query("CREATE TABLE kept (n INT); INSERT INTO kept VALUES (1), (NULL)")
    assert query("SELECT n FROM kept ORDER BY n") == [{"n": 1}, {"n": None}]


def test_notices_go_to_stderr_and_leave_the_json_whole(server: SqlServerProcess) -> None:
    ask = "SELECT 'bamboo spoon' MEANS 'eco-friendly' AS eco"
    done = server.command("sql", "query", ask, "--format", "json")
    assert json.loads(done.out) == [{"eco": True}]
    assert "training examples" in done.err


def test_an_error_is_one_line_with_its_hint_and_exit_code_1(server: SqlServerProcess) -> None:
    done = server.command("sql", "query", "SELECT * FROM nowhere")
    assert done.code == 1
    assert done.out == ""
    assert "nowhere" in done.err
    assert len(done.err.splitlines()) == 1
    assert "Traceback" not in done.err


def test_a_cascade_file_run_twice_with_a_mark_between_injects_one_example(
    server: SqlServerProcess, endpoint: EndpointProcess, tmp_path: Path
) -> None:
    file = tmp_path / "test_classifier.yaml"
    file.write_text(CLASSIFIER)
    endpoint.reset()
    endpoint.behave(content="positive")
    first = server.command("run", str(file), "--input", '{"text": "This is amazing!"}', "--session", "test1")
    assert first.code == 0, first.err
    assert "positive" in first.out
    (trace,) = server.rows("SELECT trace_id FROM training_examples_mv WHERE cascade_id = 'test_classifier';")[0]
    server.rows(f"INSERT INTO training_annotations (trace_id, trainable) VALUES ('{trace}', true);")
    second = server.command("run", str(file), "--input", '{"text": "This is fantastic!"}', "--session", "test2")
    endpoint.behave()
    assert "Injected 1 training examples (recent strategy)" in second.err
    assert endpoint.system_messages()[-1].count("<example>") == 1
    assert "This is amazing!" in endpoint.system_messages()[-1]
    sessions = server.rows(
        "SELECT session_id FROM unified_logs WHERE cascade_id = 'test_classifier' ORDER BY timestamp;"
    )
    assert sessions == [["test1"], ["test2"]]


def test_run_works_without_a_server(endpoint: EndpointProcess, tmp_path: Path) -> None:
    file = tmp_path / "test_classifier.yaml"
    file.write_text(CLASSIFIER)
    endpoint.behave(content="neutral")
    environment = clean_environment(endpoint.settings() | {"SQLSERVER_DATA_DIR": str(tmp_path / "data")})
    done = run([PROGRAM, "run", str(file), "--input", '{"text": "A table."}'], environment=environment)
    endpoint.behave()
    assert done.code == 0, done.err
    assert "neutral" in done.out


def test_server_json_names_the_owner_for_its_user_alone_and_goes_with_it(
    start_server: Callable[..., SqlServerProcess], tmp_path: Path
) -> None:
    server = start_server()
    file = tmp_path / "data" / "server.json"
    said = json.loads(file.read_text())
    assert (said["pid"], said["port"]) == (server.process.pid, server.port)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert server.stop() == 0
    assert not file.exists()


def test_a_second_server_on_the_same_folder_is_refused_in_words(server: SqlServerProcess) -> None:
    done = server.command("serve", "sql", "--port", "0")
    assert done.code == 1
    assert str(server.process.pid) in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("command", [("db", "init"), ("db", "status"), ("db", "migrate"), ("operators", "list")])
def test_commands_work_without_a_server_and_twice(tmp_path: Path, command: tuple[str, ...]) -> None:
    environment = clean_environment({"SQLSERVER_DATA_DIR": str(tmp_path / "data")})
    for _ in range(2):
        done = run([PROGRAM, *command], environment=environment)
        assert done.code == 0, done.err
        assert done.out.strip()


def test_db_status_works_beside_a_running_server(server: SqlServerProcess) -> None:
    done = server.command("db", "status")
    assert done.code == 0, done.err
    assert "0001" in done.out


def test_a_database_is_made_at_start_where_it_is_missing(start_server: Callable[..., SqlServerProcess]) -> None:
    server = start_server("--database", "sales")
    assert server.psql("SELECT current_database()", database="sales").rows == [["sales"]]
    assert 'database "nowhere" does not exist' in server.psql("SELECT 1", database="nowhere").err
