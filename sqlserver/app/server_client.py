"""A small PostgreSQL client for what talks to a running server of this product: simple queries, text results, notices.

Synchronous, on one socket; no TLS (the commands reach the server of their own data directory, on this machine).
Protocol 3.0, https://www.postgresql.org/docs/current/protocol-message-formats.html.
"""

from __future__ import annotations

import getpass
import logging
import socket
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlserver.app.owner import Owner
from sqlserver.core.errors import ServerError
from sqlserver.core.notice import Notice

log = logging.getLogger(__name__)

_PROTOCOL_3_0 = 196608


@dataclass(frozen=True, slots=True)
class TextResult:
    """One statement's result. ``columns`` is None for a statement that returns no rows."""

    tag: str
    columns: tuple[tuple[str, int], ...] | None = None
    """Name and type OID."""
    rows: Sequence[Sequence[str | None]] = ()


class ServerClient:
    """One connection. ``on_notice`` is called as notices arrive, before the result they belong to is complete."""

    def __init__(self, stream: socket.socket, on_notice: Callable[[Notice], None]) -> None:
        self._socket = stream
        self._incoming = stream.makefile("rb")
        self._on_notice = on_notice

    @classmethod
    def connect(
        cls,
        host: str,
        port: int,
        *,
        user: str,
        database: str,
        on_notice: Callable[[Notice], None],
        options: Mapping[str, str] | None = None,
        timeout: float = 10.0,
    ) -> ServerClient:
        """Raises ServerError where the server refuses, OSError where it cannot be reached."""
        stream = socket.create_connection((host, port), timeout)
        stream.settimeout(None)
        client = cls(stream, on_notice)
        try:
            client._start({"user": user, "database": database, "client_encoding": "UTF8", **(options or {})})
        except BaseException:
            client.close()
            raise
        return client

    def query(self, sql: str) -> Iterator[TextResult]:
        """Runs one or more statements and gives each result as it is complete.

        Raises the first error as a ServerError with the server's SQLSTATE, after the results before it.
        """
        self._send(b"Q", sql.encode() + b"\0")
        failure: ServerError | None = None
        columns: tuple[tuple[str, int], ...] | None = None
        rows: list[tuple[str | None, ...]] = []
        for kind, body in self._until_ready():
            if kind == b"T":
                columns, rows = _columns(body), []
            elif kind == b"D":
                rows.append(data_row(body))
            elif kind == b"C":
                yield TextResult(body[:-1].decode(), columns, rows)
                columns, rows = None, []
            elif kind == b"E" and failure is None:
                failure = _error(body)
        if failure is not None:
            raise failure

    def close(self) -> None:
        try:
            self._send(b"X", b"")
        except OSError:
            return  # the server went first; there is nobody to say goodbye to
        finally:
            self._incoming.close()
            self._socket.close()

    def _start(self, parameters: Mapping[str, str]) -> None:
        body = struct.pack("!I", _PROTOCOL_3_0)
        body += b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items()) + b"\0"
        self._socket.sendall(struct.pack("!I", len(body) + 4) + body)
        for kind, body in self._until_ready():
            if kind == b"E":
                raise _error(body)
            if kind == b"R" and struct.unpack("!I", body[:4])[0] != 0:
                raise ServerError("the server asks for a password", sqlstate="28000", hint="Connect with psql.")

    def _send(self, kind: bytes, body: bytes) -> None:
        self._socket.sendall(kind + struct.pack("!I", len(body) + 4) + body)

    def _until_ready(self) -> Iterator[tuple[bytes, bytes]]:
        """The messages before ReadyForQuery; notices go to their sink."""
        while True:
            header = self._read(5)
            kind, length = header[:1], struct.unpack("!I", header[1:])[0]
            body = self._read(length - 4)
            if kind == b"Z":
                return
            if kind == b"N":
                self._on_notice(_notice(body))
            else:
                yield kind, body

    def _read(self, count: int) -> bytes:
        data = self._incoming.read(count)
        if len(data) < count:
            raise ServerError("the server closed the connection", sqlstate="08006")
        return data


def _columns(body: bytes) -> tuple[tuple[str, int], ...]:
    """Names and type OIDs of a RowDescription."""
    (count,) = struct.unpack("!H", body[:2])
    columns = []
    at = 2
    for _ in range(count):
        end = body.index(b"\0", at)
        (oid,) = struct.unpack("!I", body[end + 7 : end + 11])  # after table OID (4) and attribute number (2)
        columns.append((body[at:end].decode(), oid))
        at = end + 19
    return tuple(columns)


def data_row(body: bytes) -> tuple[str | None, ...]:
    """The cells of a DataRow in text format, as text."""
    (count,) = struct.unpack("!H", body[:2])
    cells: list[str | None] = []
    at = 2
    for _ in range(count):
        (length,) = struct.unpack("!i", body[at : at + 4])
        at += 4
        if length < 0:
            cells.append(None)
        else:
            cells.append(body[at : at + length].decode())
            at += length
    return tuple(cells)


def _fields(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse or NoticeResponse by their one-letter codes."""
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


def _error(body: bytes) -> ServerError:
    fields = _fields(body)
    position = fields.get("P")
    return ServerError(
        fields.get("M", "unknown error"),
        detail=fields.get("D"),
        hint=fields.get("H"),
        position=int(position) if position else None,
        sqlstate=fields.get("C", "XX000"),
        context=fields.get("W"),
    )


def _notice(body: bytes) -> Notice:
    fields = _fields(body)
    return Notice(
        fields.get("M", ""),
        severity=fields.get("V") or fields.get("S", "NOTICE"),
        sqlstate=fields.get("C", "00000"),
        detail=fields.get("D"),
        hint=fields.get("H"),
    )


def connect_to_owner(owner: Owner) -> ServerClient:
    """A session in database ``default`` of the server that owns a data directory; notices go to the log."""
    return ServerClient.connect(
        owner.host,
        owner.port,
        user=operating_system_user(),
        database="default",
        on_notice=lambda notice: log.info("%s: %s", notice.severity, notice.message),
        options={"sqlserver.token": owner.token, "sqlserver.session": "sql"},
    )


def operating_system_user() -> str:
    """Who psql would connect as."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "sqlserver"
