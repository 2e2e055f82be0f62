"""The dialogue before a session exists: encryption requests, cancel requests, the startup packet, authentication."""

from __future__ import annotations

from dataclasses import dataclass

from sqlserver.core.client_session import StartupRequest
from sqlserver.core.errors import ProtocolViolation
from sqlserver.wire.authentication import EntryRules, FailureDelays, authenticate, refuse_plaintext
from sqlserver.wire.cancel import CancelRegistry
from sqlserver.wire.certificate import ALPN, Certificate
from sqlserver.wire.channel import Channel
from sqlserver.wire.decoder import BrokenStream, decode_startup
from sqlserver.wire.messages import (
    AuthenticationOk,
    CancelRequest,
    EncryptionAccepted,
    EncryptionRefused,
    GssEncRequest,
    SslRequest,
    StartupMessage,
)
from sqlserver.wire.startup import negotiate, startup_request

_TLS_HANDSHAKE = 0x16  # a record's first byte; a startup packet of that length is not accepted


@dataclass(frozen=True, slots=True)
class Arrival:
    """A startup packet, and the certificate the connection is encrypted with, None where it is not."""

    startup: StartupMessage
    certificate: Certificate | None


async def receive_startup(channel: Channel, cancels: CancelRegistry, rules: EntryRules) -> Arrival | None:
    """The startup packet, or None after a CancelRequest: then the connection has done its work."""
    answered: set[type] = set()
    certificate: Certificate | None = None
    if rules.certificate is not None and await channel.first_byte() == _TLS_HANDSHAKE:
        certificate = rules.certificate.current()
        await _encrypt_directly(channel, certificate)
    while True:
        packet = decode_startup(await channel.next_packet())
        match packet:
            case SslRequest() | GssEncRequest():
                if type(packet) in answered or certificate is not None:
                    raise ProtocolViolation("encryption was already settled on this connection")
                answered.add(type(packet))
                if isinstance(packet, SslRequest) and rules.certificate is not None:
                    certificate = rules.certificate.current()
                    await _encrypt(channel, certificate)
                else:
                    channel.send(EncryptionRefused())
                    channel.flush()
            case CancelRequest():
                cancels.cancel(packet.process_id, packet.secret_key)
                return None
            case StartupMessage():
                return Arrival(packet, certificate)


async def _encrypt_directly(channel: Channel, certificate: Certificate) -> None:
    """PostgreSQL 17's ``sslnegotiation=direct``: the connection begins with the handshake, which must name the protocol
    so that no client of another one is talked into speaking to a database."""
    await channel.start_tls(certificate.context)
    if channel.agreed_protocol != ALPN:
        raise BrokenStream("received direct SSL connection request without ALPN protocol negotiation extension")


async def _encrypt(channel: Channel, certificate: Certificate) -> None:
    """Refuses what was sent before the handshake: read afterwards, it would count as encrypted (CVE-2021-23214)."""
    if channel.decoder.buffered:
        raise BrokenStream(
            "received unencrypted data after SSL request",
            detail="This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.",
        )
    channel.send(EncryptionAccepted())
    channel.flush()
    await channel.start_tls(certificate.context)


async def agree(
    channel: Channel, arrival: Arrival, rules: EntryRules, delays: FailureDelays
) -> tuple[int, StartupRequest]:
    """Settles the protocol's minor version and lets the client in.

    Raises what ``startup_request`` and ``authenticate`` raise, 28000 for a stranger without TLS.
    """
    minor, negotiation = negotiate(arrival.startup)
    request = startup_request(arrival.startup)
    refuse_plaintext(channel, arrival.certificate is not None, rules)
    if negotiation is not None:
        channel.send(negotiation)
    end_point = None if arrival.certificate is None else arrival.certificate.end_point
    request = await authenticate(channel, request, end_point, rules, delays)
    channel.send(AuthenticationOk())
    return minor, request
