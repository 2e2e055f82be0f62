"""The demo does what the README shows, and cleans up after itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import clean_environment

ROOT = Path(__file__).parent.parent.parent
DEMO = [sys.executable, str(ROOT / "demo" / "main_job.py")]


def readme_lines() -> list[str]:
    text = (ROOT / "README.md").read_text()
    block = text.split("<!-- demo: begin -->")[1].split("<!-- demo: end -->")[0]
    return [line.rstrip() for line in block.splitlines() if line.strip() and not line.startswith("```")]


def environment(tmp_path: Path, path: str | None = None) -> dict[str, str]:
    changed = {"TMPDIR": str(tmp_path)} | ({"PATH": path} if path is not None else {})
    return clean_environment() | changed


@pytest.mark.usefixtures("psql")
def test_every_line_the_readme_shows_comes_out_of_the_demo(tmp_path: Path) -> None:
    done = subprocess.run(
        DEMO, env=environment(tmp_path), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = {line.rstrip() for line in (done.stdout + done.stderr).splitlines()}
    shown = readme_lines()
    assert shown
    assert [line for line in shown if line not in said] == []
    assert list(tmp_path.iterdir()) == []


def test_without_psql_the_demo_uses_the_programs_own_client(tmp_path: Path) -> None:
    nothing_else = tmp_path / "bin"
    nothing_else.mkdir()
    done = subprocess.run(
        DEMO, env=environment(tmp_path, str(nothing_else)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "MARK 5" in done.stdout
    assert "Injected 5 training examples (recent strategy)" in done.stdout + done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_a_stopped_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    running = subprocess.Popen(
        DEMO, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert running.stdout is not None
    with running, running.stdout:
        for line in running.stdout:
            if line.startswith("listening on"):
                break
        os.kill(running.pid, signal.SIGINT)
        running.stdout.read()
    assert running.returncode == 130
    assert list(tmp_path.iterdir()) == []
