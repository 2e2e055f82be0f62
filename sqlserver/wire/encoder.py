"""Backend messages to bytes. Rows are not here: ``row_encoder`` writes DataRow streams a batch at a time.

Strings that end in a zero byte on the wire cannot hold one: it is dropped, as no peer could read past it.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any

from sqlserver.wire import messages as m

_INT16 = Struct("!H")
_INT32 = Struct("!i")
_FIELD_TAIL = Struct("!IhIhih")  # table, column number, type, size, modifier, format
_OID = Struct("!I")


def _cstring(text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if b"\0" in raw:
        raw = raw.replace(b"\0", b"")
    return raw + b"\0"


def _framed(kind: bytes, body: bytes) -> bytes:
    return kind + _INT32.pack(len(body) + 4) + body


def _negotiate(message: m.NegotiateProtocolVersion) -> bytes:
    version = _INT32.pack(3 << 16 | message.minor)
    names = b"".join(_cstring(name) for name in message.unknown_options)
    return _framed(b"v", version + _INT32.pack(len(message.unknown_options)) + names)


def _row_description(message: m.RowDescription) -> bytes:
    parts = [_INT16.pack(len(message.fields))]
    for f in message.fields:
        parts.append(_cstring(f.name))
        parts.append(_FIELD_TAIL.pack(f.table_oid, f.column_number, f.type_oid, f.type_size, f.type_modifier, f.format))
    return _framed(b"T", b"".join(parts))


def _parameter_description(message: m.ParameterDescription) -> bytes:
    oids = message.type_oids
    return _framed(b"t", _INT16.pack(len(oids)) + b"".join(_OID.pack(oid) for oid in oids))


def _report(kind: bytes) -> Callable[[m.Report], bytes]:
    def encode(report: m.Report) -> bytes:
        fields = [
            (b"S", report.severity),
            (b"V", report.severity),
            (b"C", report.sqlstate),
            (b"M", report.message),
            (b"D", report.detail),
            (b"H", report.hint),
            (b"P", None if report.position is None else str(report.position)),
            (b"W", report.context),
            (b"s", report.schema_name),
            (b"t", report.table_name),
            (b"c", report.column_name),
            (b"n", report.constraint_name),
            (b"R", report.routine),
        ]
        body = b"".join(code + _cstring(value) for code, value in fields if value is not None)
        return _framed(kind, body + b"\0")

    return encode


def _sasl(message: m.AuthenticationSasl) -> bytes:
    return _framed(b"R", _INT32.pack(10) + b"".join(map(_cstring, message.mechanisms)) + b"\0")


def _copy_response(kind: bytes) -> Callable[[m.CopyInResponse | m.CopyOutResponse], bytes]:
    def encode(message: m.CopyInResponse | m.CopyOutResponse) -> bytes:
        codes = _INT16.pack(message.format) * message.columns
        return _framed(kind, bytes((message.format,)) + _INT16.pack(message.columns) + codes)

    return encode


_READY = {status: _framed(b"Z", status.encode()) for status in "ITE"}


def _constant(encoded: bytes) -> Callable[[Any], bytes]:
    return lambda _message: encoded


_ENCODERS: dict[type, Callable[[Any], bytes]] = {
    m.EncryptionRefused: _constant(b"N"),
    m.AuthenticationOk: _constant(_framed(b"R", _INT32.pack(0))),
    m.EncryptionAccepted: _constant(b"S"),
    m.AuthenticationSasl: _sasl,
    m.AuthenticationSaslContinue: lambda x: _framed(b"R", _INT32.pack(11) + x.data),
    m.AuthenticationSaslFinal: lambda x: _framed(b"R", _INT32.pack(12) + x.data),
    m.NegotiateProtocolVersion: _negotiate,
    m.ParameterStatus: lambda x: _framed(b"S", _cstring(x.name) + _cstring(x.value)),
    m.BackendKeyData: lambda x: _framed(b"K", _INT32.pack(x.process_id) + x.secret_key),
    m.ReadyForQuery: lambda x: _READY[x.status],
    m.RowDescription: _row_description,
    m.ParameterDescription: _parameter_description,
    m.CommandComplete: lambda x: _framed(b"C", _cstring(x.tag)),
    m.ParseComplete: _constant(_framed(b"1", b"")),
    m.BindComplete: _constant(_framed(b"2", b"")),
    m.CloseComplete: _constant(_framed(b"3", b"")),
    m.NoData: _constant(_framed(b"n", b"")),
    m.EmptyQueryResponse: _constant(_framed(b"I", b"")),
    m.PortalSuspended: _constant(_framed(b"s", b"")),
    m.CopyInResponse: _copy_response(b"G"),
    m.CopyOutResponse: _copy_response(b"H"),
    m.CopyData: lambda x: _framed(b"d", x.data),
    m.CopyDone: _constant(_framed(b"c", b"")),
    m.ErrorResponse: _report(b"E"),
    m.NoticeResponse: _report(b"N"),
    m.NotificationResponse: lambda x: _framed(
        b"A", _INT32.pack(x.process_id) + _cstring(x.channel) + _cstring(x.payload)
    ),
}


def encode(message: m.BackendMessage) -> bytes:
    return _ENCODERS[type(message)](message)
