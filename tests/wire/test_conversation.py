"""What the server answers, message by message."""

from __future__ import annotations

import asyncio
import logging
import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlserver.wire import messages as m
from sqlserver.wire.server import WireServer
from tests.wire.client_codec import cstring, encode_frontend, framed, packet
from tests.wire.conftest import RunningServer, StartServer
from tests.wire.fake_session import FakeFactory

IDLE, ACTIVE, FAILED = (m.ReadyForQuery(status) for status in "ITE")


def kinds(messages: list[object]) -> list[str]:
    """Names of the messages, rows as ``row``."""
    return ["row" if isinstance(one, tuple) else type(one).__name__ for one in messages]


def errors(messages: list[object]) -> list[str]:
    return [one.sqlstate for one in messages if isinstance(one, m.ErrorResponse)]


def bound(sql: str, limit: int = 0, name: str = "") -> list[object]:
    return [m.Parse("", sql, ()), m.Bind(name, "", (), (), ()), m.Execute(name, limit)]


# ---- start-up ----


@pytest.mark.parametrize(("minor", "key_length"), [(0, 4), (2, 32)])
async def test_startup_ends_in_ready_with_a_key_of_the_versions_length(
    wire: RunningServer, minor: int, key_length: int
) -> None:
    client = await wire.connect(minor)
    assert kinds(client.greeting) == ["AuthenticationOk", *["ParameterStatus"] * 3, "BackendKeyData", "ReadyForQuery"]
    assert len(client.key.secret_key) == key_length


@pytest.mark.parametrize(
    ("minor", "parameters", "answer"),
    [
        (3, {}, m.NegotiateProtocolVersion(2, ())),
        (9999, {"_pq_.a": "1"}, m.NegotiateProtocolVersion(2, ("_pq_.a",))),
        (0, {"_pq_.b": "x"}, m.NegotiateProtocolVersion(0, ("_pq_.b",))),
    ],
)
async def test_newer_minor_versions_and_unknown_options_are_negotiated(
    wire: RunningServer, minor: int, parameters: dict[str, str], answer: object
) -> None:
    client = await wire.connect(minor, **parameters)
    assert client.greeting[0] == answer
    assert (await client.ask(m.Query("numbers 1")))[-1] == IDLE


async def test_encryption_is_refused_with_one_byte_each_and_the_startup_goes_on(wire: RunningServer) -> None:
    client = await wire.open()
    for request in (m.GssEncRequest(), m.SslRequest()):
        client.send(request)
        assert await client.reader.readexactly(1) == b"N"
    client.send(m.StartupMessage(0, {"user": "app"}))
    assert (await client.until(m.ReadyForQuery))[-1] == IDLE
    assert wire.session.request.database == "app"


async def test_settings_come_from_options_and_from_parameters_of_their_own(wire: RunningServer) -> None:
    await wire.connect(options=r"-c a=1 -cB=x\ y --search-path=p -c application_name=lost", application_name="won")
    assert wire.session.request.options == {"a": "1", "b": "x y", "search_path": "p", "application_name": "won"}


@pytest.mark.parametrize(
    ("raw", "sqlstate"),
    [
        (packet(2 << 16, b"\0"), "0A000"),
        (packet(3 << 16, b"\0"), "28000"),
        (packet(3 << 16, b"user\0app\0database\0missing\0\0"), "3D000"),
        (packet(3 << 16, b"user\0app\0options\0-B 7\0\0"), "42601"),
        (packet(3 << 16, b"user\0app\0replication\0database\0\0"), "0A000"),
        (packet(3 << 16, b"user\0app"), "08P01"),
        (b"GET / HTTP/1.1\r\n\r\n", "08P01"),
        (struct.pack("!i", 10_001), "08P01"),
        (packet(80877102, b"\0" * 600), "08P01"),
    ],
)
async def test_a_startup_that_cannot_be_is_fatal(wire: RunningServer, raw: bytes, sqlstate: str) -> None:
    client = await wire.open()
    client.send(raw)
    last = (await client.rest())[-1]
    assert (last.severity, last.sqlstate) == ("FATAL", sqlstate)


async def test_a_client_too_many_is_told_so_until_another_leaves(start_wire: StartServer) -> None:
    wire = await start_wire(max_connections=1)
    first = await wire.connect()
    second = await wire.open()
    second.send(m.StartupMessage(0, {"user": "app"}))
    assert errors(await second.rest()) == ["53300"]
    first.send(m.Terminate())
    await first.rest()
    await wire.connect()


# ---- simple query ----


async def test_several_statements_have_a_result_each(wire: RunningServer) -> None:
    client = await wire.connect()
    answers = await client.ask(m.Query("numbers 2; begin; numbers 0"))
    assert answers == [
        m.RowDescription((m.FieldDescription("n", 23, 4),)), (b"0",), (b"1",), m.CommandComplete("SELECT 2"),
        m.CommandComplete("BEGIN"),
        m.RowDescription((m.FieldDescription("n", 23, 4),)), m.CommandComplete("SELECT 0"),
        ACTIVE,
    ]  # fmt: skip


async def test_an_empty_query_has_its_own_answer(wire: RunningServer) -> None:
    client = await wire.connect()
    assert await client.ask(m.Query("")) == [m.EmptyQueryResponse(), IDLE]


async def test_an_error_carries_its_fields_and_ends_the_text(wire: RunningServer) -> None:
    client = await wire.connect()
    assert await client.ask(m.Query("begin; fail; numbers 1")) == [
        m.CommandComplete("BEGIN"),
        m.ErrorResponse("ERROR", "42601", "syntax error", "there", "write better", 3),
        FAILED,
    ]
    assert errors(await client.ask(m.Query("numbers 1"))) == ["25P02"]
    assert (await client.ask(m.Query("rollback")))[-1] == IDLE


async def test_a_changed_setting_is_reported_before_ready(wire: RunningServer) -> None:
    client = await wire.connect()
    assert await client.ask(m.Query("set TimeZone=Asia/Kolkata")) == [
        m.CommandComplete("SET"),
        m.ParameterStatus("TimeZone", "Asia/Kolkata"),
        IDLE,
    ]
    assert kinds(await client.ask(m.Query("notice a"))) == ["NoticeResponse", "CommandComplete", "ReadyForQuery"]


async def test_a_notice_arrives_while_the_statement_still_runs(wire: RunningServer) -> None:
    client = await wire.connect()
    client.send(m.Query("notice-wait"))
    assert await client.receive() == m.NoticeResponse("NOTICE", "00000", "hello")
    wire.session.cancel()
    assert errors(await client.until(m.ReadyForQuery)) == ["57014"]


