"""A client that reads a result as fast as a socket gives it: when its first row came, how long all took, how much."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Streamed:
    """Seconds, bytes, and the command tag."""

    first_row: float
    seconds: float
    size: int
    tag: str


def stream(url: str, sql: str, meanwhile: Callable[[], None]) -> Streamed:
    """Assumes that the server asks for no password. ``meanwhile`` is called after every megabyte or so."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 5432)) as sock:
        startup = b"\0\3\0\0user\0%s\0database\0%s\0\0" % ((parts.username or "").encode(), parts.path[1:].encode())
        sock.sendall((len(startup) + 4).to_bytes(4, "big") + startup)
        _until_ready(sock)
        query = sql.encode() + b"\0"
        start = time.perf_counter()
        sock.sendall(b"Q" + (len(query) + 4).to_bytes(4, "big") + query)
        first, size, end = 0.0, 0, b""
        while not end.endswith(b"Z\0\0\0\5I"):
            block = sock.recv(_BLOCK)
            if not block:
                raise RuntimeError("the server closed the connection")
            size += len(block)
            end = (end + block)[-200:] if len(block) < 200 else block[-200:]
            if not first and size > 200:  # RowDescription alone is shorter
                first = time.perf_counter() - start
            meanwhile()
        seconds = time.perf_counter() - start
        sock.sendall(b"X\0\0\0\4")
    tag = end[end.rindex(b"C\0\0\0") + 5 : -7].decode()
    return Streamed(first, seconds, size, tag)


def _until_ready(sock: socket.socket) -> None:
    received = b""
    while not received.endswith(b"Z\0\0\0\5I"):
        block = sock.recv(_BLOCK)
        if not block:
            raise RuntimeError("the server refused the connection")
        received += block


def resident(pid: int) -> float:
    """Megabytes of memory that a process holds."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:  # noqa: PTH123 - a file of the kernel's
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
