"""Bytes to frontend messages, in any pieces the network gives them; no I/O.

Two steps, because a server that skips to Sync after an error must not look into what it skips:
``FrontendDecoder.next_packet``/``next_frame`` cut the stream, ``decode_startup``/``decode_frame`` read one piece.
A broken frame is fatal (the stream has no next message); a broken body is an ordinary error.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from struct import Struct, error, unpack_from

from sqlserver.core.errors import FeatureNotSupported, ProtocolViolation, ServerError
from sqlserver.wire import messages as m

STARTUP_LIMIT = 10_000  # PostgreSQL's MAX_STARTUP_PACKET_LENGTH; also holds until the client is authenticated

_LENGTH = Struct("!I")
_FRAME = Struct("!BI")
_INT32 = Struct("!i")

_CANCEL_CODE, _SSL_CODE, _GSS_CODE = 80877102, 80877103, 80877104


class BrokenStream(ProtocolViolation):
    """Where the next message starts is unknown: the connection ends."""

    severity = "FATAL"


class FrontendDecoder:
    """A growing buffer that gives whole packets. ``limit`` is the largest length field accepted, in bytes."""

    def __init__(self, limit: int = STARTUP_LIMIT) -> None:
        self.limit = limit
        self._buffer = bytearray()
        self._start = 0

    def feed(self, data: bytes) -> None:
        self._buffer += data

    @property
    def buffered(self) -> int:
        """Bytes received and not yet given out."""
        return len(self._buffer) - self._start

    def take_all(self) -> bytes:
        """What is buffered, for somebody else to read."""
        taken = bytes(self._buffer[self._start :])
        self._buffer.clear()
        self._start = 0
        return taken

    @property
    def first_byte(self) -> int | None:
        return self._buffer[self._start] if self.buffered else None

    def next_packet(self) -> bytes | None:
        """A start-up packet without its length, or None while it is incomplete."""
        if self.buffered < 4:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer, self._start)
        if not 8 <= length <= min(self.limit, STARTUP_LIMIT):
            raise BrokenStream("invalid length of startup packet")
        return self._cut(4, length)

    def next_frame(self) -> tuple[int, bytes] | None:
        """The type byte and body of the next message, or None while it is incomplete."""
        if len(self._buffer) - self._start < 5:
            return None
        kind, length = _FRAME.unpack_from(self._buffer, self._start)
        if kind not in _BODIES:
            raise BrokenStream(f"invalid frontend message type {kind}")
        if not 4 <= length <= self.limit:
            raise BrokenStream("invalid message length", detail=f"At most {self.limit} bytes are accepted.")
        body = self._cut(5, length + 1)
        return None if body is None else (kind, body)

    def _cut(self, header: int, total: int) -> bytes | None:
        end = self._start + total
        size = len(self._buffer)
        if size < end:
            return None
        body = bytes(self._buffer[self._start + header : end])
        if end == size:
            self._buffer.clear()
            self._start = 0
        elif end > 65536:  # moving the rest down for every small message of a pipeline would cost its square
            del self._buffer[:end]
            self._start = 0
        else:
            self._start = end
        return body


def decode_startup(packet: bytes) -> m.StartupPacket:
    """Raises ProtocolViolation, or 0A000 for a protocol that is not version 3. Both end the connection."""
    (code,) = _INT32.unpack_from(packet)
    if code == _SSL_CODE:
        return m.SslRequest()
    if code == _GSS_CODE:
        return m.GssEncRequest()
    if code == _CANCEL_CODE:
        # Protocol 3.2 allows keys of 4 to 256 bytes.
        if not 12 <= len(packet) <= 264:
            raise BrokenStream("invalid length of cancel request")
        return m.CancelRequest(_INT32.unpack_from(packet, 4)[0], packet[8:])
    major, minor = (code >> 16) & 0xFFFF, code & 0xFFFF
    if major != 3:
        raise FeatureNotSupported(f"unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.2")
    return m.StartupMessage(minor, _startup_parameters(packet))


def _startup_parameters(packet: bytes) -> dict[str, str]:
    if packet[-1:] != b"\0":
        raise BrokenStream("invalid startup packet layout: expected terminator as last byte")
    fields = packet[4:-1].split(b"\0")
    # Each name and value ends in a zero byte, so the split leaves one empty piece at the end.
    if len(fields) % 2 != 1 or fields[-1] or b"" in fields[:-1:2]:
        raise BrokenStream("invalid startup packet layout")
    texts = [_text(field) for field in fields[:-1]]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def decode_frame(kind: int, body: bytes) -> m.FrontendMessage:
    """Raises ProtocolViolation (08P01) where the body does not have its type's layout."""
    return _decode_again(kind, body) if kind in _SENT_AGAIN and len(body) <= _SHORT else _decode(kind, body)


def _decode(kind: int, body: bytes) -> m.FrontendMessage:
    try:
        return _BODIES[kind](body)
    except error as fault:
        raise ProtocolViolation("insufficient data left in message") from fault


