"""Bytes that no client sends: nothing but an error may come of them, and the next client is served as before."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.core.errors import ServerError
from sqlserver.wire.decoder import FrontendDecoder, decode_frame, decode_sasl_initial, decode_startup
from tests.processes import PROGRAM, SqlServerProcess, clean_environment, run
from tests.wire.scenarios import SCENARIOS

KINDS = b"QPBDECHSXFpdcf"
FRAMES = st.tuples(st.sampled_from(KINDS), st.binary(max_size=64)).map(
    lambda frame: bytes([frame[0]]) + (len(frame[1]) + 4).to_bytes(4) + frame[1]
)


@given(st.one_of(st.binary(max_size=300), st.lists(FRAMES, max_size=8).map(b"".join)), st.integers(1, 50))
def test_any_stream_decodes_or_is_refused(stream: bytes, piece: int) -> None:
    decoder = FrontendDecoder()
    with suppress(ServerError):
        for start in range(0, len(stream), piece):
            decoder.feed(stream[start : start + piece])
            while (frame := decoder.next_frame()) is not None:
                with suppress(ServerError):
                    decode_frame(*frame)
    assert decoder.buffered <= len(stream)


@given(st.binary(min_size=4, max_size=200))
def test_any_startup_packet_decodes_or_is_refused(packet: bytes) -> None:
    with suppress(ServerError):
        decode_startup(packet)
    with suppress(ServerError):
        decode_startup(b"\0\3\0\0" + packet)


@given(st.binary(max_size=100))
def test_any_sasl_response_decodes_or_is_refused(body: bytes) -> None:
    with suppress(ServerError):
        mechanism, data = decode_sasl_initial(body)
        assert isinstance(mechanism, str)
        assert data is None or isinstance(data, bytes)


def broken(source: random.Random) -> bytes:
    """A recorded conversation with some bytes changed, cut, doubled or replaced by noise."""
    stream = bytearray(b"".join(turn.sent for turn in SCENARIOS[source.choice(sorted(SCENARIOS))]))
    for _ in range(source.randint(1, 6)):
        at = source.randrange(len(stream) + 1)
        match source.randrange(5):
            case 0:
                stream[at : at + 1] = source.randbytes(1)
            case 1:
                del stream[at : at + source.randint(1, 8)]
            case 2:
                stream[at:at] = source.randbytes(source.randint(1, 40))
            case 3:
                stream[at:at] = stream[at : at + 20]
            case 4:
                # A length field that promises more, or less, than there is.
                stream[at : at + 5] = source.choice(KINDS).to_bytes(1) + source.choice(
                    [b"\0\0\0\0", b"\0\0\0\3", b"\0\0\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff"]
                )
        if not stream:
            return source.randbytes(9)
    return bytes(stream)


def resident_megabytes(pid: int) -> float:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def throw(server: SqlServerProcess, source: random.Random, count: int) -> None:
    for _ in range(count):
        with socket.create_connection((server.host, server.port), 10) as stream:
            stream.settimeout(0.02)
            with suppress(OSError):
                stream.sendall(broken(source))
                while stream.recv(65536):
                    pass


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("authentication", ["trust", "scram"])
def test_2000_malformed_messages_leave_the_server_as_it_was(
    start_server: Callable[..., SqlServerProcess], tmp_path: Path, authentication: str
) -> None:
    added = run(
        [PROGRAM, "user", "add", "tester", "--role", "admin", "--data-dir", str(tmp_path / "data")],
        environment=clean_environment(), given="secret\n",
    )  # fmt: skip
    assert added.code == 0, added.err
    server = start_server(settings={"SQLSERVER_AUTHENTICATION": authentication})
    server.environment["PGPASSWORD"] = "secret"
    server.rows("CREATE DATABASE db;")
    source = random.Random(7)
    throw(server, source, 300)
    before = resident_megabytes(server.process.pid)
    throw(server, source, 2000)
    assert server.rows("SELECT 1;") == [["1"]]
    assert resident_megabytes(server.process.pid) - before < 40
    assert not [line for line in server.err if "incident" in line]
