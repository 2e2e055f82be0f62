"""The client's half of the protocol, for tests: frontend messages to bytes, backend bytes to messages."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from typing import Any

from sqlserver.wire import messages as m


def cstring(text: str) -> bytes:
    return text.encode() + b"\0"


def framed(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def packet(code: int, body: bytes = b"") -> bytes:
    return struct.pack("!ii", len(body) + 8, code) + body


def counted(layout: str, values: Sequence[int]) -> bytes:
    return struct.pack(f"!H{len(values)}{layout}", len(values), *values)


def encode_frontend(message: Any) -> bytes:  # noqa: PLR0912 - one arm a message
    match message:
        case m.SslRequest():
            return packet(80877103)
        case m.GssEncRequest():
            return packet(80877104)
        case m.CancelRequest():
            return packet(80877102, struct.pack("!i", message.process_id) + message.secret_key)
        case m.StartupMessage():
            pairs = b"".join(cstring(name) + cstring(value) for name, value in message.parameters.items())
            return packet(3 << 16 | message.minor, pairs + b"\0")
        case m.Query():
            return framed(b"Q", cstring(message.sql))
        case m.Parse():
            return framed(
                b"P", cstring(message.statement) + cstring(message.sql) + counted("I", message.parameter_oids)
            )
        case m.Bind():
            values = b"".join(
                struct.pack("!i", -1) if raw is None else struct.pack("!i", len(raw)) + raw
                for raw in message.parameters
            )
            return framed(
                b"B",
                cstring(message.portal) + cstring(message.statement) + counted("H", message.parameter_formats)
                + struct.pack("!H", len(message.parameters)) + values + counted("H", message.result_formats),
            )  # fmt: skip
        case m.DescribeStatement() | m.CloseStatement():
            return framed(b"D" if isinstance(message, m.DescribeStatement) else b"C", b"S" + cstring(message.name))
        case m.DescribePortal() | m.ClosePortal():
            return framed(b"D" if isinstance(message, m.DescribePortal) else b"C", b"P" + cstring(message.name))
        case m.Execute():
            return framed(b"E", cstring(message.portal) + struct.pack("!i", message.row_limit))
        case m.Flush() | m.Sync() | m.Terminate() | m.CopyDone():
            return framed({m.Flush: b"H", m.Sync: b"S", m.Terminate: b"X", m.CopyDone: b"c"}[type(message)])
        case m.FunctionCall():
            return framed(b"F", struct.pack("!IHHH", message.function_oid, 0, 0, 0))
        case m.PasswordMessage():
            return framed(b"p", message.body)
        case m.CopyData():
            return framed(b"d", message.data)
        case m.CopyFail():
            return framed(b"f", cstring(message.message))
    raise TypeError(message)


def _strings(body: bytes) -> list[str]:
    return [part.decode() for part in body.split(b"\0")[:-1]]


def _report(body: bytes) -> dict[str, Any]:
    fields = {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}
    assert fields["S"] == fields["V"]
    assert fields.keys() <= set("SVCMDHPW")
    position = fields.get("P")
    return {
        "severity": fields["S"], "sqlstate": fields["C"], "message": fields["M"], "detail": fields.get("D"),
        "hint": fields.get("H"), "position": None if position is None else int(position),
        "context": fields.get("W"),
    }  # fmt: skip


def _fields(body: bytes) -> tuple[m.FieldDescription, ...]:
    fields, at = [], 2
    while at < len(body):
        end = body.index(b"\0", at)
        table, number, oid, size, modifier, code = struct.unpack_from("!IhIhih", body, end + 1)
        fields.append(m.FieldDescription(body[at:end].decode(), oid, size, modifier, code, table, number))
        at = end + 19
    return tuple(fields)


def _row(body: bytes) -> tuple[bytes | None, ...]:
    (count,) = struct.unpack_from("!H", body)
    values: list[bytes | None] = []
    at = 2
    for _ in range(count):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        values.append(None if length < 0 else body[at : at + length])
        at += max(length, 0)
    assert at == len(body)
    return tuple(values)


def _authentication(code: int, body: bytes) -> Any:
    match code:
        case 0:
            assert body == b""
            return m.AuthenticationOk()
        case 10:
            assert body[-2:] == b"\0\0"
            return m.AuthenticationSasl(tuple(_strings(body[:-1])))
        case 11:
            return m.AuthenticationSaslContinue(body)
        case 12:
            return m.AuthenticationSaslFinal(body)
    raise ValueError(code)


def decode_backend(kind: bytes, body: bytes) -> Any:  # noqa: PLR0912 - one arm a message
    """DataRow becomes a tuple of bytes or None."""
    bare = {
        b"1": m.ParseComplete, b"2": m.BindComplete, b"3": m.CloseComplete, b"n": m.NoData,
        b"I": m.EmptyQueryResponse, b"s": m.PortalSuspended, b"c": m.CopyDone,
    }  # fmt: skip
    if kind in bare:
        assert body == b""
        return bare[kind]()
    match kind:
        case b"D":
            return _row(body)
        case b"d":
            return m.CopyData(body)
        case b"G" | b"H":
            code, columns = struct.unpack_from("!bH", body)
            assert struct.unpack_from(f"!{columns}H", body, 3) == (code,) * columns
            return (m.CopyInResponse if kind == b"G" else m.CopyOutResponse)(code, columns)
        case b"C":
            return m.CommandComplete(_strings(body)[0])
        case b"Z":
            return m.ReadyForQuery(body.decode())
        case b"T":
            return m.RowDescription(_fields(body))
        case b"t":
            return m.ParameterDescription(struct.unpack_from(f"!{(len(body) - 2) // 4}I", body, 2))
        case b"E":
            return m.ErrorResponse(**_report(body))
        case b"N":
            return m.NoticeResponse(**_report(body))
        case b"A":
            return m.NotificationResponse(struct.unpack_from("!i", body)[0], *_strings(body[4:]))
        case b"S":
            return m.ParameterStatus(*_strings(body))
        case b"K":
            return m.BackendKeyData(struct.unpack_from("!i", body)[0], body[4:])
        case b"R":
            return _authentication(*struct.unpack_from("!i", body), body[4:])
        case b"v":
            version, count = struct.unpack_from("!ii", body)
            names = tuple(_strings(body[8:]))
            assert (version >> 16, count) == (3, len(names))
            return m.NegotiateProtocolVersion(version & 0xFFFF, names)
    raise ValueError(kind)


def decode_stream(raw: bytes) -> list[Any]:
    messages, at = [], 0
    while at < len(raw):
        (length,) = struct.unpack_from("!i", raw, at + 1)
        messages.append(decode_backend(raw[at : at + 1], raw[at + 5 : at + 1 + length]))
        at += 1 + length
    return messages


class WireClient:
    """Speaks raw messages over a socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.greeting: list[Any] = []

    @classmethod
    async def open(cls, address: tuple[str, int]) -> WireClient:
        return cls(*await asyncio.open_connection(*address))

    @classmethod
    async def connect(cls, address: tuple[str, int], minor: int = 0, **parameters: str) -> WireClient:
        client = await cls.open(address)
        client.send(m.StartupMessage(minor, {"user": "app", "database": "db"} | parameters))
        client.greeting = await client.until(m.ReadyForQuery)
        return client

    @property
    def key(self) -> m.BackendKeyData:
        return next(one for one in self.greeting if isinstance(one, m.BackendKeyData))

    def send(self, *messages: Any) -> None:
        self.writer.write(b"".join(one if isinstance(one, bytes) else encode_frontend(one) for one in messages))

    async def receive(self) -> Any:
        kind = await self.reader.readexactly(1)
        (length,) = struct.unpack("!i", await self.reader.readexactly(4))
        return decode_backend(kind, await self.reader.readexactly(length - 4))

    async def until(self, last: type) -> list[Any]:
        messages = [await self.receive()]
        while not isinstance(messages[-1], last):
            messages.append(await self.receive())
        return messages

    async def ask(self, *messages: Any) -> list[Any]:
        """All answers up to ReadyForQuery."""
        self.send(*messages)
        return await self.until(m.ReadyForQuery)

    async def rest(self) -> list[Any]:
        """All that comes until the server closes the connection."""
        return decode_stream(await self.reader.read())

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()
