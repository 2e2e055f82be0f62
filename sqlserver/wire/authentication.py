"""Who a client is: nobody's business on loopback, otherwise proved by SCRAM-SHA-256.

The answer to a wrong password, to a user who is not there and to one who may not log in is the same, at the same step.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from sqlserver.core.client_session import StartupRequest
from sqlserver.core.errors import InvalidAuthorization, ProtocolViolation, ServerError
from sqlserver.core.scram_verifier import ScramVerifier
from sqlserver.wire.certificate import CertificateFiles
from sqlserver.wire.channel import Channel
from sqlserver.wire.decoder import decode_sasl_initial
from sqlserver.wire.messages import AuthenticationSasl, AuthenticationSaslContinue, AuthenticationSaslFinal
from sqlserver.wire.scram import ScramServer, WrongProof

_log = logging.getLogger(__name__)

_PASSWORD_MESSAGE = ord("p")
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 2.0
_FORGOTTEN_AFTER = 60.0
_MOST_ADDRESSES = 10_000


class Accounts(Protocol):
    def login_verifier(self, user: str) -> tuple[ScramVerifier, bool]:
        """What to check a password against, a dummy where the user is not there, and whether the right password would
        let the user in."""
        ...


@dataclass(frozen=True, slots=True)
class EntryRules:
    """Who is let in, and how.

    ``accounts`` None asks nobody for a password. ``vouched`` tells the clients that need none: this machine's own
    commands, by their token. ``tls_for_strangers``: a client from another machine must use TLS. ``timeout`` in seconds
    is for everything before the session opens.
    """

    accounts: Accounts | None = None
    certificate: CertificateFiles | None = None
    tls_for_strangers: bool = False
    vouched: Callable[[StartupRequest], bool] = lambda _request: False
    timeout: float = 10.0


class FailureDelays:
    """A wait after each failed attempt, longer with each one from the same address; forgotten after a quiet minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def failed(self, address: str) -> float:
        """Notes one more failure; the seconds to wait before it is answered."""
        count, last = self._failures.pop(address, (0, 0.0))
        now = self._clock()
        count = 1 if now - last > _FORGOTTEN_AFTER else count + 1
        self._failures[address] = (count, now)
        if len(self._failures) > _MOST_ADDRESSES:
            self._failures.popitem(last=False)
        return min(_FIRST_DELAY * 2.0 ** min(count - 1, 10), _LONGEST_DELAY)


async def authenticate(
    channel: Channel, request: StartupRequest, end_point: bytes | None, rules: EntryRules, delays: FailureDelays
) -> StartupRequest:
    """The request, with ``trusted`` set where no password was needed. 28P01, 28000, 08P01."""
    if rules.accounts is None or rules.vouched(request):
        return replace(request, trusted=True)
    verifier, may_log_in = rules.accounts.login_verifier(request.user)
    server = ScramServer(verifier, end_point=end_point)
    last = await _exchange(channel, server)
    if last is None or not may_log_in:
        _log.warning('password authentication failed for user "%s" from %s', request.user, channel.peer or "?")
        await asyncio.sleep(delays.failed(channel.peer))
        raise ServerError(f'password authentication failed for user "{request.user}"', sqlstate="28P01")
    channel.send(AuthenticationSaslFinal(last))
    return replace(request, trusted=False)


async def _exchange(channel: Channel, server: ScramServer) -> bytes | None:
    """The message that proves the server to the client; None where the client's own proof is wrong."""
    channel.send(AuthenticationSasl(server.mechanisms))
    mechanism, first = decode_sasl_initial(await _response(channel))
    server.choose(mechanism)
    if first is None:
        channel.send(AuthenticationSaslContinue(b""))
        first = await _response(channel)
    channel.send(AuthenticationSaslContinue(server.answer_first(first)))
    final = await _response(channel)
    try:
        return server.answer_final(final)
    except WrongProof:
        return None


async def _response(channel: Channel) -> bytes:
    channel.flush()
    kind, body = await channel.next_frame()
    if kind != _PASSWORD_MESSAGE:
        raise ProtocolViolation(f"expected SASL response, got message type {kind}")
    return body


def refuse_plaintext(channel: Channel, encrypted: bool, rules: EntryRules) -> None:
    """28000 where the client is on another machine and does not use TLS."""
    if rules.tls_for_strangers and not encrypted and not channel.from_this_machine and not is_loopback(channel.peer):
        raise InvalidAuthorization(
            f'connections from "{channel.peer}" must be encrypted', hint="Connect with sslmode=require or stricter."
        )


def is_loopback(address: str) -> bool:
    """Whether an address, or the name ``localhost``, means this machine alone."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address == "localhost"
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback
