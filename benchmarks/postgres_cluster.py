"""A PostgreSQL cluster for the length of a benchmark: temporary folder, free port, unprivileged user.

Needs the server programs of Debian's or Ubuntu's ``postgresql`` package. initdb refuses to run as root; as root the
cluster belongs to ``postgres`` or ``nobody``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def programs() -> Path:
    """The newest installed version's ``bin`` folder. Raises FileNotFoundError with what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    raise FileNotFoundError("PostgreSQL's server programs are missing: apt-get install postgresql")


def unprivileged_user() -> str | None:
    """None where this process is not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres_cluster() -> Iterator[str]:
    """The connection URL of a running server with its default configuration, apart from port and socket folder."""
    bin_folder, user, port = programs(), unprivileged_user(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        if user is not None:
            shutil.chown(folder, user)
        data = Path(folder) / "data"
        quiet = {"cwd": folder, "user": user, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        # The locale is fixed so that sorting costs the same everywhere.
        initdb = [bin_folder / "initdb", "-D", data, "-U", "bench", "-A", "trust", "--no-locale", "-E", "UTF8"]
        subprocess.run(initdb, check=True, **quiet)
        command = [bin_folder / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder]
        server = subprocess.Popen(command, **quiet)
        try:
            url = f"postgresql://bench@127.0.0.1:{port}/postgres"
            wait_for(url, server)
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # fast shutdown
            server.wait(30)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                raise RuntimeError("the PostgreSQL server ended at once") from None
            time.sleep(0.1)
        else:
            return
