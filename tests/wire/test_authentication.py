"""SCRAM and TLS as real clients see them, over fake sessions."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest

from sqlserver.core.scram_verifier import ScramVerifier
from sqlserver.wire import messages as m
from sqlserver.wire.authentication import EntryRules, FailureDelays, is_loopback
from sqlserver.wire.certificate import CertificateFiles, end_point
from tests.certificates import CertificatePaths, make_certificate
from tests.wire.client_codec import WireClient
from tests.wire.conftest import RunningServer, StartServer

PASSWORD = "sesam öffne dich"


class KnownUsers:
    """``ada`` may log in, ``bob`` has a password and may not."""

    def __init__(self) -> None:
        self._verifiers: Mapping[str, ScramVerifier] = {name: ScramVerifier.of(PASSWORD) for name in ("ada", "bob")}

    def login_verifier(self, user: str) -> tuple[ScramVerifier, bool]:
        known = self._verifiers.get(user)
        return (ScramVerifier.dummy(user, b"key"), False) if known is None else (known, user == "ada")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> CertificatePaths:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def guarded(start_wire: StartServer, certificate: CertificatePaths) -> RunningServer:
    files = CertificateFiles(certificate.certificate, certificate.key)
    return await start_wire(rules=EntryRules(accounts=KnownUsers(), certificate=files))


def conninfo(wire: RunningServer, **options: str) -> str:
    host, port = wire.address
    given = {"host": host, "port": str(port), "user": "ada", "dbname": "db", "password": PASSWORD} | options
    return psycopg.conninfo.make_conninfo(**given)


async def run_psql(binary: str, wire: RunningServer, **options: str) -> tuple[str, str]:
    process = await asyncio.create_subprocess_exec(
        binary, conninfo(wire, **options), "-X", "-A", "-t", "-w", "-c", "numbers 2",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return out.decode(), err.decode()


@pytest.mark.parametrize(
    "options",
    [{"sslmode": "disable"}, {"sslmode": "require"}, {"sslmode": "verify-full", "host": "localhost"},
     {"sslmode": "require", "channel_binding": "require"}, {"sslmode": "require", "channel_binding": "disable"},
     {"sslmode": "require", "ssl_min_protocol_version": "TLSv1.2", "ssl_max_protocol_version": "TLSv1.2"}],
    ids=str,
)  # fmt: skip
async def test_psql_gets_in_with_the_password(
    psql: str, guarded: RunningServer, certificate: CertificatePaths, options: dict[str, str]
) -> None:
    out, err = await run_psql(psql, guarded, sslrootcert=str(certificate.authority), **options)
    assert (out, err) == ("0\n1\n", "")
    assert guarded.session.request.user == "ada"
    assert not guarded.session.request.trusted


@pytest.mark.parametrize("options", [{"password": "wrong"}, {"user": "nobody"}, {"user": "bob"}], ids=str)
async def test_everybody_else_hears_the_same(psql: str, guarded: RunningServer, options: dict[str, str]) -> None:
    user = options.get("user", "ada")
    async with asyncio.timeout(20):
        with pytest.raises(psycopg.OperationalError, match=f'password authentication failed for user "{user}"'):
            await psycopg.AsyncConnection.connect(conninfo(guarded, **options))
    assert guarded.factory.sessions == []


async def test_another_authority_is_not_believed_by_the_client(
    psql: str, guarded: RunningServer, tmp_path: Path
) -> None:
    stranger = make_certificate(tmp_path)
    _, err = await run_psql(psql, guarded, sslmode="verify-full", host="localhost", sslrootcert=str(stranger.authority))
    assert "certificate verify failed" in err


@pytest.mark.parametrize("encrypted", [False, True])
async def test_psycopg_and_asyncpg_get_in(
    guarded: RunningServer, certificate: CertificatePaths, encrypted: bool
) -> None:
    async with await psycopg.AsyncConnection.connect(
        conninfo(guarded, sslmode="require" if encrypted else "disable"), autocommit=True
    ) as connection:
        assert await (await connection.execute("numbers 2")).fetchall() == [(0,), (1,)]
        assert connection.pgconn.ssl_in_use is encrypted
    context = ssl.create_default_context(cafile=certificate.authority) if encrypted else False
    host, port = "localhost" if encrypted else guarded.address[0], guarded.address[1]
    other = await asyncpg.connect(host=host, port=port, user="ada", database="db", password=PASSWORD, ssl=context)
    assert [row["n"] for row in await other.fetch("numbers 2")] == [0, 1]
    await other.close()


async def test_rows_and_a_cancel_go_through_the_tunnel(guarded: RunningServer) -> None:
    async with await psycopg.AsyncConnection.connect(conninfo(guarded, sslmode="require")) as connection:
        await connection.set_autocommit(True)
        rows = await (await connection.execute("wide 20000")).fetchall()
        assert (len(rows), len(rows[0][0])) == (20000, 1000)
        waiting = asyncio.create_task(connection.execute("wait"))
        await guarded.session.waiting.wait()
        await connection.cancel_safe()
        with pytest.raises(psycopg.errors.QueryCanceled):
            await waiting


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_the_end_point_is_hashed_as_the_certificate_is_signed(tmp_path: Path, digest: str) -> None:
    import hashlib

    paths = make_certificate(tmp_path, digest=digest)
    der = ssl.PEM_cert_to_DER_cert(paths.certificate.read_text())
    assert end_point(der) == hashlib.new(digest, der).digest()
    assert end_point(der[:40]) is None


async def test_a_new_certificate_is_used_without_a_restart(psql: str, start_wire: StartServer, tmp_path: Path) -> None:
    def take(name: str) -> CertificatePaths:
        made = make_certificate(tmp_path, name)
        for source, target in ((made.certificate, "server.crt"), (made.key, "server.key")):
            source.replace(tmp_path / target)
        return made

    first = take("first")
    files = CertificateFiles(tmp_path / "server.crt", tmp_path / "server.key")
    wire = await start_wire(rules=EntryRules(certificate=files))

    async def reaches(authority: Path) -> bool:
        _, err = await run_psql(psql, wire, sslmode="verify-full", host="localhost", sslrootcert=str(authority))
        return not err

    assert await reaches(first.authority)
    second = take("second")
    assert await reaches(second.authority)
    assert not await reaches(first.authority)
    (tmp_path / "server.key").write_text("broken")
    assert await reaches(second.authority)


async def test_plaintext_sent_before_the_handshake_is_not_taken_for_encrypted(guarded: RunningServer) -> None:
    client = await guarded.open()
    client.send(m.SslRequest(), m.StartupMessage(0, {"user": "ada", "database": "db"}))
    (told,) = await client.rest()
    assert (told.severity, told.sqlstate) == ("FATAL", "08P01")
    assert told.message == "received unencrypted data after SSL request"


async def test_tls_older_than_1_2_is_refused(guarded: RunningServer) -> None:
    with pytest.raises(psycopg.OperationalError):
        await psycopg.AsyncConnection.connect(
            conninfo(guarded, sslmode="require", ssl_min_protocol_version="TLSv1", ssl_max_protocol_version="TLSv1.1")
        )
    await guarded.open()


async def test_a_handshake_that_fails_harms_nobody(guarded: RunningServer) -> None:
    client = await guarded.open()
    client.send(m.SslRequest())
    assert await client.reader.readexactly(1) == b"S"
    client.send(b"\x16\x03\x01\x00\x05hello, this is no handshake")
    await client.reader.read()
    async with await psycopg.AsyncConnection.connect(conninfo(guarded)):
        pass


async def test_without_a_certificate_encryption_is_refused(start_wire: StartServer) -> None:
    wire = await start_wire(rules=EntryRules(accounts=KnownUsers()))
    with pytest.raises(psycopg.OperationalError, match="does not support SSL"):
        await psycopg.AsyncConnection.connect(conninfo(wire, sslmode="require"))
    async with await psycopg.AsyncConnection.connect(conninfo(wire)):
        pass


async def test_whoever_brings_the_token_needs_no_password(start_wire: StartServer) -> None:
    rules = EntryRules(accounts=KnownUsers(), vouched=lambda request: request.options.get("token") == "right")
    wire = await start_wire(rules=rules)
    await wire.connect(token="right")
    assert wire.session.request.trusted
    client = await wire.open()
    client.send(m.StartupMessage(0, {"user": "ada", "database": "db", "token": "left"}))
    assert isinstance(await client.receive(), m.AuthenticationSasl)


@pytest.mark.parametrize(
    "sent",
    [m.Query("numbers 1"), m.PasswordMessage(b"SCRAM-SHA-1\0" + b"\0\0\0\1x"), m.PasswordMessage(b""),
     m.PasswordMessage(b"SCRAM-SHA-256\0" + b"\0\0\0\x09x"), m.PasswordMessage(PASSWORD.encode() + b"\0"),
     m.PasswordMessage(b"SCRAM-SHA-256\0" + b"\0\0\0\x02ab"), b"p\0\0\x4e\x20"],
    ids=str,
)  # fmt: skip
async def test_what_is_no_sasl_response_ends_the_connection(start_wire: StartServer, sent: Any) -> None:
    wire = await start_wire(rules=EntryRules(accounts=KnownUsers()))
    client = await wire.open()
    client.send(m.StartupMessage(0, {"user": "ada", "database": "db"}))
    assert await client.receive() == m.AuthenticationSasl(("SCRAM-SHA-256",))
    client.send(sent)
    told = (await client.rest())[-1]
    assert (told.severity, told.sqlstate) == ("FATAL", "08P01")
    assert wire.factory.sessions == []


async def test_a_client_may_wait_to_be_asked_for_its_first_message(start_wire: StartServer) -> None:
    wire = await start_wire(rules=EntryRules(accounts=KnownUsers()))
    client = await wire.open()
    client.send(m.StartupMessage(0, {"user": "ada"}), m.PasswordMessage(b"SCRAM-SHA-256\0\xff\xff\xff\xff"))
    assert await client.receive() == m.AuthenticationSasl(("SCRAM-SHA-256",))
    assert await client.receive() == m.AuthenticationSaslContinue(b"")
    client.send(m.PasswordMessage(b"n,,n=,r=abc"))
    assert (await client.receive()).data.startswith(b"r=abc")


async def test_a_client_that_does_not_answer_is_dropped(start_wire: StartServer) -> None:
    wire = await start_wire(rules=EntryRules(accounts=KnownUsers(), timeout=0.2))
    silent, waiting = await wire.open(), await wire.open()
    waiting.send(m.StartupMessage(0, {"user": "ada"}))
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await silent.receive()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await waiting.until(m.ReadyForQuery)
    assert wire.factory.sessions == []


async def test_strangers_need_tls(start_wire: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlserver.wire.channel import Channel

    wire = await start_wire(rules=EntryRules(tls_for_strangers=True))
    await wire.connect()
    monkeypatch.setattr(Channel, "peer", property(lambda _: "203.0.113.7"))
    client = await wire.open()
    client.send(m.StartupMessage(0, {"user": "ada"}))
    (told,) = await client.rest()
    assert (told.sqlstate, "203.0.113.7" in told.message) == ("28000", True)


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.168.0.1", False), ("::ffff:10.0.0.1", False), ("example.org", False),
     ("", False), ("fe80::1%eth0", False)],
)  # fmt: skip
def test_loopback(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


def test_failures_from_one_address_wait_longer_each_time_and_are_forgotten() -> None:
    now = [0.0]
    delays = FailureDelays(lambda: now[0])
    assert [delays.failed("a") for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0]
    assert delays.failed("b") == 0.1
    now[0] = 61.0
    assert delays.failed("a") == 0.1


async def test_connections_are_limited_by_address_and_by_user(start_wire: StartServer) -> None:
    wire = await start_wire(max_connections_per_address=3, max_connections_per_user=2)
    one = await wire.connect(user="ada")
    await wire.connect(user="ada")

    async def refusal(user: str) -> str:
        client = await wire.open()
        client.send(m.StartupMessage(0, {"user": user}))
        told = (await client.rest())[-1]
        assert told.sqlstate == "53300"
        message: str = told.message
        return message

    assert await refusal("ada") == 'too many connections for role "ada"'
    await wire.connect(user="bob")
    assert await refusal("eve") == 'too many connections from "127.0.0.1"'
    one.send(m.Terminate())
    await one.rest()
    await wire.connect(user="ada")


async def test_a_client_that_reads_slowly_through_the_tunnel_is_waited_for(
    certificate: CertificatePaths, start_wire: StartServer
) -> None:
    files = CertificateFiles(certificate.certificate, certificate.key)
    wire = await start_wire(rules=EntryRules(certificate=files))
    client = await wire.open()
    client.send(m.SslRequest())
    assert await client.reader.readexactly(1) == b"S"
    context = ssl.create_default_context(cafile=certificate.authority)
    await client.writer.start_tls(context, server_hostname="localhost")
    client.send(m.StartupMessage(0, {"user": "ada", "database": "db"}))
    await client.until(m.ReadyForQuery)
    client.send(m.Query("wide 200000"))  # 200 MB
    made = -1
    while made != wire.session.rows_made:
        made = wire.session.rows_made
        await asyncio.sleep(0.3)
    assert 0 < made < 50_000
    assert len(await client.until(m.ReadyForQuery)) == 200_003


@pytest.mark.parametrize("protocols", [["postgresql"], ["http/1.1", "postgresql"], []])
async def test_a_connection_may_begin_with_the_handshake(
    certificate: CertificatePaths, protocols: list[str], start_wire: StartServer
) -> None:
    wire = await start_wire(rules=EntryRules(certificate=CertificateFiles(certificate.certificate, certificate.key)))
    context = ssl.create_default_context(cafile=certificate.authority)
    if protocols:
        context.set_alpn_protocols(protocols)
    client = WireClient(*await asyncio.open_connection("localhost", wire.address[1], ssl=context))
    wire.clients.append(client)
    client.send(m.StartupMessage(0, {"user": "ada", "database": "db"}))
    if protocols:
        await client.until(m.ReadyForQuery)
        assert len(await client.ask(m.Query("wide 1000"))) == 1003
    else:
        (told,) = await client.rest()
        assert "without ALPN" in told.message


async def test_a_handshake_in_pieces_works_as_well(certificate: CertificatePaths, start_wire: StartServer) -> None:
    wire = await start_wire(rules=EntryRules(certificate=CertificateFiles(certificate.certificate, certificate.key)))
    context = ssl.create_default_context(cafile=certificate.authority)
    context.set_alpn_protocols(["postgresql"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tunnel = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    reader, writer = await asyncio.open_connection(*wire.address)
    while True:
        try:
            tunnel.do_handshake()
        except ssl.SSLWantReadError:
            for byte in outgoing.read():
                writer.write(bytes([byte]))
                await asyncio.sleep(0.0005)
            incoming.write(await reader.read(65536))
        else:
            break
    assert tunnel.selected_alpn_protocol() == "postgresql"
    writer.transport.abort()