async def test_a_bug_shows_the_client_a_number_and_the_log_the_rest(
    wire: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    client = await wire.connect()
    with caplog.at_level(logging.ERROR):
        error, ready = await client.ask(m.Query("bug"))
    assert (error.sqlstate, error.message, ready) == ("XX000", "internal error", IDLE)
    assert "secret" not in repr(error)
    assert "RuntimeError" not in repr(error)
    [record] = caplog.records
    assert record.exc_info
    assert error.detail.split()[1] in record.getMessage()
    assert (await client.ask(m.Query("numbers 0")))[-1] == IDLE


# ---- extended query ----


async def test_a_pipeline_is_answered_in_order(wire: RunningServer) -> None:
    client = await wire.connect()
    answers = await client.ask(
        m.Parse("s", "numbers 1", ()), m.DescribeStatement("s"), m.Bind("p", "s", (), (), (1,)), m.DescribePortal("p"),
        m.Execute("p", 0), m.ClosePortal("p"), m.CloseStatement("s"), m.Sync(),
    )  # fmt: skip
    assert answers == [
        m.ParseComplete(), m.ParameterDescription(()), m.RowDescription((m.FieldDescription("n", 23, 4),)),
        m.BindComplete(), m.RowDescription((m.FieldDescription("n", 23, 4, -1, 1),)),
        (b"\0\0\0\0",), m.CommandComplete("SELECT 1"), m.CloseComplete(), m.CloseComplete(), IDLE,
    ]  # fmt: skip


async def test_a_statement_without_rows_describes_as_no_data(wire: RunningServer) -> None:
    client = await wire.connect()
    answers = await client.ask(*bound("begin")[:2], m.DescribePortal(""), m.Execute("", 0), m.Sync())
    assert answers[2:] == [m.NoData(), m.CommandComplete("BEGIN"), ACTIVE]


async def test_flush_sends_what_is_ready_without_ending_the_pipeline(wire: RunningServer) -> None:
    client = await wire.connect()
    client.send(*bound("numbers 1"), m.Flush())
    assert kinds(await client.until(m.CommandComplete)) == ["ParseComplete", "BindComplete", "row", "CommandComplete"]
    assert "sync" not in wire.session.calls


async def test_after_an_error_all_is_skipped_up_to_sync(wire: RunningServer) -> None:
    client = await wire.connect()
    answers = await client.ask(
        *bound("numbers 1"), m.Parse("", "fail", ()), framed(b"B", b"broken"), m.Query("numbers 5"),
        *bound("numbers 7"), m.Sync(),
    )  # fmt: skip
    assert kinds(answers)[-2:] == ["ErrorResponse", "ReadyForQuery"]
    assert errors(answers) == ["42601"]
    assert wire.session.calls == ["parse numbers 1", "run numbers 1", "parse fail", "fail", "sync"]
    assert kinds(await client.ask(*bound("numbers 1"), m.Sync()))[-2:] == ["CommandComplete", "ReadyForQuery"]


async def test_a_commit_that_fails_at_sync_is_an_error_before_ready(wire: RunningServer) -> None:
    client = await wire.connect()
    answers = await client.ask(*bound("unfit"), m.Sync())
    assert kinds(answers)[-3:] == ["CommandComplete", "ErrorResponse", "ReadyForQuery"]
    assert errors(answers) == ["40001"]
    assert wire.session.calls == ["fail"]
    assert errors(await client.ask(*bound("numbers 1"), m.Sync())) == []


async def test_every_sync_is_answered(wire: RunningServer) -> None:
    client = await wire.connect()
    client.send(m.Sync(), m.Sync(), m.Sync())
    assert [await client.receive() for _ in range(3)] == [IDLE] * 3


async def test_a_portal_is_suspended_at_its_limit_and_goes_on(wire: RunningServer) -> None:
    client = await wire.connect()
    again = m.Execute("p", 12)
    answers = await client.ask(m.Query("begin"))
    answers = await client.ask(m.Parse("", "numbers 24", ()), m.Bind("p", "", (), (), ()), again, m.Sync())
    assert kinds(answers)[2:] == [*["row"] * 12, "PortalSuspended", "ReadyForQuery"]
    assert wire.session.rows_made == 20  # no further than needed
    answers = await client.ask(again, again, m.Sync())
    assert [one for one in answers if isinstance(one, tuple)] == [(str(n).encode(),) for n in range(12, 24)]
    # A limit met exactly suspends; only the next Execute finds the end.
    assert answers[12:] == [m.PortalSuspended(), m.CommandComplete("SELECT 0"), ACTIVE]


@pytest.mark.parametrize(
    ("message", "sqlstate"),
    [
        (encode_frontend(m.Bind("", "nope", (), (), ())), "26000"),
        (encode_frontend(m.DescribePortal("nope")), "34000"),
        (encode_frontend(m.Execute("nope", 0)), "34000"),
        (framed(b"P", b"x"), "08P01"),
        (framed(b"Q", b"\xff\0"), "22021"),
        (encode_frontend(m.FunctionCall(1)), "0A000"),
    ],
)
async def test_an_error_leaves_the_connection_usable(wire: RunningServer, message: bytes, sqlstate: str) -> None:
    client = await wire.connect()
    ends_itself = message[:1] in {b"Q", b"F"}
    client.send(message, *([] if ends_itself else [m.Sync()]))
    assert errors(await client.until(m.ReadyForQuery)) == [sqlstate]
    assert kinds(await client.ask(m.Query("numbers 1")))[-2:] == ["CommandComplete", "ReadyForQuery"]


async def test_copy_data_out_of_place_is_ignored(wire: RunningServer) -> None:
    client = await wire.connect()
    answers = await client.ask(*[m.CopyData(b"x")] * 3, m.CopyDone(), m.CopyFail("x"), m.Query("numbers 0"))
    assert kinds(answers) == ["RowDescription", "CommandComplete", "ReadyForQuery"]


async def test_binary_parameters_ask_for_their_types_only_when_the_client_gave_none(wire: RunningServer) -> None:
    client = await wire.connect()
    raw = struct.pack("!i", 41)
    for oids, asked in (((23,), 0), ((0,), 1), ((), 1)):
        wire.session.calls.clear()
        answers = await client.ask(
            m.Parse("s", "echo int4", oids), m.Bind("", "s", (1,), (raw,), ()), m.Execute("", 0), m.Sync()
        )
        assert (b"41",) in answers
        assert wire.session.calls.count("describe s") == asked


# ---- limits, cancel, disconnect, shutdown ----


async def test_a_message_over_the_limit_is_refused_before_it_is_read(start_wire: StartServer) -> None:
    wire = await start_wire(max_message_bytes=20_000)
    client = await wire.connect()
    assert kinds(await client.ask(m.Query("numbers 1" + " " * 15_000)))[-1] == "ReadyForQuery"
    client.send(b"Q" + struct.pack("!i", 20_001))
    [error] = await client.rest()
    assert (error.severity, error.sqlstate) == ("FATAL", "08P01")


@pytest.mark.parametrize("minor", [0, 2])
async def test_a_cancel_request_with_the_right_key_stops_the_statement(wire: RunningServer, minor: int) -> None:
    client = await wire.connect(minor)
    client.send(m.Query("wait"))
    await wire.session.waiting.wait()
    for key in (b"\0" * 4, client.key.secret_key[:-1] + b"\0\0", client.key.secret_key):
        other = await wire.open()
        other.send(m.CancelRequest(client.key.process_id, key))
        assert await other.reader.read() == b""
    assert errors(await client.until(m.ReadyForQuery)) == ["57014"]
    assert wire.session.calls.count("cancel") == 1


async def test_a_client_that_vanishes_cancels_its_statement_and_closes_its_session(wire: RunningServer) -> None:
    client = await wire.connect()
    client.send(m.Query("wait"))
    await wire.session.waiting.wait()
    await client.close()
    await asyncio.wait_for(wire.session.closed.wait(), 5)
    assert "cancel" in wire.session.calls


async def test_a_client_that_vanishes_is_noticed_behind_a_full_read_ahead(wire: RunningServer) -> None:
    client = await wire.connect()
    client.send(m.Query("wait"))
    await wire.session.waiting.wait()
    client.send(framed(b"Q", cstring("x" * 1_100_000)))
    await asyncio.sleep(0.1)
    client.writer.transport.abort()
    await asyncio.wait_for(wire.session.closed.wait(), 5)


async def test_a_slow_reader_holds_the_producer_back(wire: RunningServer) -> None:
    client = await wire.connect()
    client.reader._transport.pause_reading()  # type: ignore[attr-defined]
    client.send(m.Query("wide 100000"))
    made = -1
    while made != wire.session.rows_made:
        made = wire.session.rows_made
        await asyncio.sleep(0.3)
    assert 0 < made < 50_000
    client.reader._transport.resume_reading()  # type: ignore[attr-defined]
    answers = await client.until(m.ReadyForQuery)
    assert answers[-2] == m.CommandComplete("SELECT 100000")


async def test_a_fatal_error_of_the_session_ends_the_connection(wire: RunningServer) -> None:
    client = await wire.connect()
    client.send(m.Query("die"))
    [error] = await client.rest()
    assert (error.severity, error.sqlstate) == ("FATAL", "57P01")
    assert wire.session.closed.is_set()


async def test_stopping_tells_idle_clients_and_lets_the_working_one_end(wire: RunningServer) -> None:
    idle, working = await wire.connect(), await wire.connect()
    working.send(m.Query("wait"))
    await wire.session.waiting.wait()
    stop = asyncio.create_task(wire.server.stop(30))
    assert errors(await idle.rest()) == ["57P01"]
    assert not stop.done()
    wire.session.cancel()
    assert errors(await working.rest()) == ["57014", "57P01"]
    await stop
    assert all(session.closed.is_set() for session in wire.factory.sessions)


async def test_stopping_cancels_what_outlasts_the_grace(wire: RunningServer) -> None:
    client = await wire.connect()
    client.send(m.Query("wait"))
    await wire.session.waiting.wait()
    await wire.server.stop(0)
    [error] = await client.rest()
    assert (error.severity, error.sqlstate) == ("FATAL", "57P01")
    assert error.message == "terminating connection due to administrator command"


async def test_who_comes_while_the_server_stops_is_told_so(wire: RunningServer) -> None:
    working = await wire.connect()
    working.send(m.Query("wait"))
    await wire.session.waiting.wait()
    stop = asyncio.create_task(wire.server.stop(30))
    late = await wire.open()
    late.send(m.StartupMessage(0, {"user": "late"}))
    [error] = await late.rest()
    assert (error.severity, error.sqlstate, error.message) == ("FATAL", "57P03", "the database system is shutting down")
    wire.session.cancel()
    await working.rest()
    await stop


# ---- random bytes ----

_FRAMES = st.tuples(st.sampled_from(b"QPBDECHSFpdcf"), st.binary(max_size=30)).map(
    lambda f: framed(bytes([f[0]]), f[1])
)
_SOUND = st.sampled_from([encode_frontend(one) for one in [m.Query("numbers 3"), m.Sync(), *bound("numbers 3")]])
_PIECES = st.lists(st.one_of(st.binary(max_size=30), _FRAMES, _SOUND), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.booleans(), _PIECES)
def test_random_bytes_never_reach_the_internal_error(started: bool, pieces: list[bytes]) -> None:
    async def converse() -> bytes:
        wire = RunningServer(
            server := WireServer(factory := FakeFactory()), factory, await server.start("127.0.0.1", 0)
        )
        try:
            client = await (wire.connect() if started else wire.open())
            client.send(*pieces)
            if started:
                client.send(m.Terminate())
            else:
                client.writer.write_eof()
            # A frame that promises more than comes keeps the server waiting: that is right too.
            with suppress(TimeoutError):
                return await asyncio.wait_for(client.reader.read(), 0.3)
            return b""
        finally:
            for one in wire.clients:
                one.writer.transport.abort()
            await server.stop(0)
            assert all(session.closed.is_set() for session in factory.sessions)

    assert b"XX000" not in asyncio.run(converse())
