"""The dialogue before a session exists: encryption requests, cancel requests, the startup packet, authentication."""

from __future__ import annotations

from sqlserver.core.client_session import StartupRequest
from sqlserver.core.errors import ProtocolViolation
from sqlserver.wire.cancel import CancelRegistry
from sqlserver.wire.channel import Channel
from sqlserver.wire.decoder import decode_startup
from sqlserver.wire.messages import (
    AuthenticationOk,
    CancelRequest,
    EncryptionRefused,
    GssEncRequest,
    SslRequest,
    StartupMessage,
)
from sqlserver.wire.startup import negotiate, startup_request


async def receive_startup(channel: Channel, cancels: CancelRegistry) -> StartupMessage | None:
    """The startup packet, or None after a CancelRequest: then the connection has done its work."""
    answered: set[type] = set()
    while True:
        packet = decode_startup(await channel.next_packet())
        match packet:
            case SslRequest() | GssEncRequest():
                if type(packet) in answered:
                    raise ProtocolViolation("encryption was already refused on this connection")
                answered.add(type(packet))
                channel.send(EncryptionRefused())
                channel.flush()
            case CancelRequest():
                cancels.cancel(packet.process_id, packet.secret_key)
                return None
            case StartupMessage():
                return packet


def agree(channel: Channel, startup: StartupMessage) -> tuple[int, StartupRequest]:
    """Settles the protocol's minor version and lets the client in. Raises what ``startup_request`` raises."""
    minor, negotiation = negotiate(startup)
    request = startup_request(startup)
    if negotiation is not None:
        channel.send(negotiation)
    channel.send(AuthenticationOk())
    return minor, request
