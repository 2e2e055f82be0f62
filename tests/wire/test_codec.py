"""Messages survive the wire in both directions, however the stream is cut, and broken ones are refused."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.core.errors import ServerError
from sqlserver.wire import messages as m
from sqlserver.wire.decoder import BrokenStream, FrontendDecoder, decode_frame, decode_startup
from sqlserver.wire.encoder import encode
from tests.wire.client_codec import decode_stream, encode_frontend, framed, packet

STARTUP = [
    m.SslRequest(),
    m.GssEncRequest(),
    m.CancelRequest(7, b"abcd"),
    m.CancelRequest(-7, b"k" * 32),
    m.StartupMessage(0, {"user": "jörg", "database": "", "options": "-c a=b"}),
    m.StartupMessage(2, {}),
]
FRONTEND = [
    m.Query("select 'é'"),
    m.Parse("s", "select $1", (23, 0)),
    m.Bind("p", "s", (0, 1), (b"1", None), (1,)),
    m.Bind("", "", (), (), ()),
    m.Bind("", "", (1,), (b"", b"\0\1"), (0, 1, 0)),
    m.DescribeStatement("s"),
    m.DescribePortal(""),
    m.Execute("p", 10),
    m.CloseStatement("s"),
    m.ClosePortal("p"),
    m.Flush(),
    m.Sync(),
    m.Terminate(),
    m.PasswordMessage(b"secret\0"),
    m.CopyData(b"\0\xff"),
    m.CopyDone(),
    m.CopyFail("no"),
    m.FunctionCall(2147483649),
]
BACKEND = [
    m.AuthenticationOk(),
    m.NegotiateProtocolVersion(2, ("_pq_.a", "_pq_.b")),
    m.ParameterStatus("TimeZone", "UTC"),
    m.BackendKeyData(99, b"\0" * 32),
    m.ReadyForQuery("I"),
    m.ReadyForQuery("T"),
    m.ReadyForQuery("E"),
    m.RowDescription(()),
    m.RowDescription((m.FieldDescription("ä", 23, 4), m.FieldDescription("b", 25, -1, 7, 1, 3000000000, 2))),
    m.ParameterDescription((23, 4000000000)),
    m.CommandComplete("INSERT 0 5"),
    m.CopyInResponse(0, 3),
    m.CopyOutResponse(1, 0),
    m.ParseComplete(),
    m.BindComplete(),
    m.CloseComplete(),
    m.NoData(),
    m.EmptyQueryResponse(),
    m.PortalSuspended(),
    m.AuthenticationSasl(("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")),
    m.AuthenticationSaslContinue(b"r=abc,s=YQ==,i=4096"),
    m.AuthenticationSaslFinal(b"v=YQ=="),
    m.ErrorResponse("ERROR", "42601", "syntax error", "detail", "hint", 12, context="COPY t, line 3"),
    m.NoticeResponse("WARNING", "01000", "careful"),
    m.NotificationResponse(4711, "news", "it is here"),
]


@pytest.mark.parametrize("message", STARTUP, ids=repr)
def test_startup_packets_round_trip(message: object) -> None:
    decoder = FrontendDecoder()
    decoder.feed(encode_frontend(message))
    raw = decoder.next_packet()
    assert raw is not None
    assert decode_startup(raw) == message


@pytest.mark.parametrize("message", FRONTEND, ids=repr)
def test_frontend_messages_round_trip(message: object) -> None:
    decoder = FrontendDecoder()
    decoder.feed(encode_frontend(message))
    frame = decoder.next_frame()
    assert frame is not None
    assert decode_frame(*frame) == message
    assert decoder.buffered == 0


@pytest.mark.parametrize("message", BACKEND, ids=repr)
def test_backend_messages_round_trip(message: m.BackendMessage) -> None:
    assert decode_stream(encode(message)) == [message]


def test_the_answer_about_encryption_is_one_byte() -> None:
    assert (encode(m.EncryptionRefused()), encode(m.EncryptionAccepted())) == (b"N", b"S")


def test_every_message_of_the_module_is_covered() -> None:
    covered = {type(one) for one in [*STARTUP, *FRONTEND, *BACKEND, m.EncryptionRefused(), m.EncryptionAccepted()]}
    declared = {one for one in vars(m).values() if isinstance(one, type) and one.__module__ == m.__name__}
    assert declared - covered == {m.FieldDescription, m.Report}


STREAM = b"".join(encode_frontend(one) for one in FRONTEND)


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_any_split_of_the_stream_decodes_the_same(cuts: list[int]) -> None:
    decoder = FrontendDecoder()
    got = []
    bounds = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(bounds):
        decoder.feed(STREAM[start:end])
        while (frame := decoder.next_frame()) is not None:
            got.append(decode_frame(*frame))
    assert got == FRONTEND


def test_a_stream_larger_than_the_compaction_threshold_decodes_whole() -> None:
    decoder = FrontendDecoder(limit=1_000_000)
    bodies = [bytes([n % 256]) * (n * 997 % 90_000) for n in range(40)]
    decoder.feed(b"".join(framed(b"d", body) for body in bodies))
    assert [decoder.next_frame() for _ in bodies] == [(ord("d"), body) for body in bodies]


@given(st.sampled_from(sorted(b"QPBDECHSXFpdcf")), st.binary(max_size=60))
def test_random_bodies_decode_or_are_refused(kind: int, body: bytes) -> None:
    try:
        decode_frame(kind, body)
    except ServerError as fault:
        assert fault.sqlstate in {"08P01", "22021"}  # noqa: PT017 - some random bodies do decode


@given(st.binary(min_size=4, max_size=60))
def test_random_startup_packets_decode_or_are_refused(body: bytes) -> None:
    try:
        decode_startup(body)
    except ServerError as fault:
        assert fault.sqlstate in {"08P01", "22021", "0A000"}  # noqa: PT017 - some random packets do decode


@pytest.mark.parametrize(
    "raw",
    [
        b"\x01\0\0\0\x04",  # no such type
        b"Q\0\0\0\x03",  # shorter than its own length field
        b"Q\0\0\x27\x11",  # one more than allowed before authentication
        b"Q\xff\xff\xff\xff",
    ],
)
def test_broken_frames_end_the_stream(raw: bytes) -> None:
    decoder = FrontendDecoder()
    decoder.feed(raw)
    with pytest.raises(BrokenStream):
        decoder.next_frame()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("Q", b"no end"),
        ("Q", b"a\0b\0"),
        ("P", b"s\0q\0\0\x05"),
        ("B", b"p\0s\0\0\x02\0\0\0\0\0\0\0\0"),  # two formats for no parameters
        ("B", b"p\0s\0\0\0\0\x01\x7f\xff\xff\xff"),  # a value longer than the message
        ("D", b"X\0"),
        ("E", b"p\0"),
        ("S", b"x"),
    ],
)
def test_malformed_bodies_are_protocol_violations(kind: str, body: bytes) -> None:
    with pytest.raises(ServerError) as caught:
        decode_frame(ord(kind), body)
    assert (caught.value.sqlstate, caught.value.severity) == ("08P01", "ERROR")


def test_an_unknown_format_is_refused_by_its_number() -> None:
    with pytest.raises(ServerError, match="unsupported format code: 2") as caught:
        decode_frame(ord("B"), b"p\0s\0\0\x01\0\x02\0\0\0\0")
    assert caught.value.sqlstate == "22023"


@pytest.mark.parametrize("body", [b"user\0", b"user\0app\0", b"\0x\0\0", b"a\0b\0c\0\0"])
def test_malformed_startup_parameters_are_refused(body: bytes) -> None:
    with pytest.raises(BrokenStream):
        decode_startup(packet(3 << 16, body)[4:])
