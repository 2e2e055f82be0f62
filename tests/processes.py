"""The real server and the loopback endpoint as child processes, for tests and benchmarks, and a real psql.

Assumes that ``sqlserver`` is installed in the interpreter that runs the tests. Nothing listens on a fixed port, and
leaving the ``with`` block stops the process.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import Any, Self

import psycopg

START_SECONDS = 60  # a cold start imports two engines on a machine that may run other tests
PROGRAM = str(Path(sys.executable).parent / "sqlserver")


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without the settings that would change what a test sees, plus ``extra``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SQLSERVER_", "PG"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return kept | {"PATH": path, "PGCONNECT_TIMEOUT": "10", "PYTHONUNBUFFERED": "1"} | dict(extra or {})


class ChildProcess:
    """A program that says ``listening on ADDRESS`` on stdout; both its streams are kept as text."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path | None = None) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=dict(environment), cwd=cwd,
        )  # fmt: skip
        self.out: list[str] = []
        self.err: list[str] = []
        self._fresh: Queue[str | None] = Queue()
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.out, True), daemon=True),
            threading.Thread(target=self._read, args=(self.process.stderr, self.err, False), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Any, lines: list[str], announce: bool) -> None:
        for line in stream:
            lines.append(line)
            if announce:
                self._fresh.put(line)
        if announce:
            self._fresh.put(None)

    def address(self) -> str:
        """What stands behind ``listening on``. Raises RuntimeError with stderr where the program ends instead."""
        while True:
            try:
                line = self._fresh.get(timeout=START_SECONDS)
            except Empty:
                line = None
            if line is None:
                self.stop(signal.SIGKILL)
                raise RuntimeError(f"the process did not start listening\n{''.join(self.out)}{''.join(self.err)}")
            found = re.match(r"listening on (\S+)", line)
            if found:
                return found[1]

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Sends the signal, waits, closes the pipes; the exit code."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(how)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return self.process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


class EndpointProcess(ChildProcess):
    """``tests.openai_server`` by itself: ``base_url``, ``requests()``, ``behave(…)``, ``reset()``."""

    def __init__(self, latency: float = 0.0) -> None:
        root = Path(__file__).parent.parent
        command = [sys.executable, "-m", "tests.openai_server", "--port", "0", "--latency", str(latency)]
        super().__init__(command, clean_environment(), cwd=root)
        self.base_url = self.address()

    def requests(self) -> list[dict[str, Any]]:
        """The bodies of all requests since the last ``reset``."""
        found: list[dict[str, Any]] = self._ask("requests")["requests"]
        return found

    def count(self) -> int:
        return int(self._ask("requests")["count"])

    def system_messages(self) -> list[str]:
        return [
            "".join(message["content"] for message in body["messages"] if message["role"] == "system")
            for body in self.requests()
        ]

    def behave(self, **fields: Any) -> None:
        self._ask("behave", fields)

    def reset(self) -> None:
        self._ask("reset", {})

    def settings(self) -> dict[str, str]:
        """The environment that makes a server use this endpoint."""
        return {
            "SQLSERVER_LLM_BASE_URL": self.base_url,
            "SQLSERVER_LLM_API_KEY": "not-a-secret",
            "SQLSERVER_LLM_MODEL": "test-model",
        }

    def _ask(self, what: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        root = self.base_url.removesuffix("/v1")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{root}/{what}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            answer: dict[str, Any] = json.load(reply)
        return answer


@dataclass(frozen=True, slots=True)
class Output:
    """What a program wrote. ``rows`` are stdout's lines split at ``|`` (psql's unaligned format)."""

    out: str
    err: str
    code: int

    @property
    def rows(self) -> list[list[str]]:
        return [line.split("|") for line in self.out.splitlines()]


def run(command: Sequence[str], *, environment: Mapping[str, str], given: str = "", timeout: float = 90) -> Output:
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, env=dict(environment), timeout=timeout, check=False
    )
    return Output(done.stdout, done.stderr, done.returncode)


class SqlServerProcess(ChildProcess):
    """``sqlserver serve sql`` on a free port over ``data_dir``; ``settings`` are environment variables."""

    def __init__(self, data_dir: Path, *options: str, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.environment = clean_environment(settings)
        super().__init__(
            [PROGRAM, "serve", "sql", "--port", "0", "--data-dir", str(data_dir), *options], self.environment
        )
        host, _, port = self.address().rpartition(":")
        self.host, self.port = host.strip("[]"), int(port)

    def url(self, database: str = "default") -> str:
        return f"postgresql://tester@{self.host}:{self.port}/{database}"

    def psql(self, sql: str, *options: str, database: str = "default", timeout: float = 90) -> Output:
        """Runs a script through psql's stdin, one session, unaligned and without headers; stops at the first error."""
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *options, self.url(database)]
        return run(command, environment=self.environment, given=sql, timeout=timeout)

    def rows(self, sql: str) -> list[list[str]]:
        """psql's rows; an error fails the test with its words."""
        done = self.psql(sql)
        assert done.code == 0, done.err
        return done.rows

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(), autocommit=True, **options)

    def command(self, *arguments: str, given: str = "", timeout: float = 90) -> Output:
        """Another ``sqlserver`` command on the same data directory and settings."""
        environment = self.environment | {"SQLSERVER_DATA_DIR": str(self.data_dir)}
        return run([PROGRAM, *arguments], environment=environment, given=given, timeout=timeout)
