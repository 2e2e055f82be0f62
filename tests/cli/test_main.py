"""The command line: what is understood, and how what is wrong is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sqlserver import __version__
from sqlserver.cli.main import COMMANDS, build_parser, describe, main
from sqlserver.core.errors import ServerError


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.words))
def test_every_command_explains_itself(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.words, "--help"])  # type: ignore[attr-defined]
    assert ended.value.code == 0
    assert command.help in capsys.readouterr().out  # type: ignore[attr-defined]


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"sqlserver {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["db"], ["nonsense"], ["sql", "query"], ["run"], ["serve", "sql", "--no"]])
def test_a_command_line_that_cannot_be_read_is_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: sqlserver" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "no-such-file.yaml"], r"no-such-file\.yaml cannot be read: No such file"),
        (["run", __file__, "--input", "{"], r"--input is not JSON.*hint: "),
        (["run", __file__, "--input", "[1]"], r"--input must be a JSON object"),
    ],
)
def test_what_the_user_can_put_right_is_one_line_and_exit_code_1(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert re.search(said, captured.err)


def test_a_broken_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SQLSERVER_PORT", "not a port")
    assert main(["operators", "list"]) == 1
    assert capsys.readouterr().err.startswith("sqlserver: SQLSERVER_PORT: ")


def test_an_error_with_line_breaks_stays_one_line() -> None:
    error = ServerError("what is wrong", detail="first\n  second", hint="do this")
    assert describe(error) == "sqlserver: what is wrong — first second — hint: do this"


def test_operators_list_shows_what_a_user_types(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operators", "list"]) == 0
    assert "text MEANS criterion" in capsys.readouterr().out


def test_operators_check_names_file_line_and_the_nearest_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.yaml").write_text("cascade_id: mine\ncells:\n  - name: one\n    instruction: Say hello.\n")
    assert main(["operators", "check", "--cascades", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert re.search(r"mine\.yaml:4: .*instruction.*instructions", out)
    assert main(["operators", "check"]) == 0


def test_options_come_before_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from sqlserver.cli.options import settings_from

    monkeypatch.setenv("SQLSERVER_PORT", "1111")
    monkeypatch.setenv("SQLSERVER_HOST", "127.0.0.2")
    chosen = build_parser().parse_args(["serve", "sql", "--port", "2222", "--data-dir", str(tmp_path)])
    settings = settings_from(chosen)
    assert (settings.port, settings.host, settings.data_dir) == (2222, "127.0.0.2", tmp_path)
