"""Transcripts: what a client sent, byte for byte, and what a server answered, one message a line.

A transcript is a list of turns. In each the client sends bytes and then reads up to where it has to stop:
ReadyForQuery, a number of messages, or the end of the connection. What differs between two servers that both keep to
the protocol is left out when an answer is written down, and named here:

* process id and secret key of BackendKeyData; values of ParameterStatus at the start (the names are compared);
* table OID and column number of RowDescription: this server's columns carry none;
* an error's file, line and routine, its detail and hint, and the text where it names the engine (``OWN_WORDS``).
"""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent / "transcripts"

Until = Literal["ready", "closed", "byte"] | int
"""``byte`` is the answer to a request for encryption; a number counts messages."""

OWN_WORDS = frozenset({"42601", "42703", "42883", "22P02", "22012", "0A000", "28000", "22P04"})
"""SQLSTATEs whose text is the engine's or names what the engine supports; all others must say what PostgreSQL says."""

_TYPES = {
    b"1": "ParseComplete", b"2": "BindComplete", b"3": "CloseComplete", b"n": "NoData", b"I": "EmptyQueryResponse",
    b"s": "PortalSuspended", b"c": "CopyDone",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    sent: bytes
    until: Until
    answers: tuple[str, ...] = ()


def save(name: str, turns: list[Turn]) -> None:
    content = [{"sent": turn.sent.decode("latin-1"), "until": turn.until, "answers": turn.answers} for turn in turns]
    (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load(name: str) -> list[Turn]:
    content = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return [Turn(one["sent"].encode("latin-1"), one["until"], tuple(one["answers"])) for one in content]


def played(turns: list[Turn], address: tuple[str, int], timeout: float = 10.0) -> list[Turn]:
    """The same turns with this server's answers, on one connection."""
    with socket.create_connection(address, timeout) as stream:
        reader = stream.makefile("rb")
        found = []
        for turn in turns:
            stream.sendall(turn.sent)
            found.append(Turn(turn.sent, turn.until, tuple(_answers(reader, turn.until))))
        reader.close()
        return found


def _answers(reader: Any, until: Until) -> list[str]:
    if until == "byte":
        return [reader.read(1).decode()]
    lines: list[str] = []
    statuses: list[str] = []
    while not isinstance(until, int) or len(lines) < until:
        try:
            header = reader.read(5)
        except ConnectionError:
            header = b""
        if len(header) < 5:
            lines.append("closed")
            break
        kind = header[:1]
        body = reader.read(struct.unpack("!i", header[1:])[0] - 4)
        if kind == b"S" and lines[-1:] != ["ReadyForQuery I"]:
            statuses.append(body.split(b"\0")[0].decode())
            continue
        if kind == b"K":
            lines.append(f"ParameterStatus {', '.join(sorted(statuses))}")
            statuses.clear()
        lines.append(_line(kind, body))
        if kind == b"Z" and until == "ready":
            break
    return lines


def _line(kind: bytes, body: bytes) -> str:
    if kind in _TYPES:
        return _TYPES[kind]
    match kind:
        case b"K":
            return "BackendKeyData"
        case b"Z":
            return f"ReadyForQuery {body.decode()}"
        case b"C":
            return f"CommandComplete {body[:-1].decode()}"
        case b"D":
            return f"DataRow {_row(body)}"
        case b"T":
            return f"RowDescription {_fields(body)}"
        case b"t":
            return f"ParameterDescription {list(struct.unpack_from(f'!{(len(body) - 2) // 4}I', body, 2))}"
        case b"E" | b"N":
            return f"{'ErrorResponse' if kind == b'E' else 'NoticeResponse'} {_report(body)}"
        case b"R":
            return _authentication(body)
        case b"G" | b"H":
            return f"{'CopyInResponse' if kind == b'G' else 'CopyOutResponse'} {body.hex()}"
        case b"d":
            return f"CopyData {body!r}"
        case _:
            return f"{kind!r} {body!r}"


def _authentication(body: bytes) -> str:
    (code,) = struct.unpack_from("!i", body)
    if code == 10:
        return f"AuthenticationSASL {body[4:-2].decode().split(chr(0))}"
    return f"Authentication {code}"


def _row(body: bytes) -> list[str | None]:
    values: list[str | None] = []
    at = 2
    while at < len(body):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        values.append(None if length < 0 else body[at : at + length].decode("latin-1"))
        at += max(length, 0)
    return values


def _fields(body: bytes) -> list[tuple[str, int, int, int, int]]:
    """Name, type OID, type size, type modifier and format."""
    fields, at = [], 2
    while at < len(body):
        end = body.index(b"\0", at)
        _, _, oid, size, modifier, code = struct.unpack_from("!IhIhih", body, end + 1)
        fields.append((body[at:end].decode(), oid, size, modifier, code))
        at = end + 19
    return fields


def _report(body: bytes) -> str:
    fields = {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}
    parts = [fields["S"], fields["C"]]
    if fields["C"] not in OWN_WORDS:
        parts.append(fields["M"])
    if "P" in fields:
        parts.append(f"at {fields['P']}")
    return " ".join(parts)
