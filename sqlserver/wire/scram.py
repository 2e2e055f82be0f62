"""The server's half of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, 5929, 7677); no I/O.

Errors are PostgreSQL's. A user who is not there is led through the whole exchange with a dummy verifier, and fails
where a wrong password fails. User names inside the messages are ignored, as in PostgreSQL: the startup packet's counts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlserver.core.errors import FeatureNotSupported, InvalidAuthorization, ProtocolViolation
from sqlserver.core.scram_verifier import ScramVerifier

PLAIN, PLUS = "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"
_BINDING = "tls-server-end-point"
_NONCE_LENGTH = 18  # bytes before base64, as PostgreSQL sends
_PRINTABLE = re.compile(r"[!-+\--~]+")  # 0x21 to 0x7e without the comma


class WrongProof(Exception):
    """The password is not the user's, or there is no such user."""


class ScramServer:
    """One exchange. ``end_point`` is the hash of the server's certificate, None where the connection has no TLS or the
    certificate no hash; ``nonce`` is for tests."""

    def __init__(self, verifier: ScramVerifier, *, end_point: bytes | None = None, nonce: str | None = None) -> None:
        self._verifier = verifier
        self._end_point = end_point
        self._own_nonce = nonce or base64.b64encode(secrets.token_bytes(_NONCE_LENGTH)).decode()
        self._nonce = ""
        self._header = ""
        self._bound = False
        self._first_bare = ""
        self._server_first = ""

    @property
    def mechanisms(self) -> tuple[str, ...]:
        return (PLUS, PLAIN) if self._end_point is not None else (PLAIN,)

    def choose(self, mechanism: str) -> None:
        """08P01 for one that was not offered."""
        if mechanism not in self.mechanisms:
            raise ProtocolViolation("client selected an invalid SASL authentication mechanism")
        self._bound = mechanism == PLUS

    def answer_first(self, message: bytes) -> bytes:
        """client-first-message to server-first-message."""
        with _well_formed():
            flag, authorization, self._first_bare = message.decode().split(",", 2)
            self._header = f"{flag},{authorization},"
            self._check_binding_flag(flag)
            if authorization:
                raise FeatureNotSupported("client uses authorization identity, but it is not supported")
            if self._first_bare.startswith("m="):
                raise FeatureNotSupported("client requires an unsupported SCRAM extension")
            attributes = self._first_bare.split(",")
            _value(attributes[0], "n")
            nonce = _value(attributes[1], "r")
            if _PRINTABLE.fullmatch(nonce) is None:
                raise ProtocolViolation("non-printable characters in SCRAM nonce")
        self._nonce = nonce + self._own_nonce
        salt = base64.b64encode(self._verifier.salt).decode()
        self._server_first = f"r={self._nonce},s={salt},i={self._verifier.iterations}"
        return self._server_first.encode()

    def answer_final(self, message: bytes) -> bytes:
        """client-final-message to server-final-message. WrongProof where the password is wrong."""
        with _well_formed():
            without_proof, _, proof_attribute = message.decode().rpartition(",")
            attributes = without_proof.split(",")
            binding = base64.b64decode(_value(attributes[0], "c"), validate=True)
            nonce = _value(attributes[1], "r")
            proof = base64.b64decode(_value(proof_attribute, "p"), validate=True)
        self._check_binding(binding)
        if not hmac.compare_digest(nonce.encode(), self._nonce.encode()):
            raise ProtocolViolation("invalid SCRAM response", detail="Nonce does not match.")
        if len(proof) != 32:
            raise ProtocolViolation("malformed SCRAM message", detail="Malformed proof in client-final-message.")
        signed = f"{self._first_bare},{self._server_first},{without_proof}".encode()
        signature = hmac.digest(self._verifier.stored_key, signed, "sha256")
        client_key = bytes(one ^ other for one, other in zip(proof, signature, strict=True))
        if not hmac.compare_digest(hashlib.sha256(client_key).digest(), self._verifier.stored_key):
            raise WrongProof
        return b"v=" + base64.b64encode(hmac.digest(self._verifier.server_key, signed, "sha256"))

    def _check_binding_flag(self, flag: str) -> None:
        if self._bound != flag.startswith("p="):
            asked = "with" if self._bound else "without"
            raise ProtocolViolation(
                "malformed SCRAM message",
                detail=f"The client selected a mechanism {asked} channel binding, but its message says otherwise.",
            )
        if self._bound and flag != f"p={_BINDING}":
            raise ProtocolViolation(f'unsupported SCRAM channel-binding type "{flag[2:]}"')
        if flag == "y" and self._end_point is not None:
            # It believes that the server offers no binding: somebody took the offer out of the list.
            raise InvalidAuthorization(
                "SCRAM channel binding negotiation error",
                detail="The client supports SCRAM channel binding but thinks the server does not. "
                "However, this server does support channel binding.",
            )
        if not self._bound and flag not in ("y", "n"):
            raise ProtocolViolation("malformed SCRAM message", detail="Unexpected channel-binding flag.")

    def _check_binding(self, given: bytes) -> None:
        expected = self._header.encode() + ((self._end_point or b"") if self._bound else b"")
        if not hmac.compare_digest(given, expected):
            if self._bound:
                raise InvalidAuthorization("SCRAM channel binding check failed")
            raise ProtocolViolation("unexpected SCRAM channel-binding attribute in client-final-message")


@contextmanager
def _well_formed() -> Iterator[None]:
    try:
        yield
    except (ValueError, IndexError, binascii.Error):
        raise ProtocolViolation("malformed SCRAM message") from None


def _value(attribute: str, name: str) -> str:
    found, equals, value = attribute.partition("=")
    if found != name or not equals:
        raise ProtocolViolation("malformed SCRAM message", detail=f'Expected attribute "{name}".')
    return value
