"""Who owns a data directory: one process at a time, told to the others by ``server.json``.

The lock (``server.lock``, flock) is the truth and ends with the process, however it ends; ``server.json`` (mode 0600)
says where the owner listens and carries a token by which the owner knows this machine's own commands.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlserver.core.errors import ServerError


@dataclass(frozen=True, slots=True)
class Owner:
    pid: int
    host: str
    port: int
    token: str


class Ownership:
    """Held from ``claim`` until its block ends."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self.token = secrets.token_urlsafe(24)

    def announce(self, host: str, port: int) -> None:
        """Writes ``server.json`` whole or not at all."""
        owner = Owner(os.getpid(), host, port, self.token)
        path = self._data_dir / "server.json"
        fresh = path.with_suffix(".json.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(owner), file)
        fresh.replace(path)


@contextmanager
def claim(data_dir: Path) -> Iterator[Ownership]:
    """Raises ServerError (55006) where another process owns the directory."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data_dir / "server.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = _read(data_dir)
            by = f" by process {owner.pid}, which listens on {owner.host}:{owner.port}" if owner else ""
            raise ServerError(
                f"the data directory is in use{by}",
                sqlstate="55006",
                hint="Stop that server, or choose another directory with --data-dir.",
            ) from None
        try:
            yield Ownership(data_dir)
        finally:
            (data_dir / "server.json").unlink(missing_ok=True)


def current_owner(data_dir: Path) -> Owner | None:
    """Who owns the directory now and can be reached; None where nobody does (a stale file counts as nobody)."""
    owner = _read(data_dir)
    if owner is None:
        return None
    try:
        with (data_dir / "server.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return owner
    except OSError:
        return None
    return None


def _read(data_dir: Path) -> Owner | None:
    try:
        return Owner(**json.loads((data_dir / "server.json").read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