_decode_again = lru_cache(maxsize=1024)(_decode)
_SENT_AGAIN = frozenset(b"DES")
"""A prepared statement is run by the same short messages each time. Not Bind: it may carry what nobody is to keep."""
_SHORT = 64


def decode_sasl_initial(body: bytes) -> tuple[str, bytes | None]:
    """SASLInitialResponse: the mechanism and the client's first message, None where it waits to be asked. 08P01."""
    try:
        mechanism, at = _cstring(body, 0)
        (length,) = _INT32.unpack_from(body, at)
        _whole(body, at + 4 + max(length, 0))
    except (error, ValueError) as fault:
        raise ProtocolViolation("malformed SASLInitialResponse message") from fault
    return mechanism, None if length < 0 else body[at + 4 :]


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as fault:
        raise ServerError('invalid byte sequence for encoding "UTF8"', sqlstate="22021") from fault


def _cstring(body: bytes, at: int) -> tuple[str, int]:
    end = body.find(b"\0", at)
    if end < 0:
        raise ProtocolViolation("invalid string in message")
    return _text(body[at:end]), end + 1


def _whole(body: bytes, end: int) -> None:
    if end != len(body):
        raise ProtocolViolation("invalid message format")


def _one_string(body: bytes) -> str:
    text, end = _cstring(body, 0)
    _whole(body, end)
    return text


def _parse(body: bytes) -> m.Parse:
    statement, at = _cstring(body, 0)
    sql, at = _cstring(body, at)
    (count,) = unpack_from("!H", body, at)
    oids = unpack_from(f"!{count}I", body, at + 2)
    _whole(body, at + 2 + 4 * count)
    return m.Parse(statement, sql, oids)


def _format_codes(body: bytes, at: int) -> tuple[tuple[int, ...], int]:
    (count,) = unpack_from("!H", body, at)
    codes = unpack_from(f"!{count}H", body, at + 2)
    if codes and max(codes) > 1:
        raise ServerError(f"unsupported format code: {max(codes)}", sqlstate="22023")
    return codes, at + 2 + 2 * count


def _bind(body: bytes) -> m.Bind:
    portal, at = _cstring(body, 0)
    statement, at = _cstring(body, at)
    formats, at = _format_codes(body, at)
    (count,) = unpack_from("!H", body, at)
    at += 2
    if len(formats) > 1 and len(formats) != count:
        raise ProtocolViolation(f"bind message has {len(formats)} parameter formats but {count} parameters")
    values: list[bytes | None] = []
    for _ in range(count):
        (length,) = _INT32.unpack_from(body, at)
        at += 4
        if length == -1:
            values.append(None)
            continue
        if not 0 <= length <= len(body) - at:
            raise ProtocolViolation("insufficient data left in message")
        values.append(body[at : at + length])
        at += length
    result_formats, at = _format_codes(body, at)
    _whole(body, at)
    return m.Bind(portal, statement, formats, tuple(values), result_formats)


def _target(
    message: str, statement: Callable[[str], m.FrontendMessage], portal: Callable[[str], m.FrontendMessage]
) -> Callable[[bytes], m.FrontendMessage]:
    choices = {b"S": statement, b"P": portal}

    def decode(body: bytes) -> m.FrontendMessage:
        choice = choices.get(body[:1])
        if choice is None:
            if not body:
                raise ProtocolViolation("no data left in message")
            raise ProtocolViolation(f"invalid {message} message subtype {body[0]}")
        return choice(_one_string(body[1:]))

    return decode


def _execute(body: bytes) -> m.Execute:
    portal, at = _cstring(body, 0)
    (limit,) = _INT32.unpack_from(body, at)
    _whole(body, at + 4)
    return m.Execute(portal, max(limit, 0))


def _function_call(body: bytes) -> m.FunctionCall:
    (function_oid,) = unpack_from("!I", body)
    return m.FunctionCall(function_oid)


def _bare(message: m.FrontendMessage) -> Callable[[bytes], m.FrontendMessage]:
    def decode(body: bytes) -> m.FrontendMessage:
        _whole(body, 0)
        return message

    return decode


_BODIES: dict[int, Callable[[bytes], m.FrontendMessage]] = {
    ord("Q"): lambda body: m.Query(_one_string(body)),
    ord("P"): _parse,
    ord("B"): _bind,
    ord("D"): _target("DESCRIBE", m.DescribeStatement, m.DescribePortal),
    ord("E"): _execute,
    ord("C"): _target("CLOSE", m.CloseStatement, m.ClosePortal),
    ord("H"): _bare(m.Flush()),
    ord("S"): _bare(m.Sync()),
    ord("X"): _bare(m.Terminate()),
    ord("F"): _function_call,
    ord("p"): m.PasswordMessage,
    ord("d"): m.CopyData,
    ord("c"): _bare(m.CopyDone()),
    ord("f"): lambda body: m.CopyFail(_one_string(body)),
}
