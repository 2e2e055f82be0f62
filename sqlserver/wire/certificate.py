"""The server's certificate: TLS 1.2 or later, read again when its files change.

A new pair is taken for the next connection as soon as both files fit together; until then, and where the new files are
broken, the old one stays in force and the log says why.
"""

from __future__ import annotations

import hashlib
import logging
import ssl
from dataclasses import dataclass
from pathlib import Path

from sqlserver.core.errors import ConfigurationFault

_log = logging.getLogger(__name__)

ALPN = "postgresql"

# The hash in a certificate's signature algorithm, by the algorithm's DER object identifier. RFC 5929, section 4.1:
# MD5 and SHA-1 count as SHA-256. Algorithms without a hash of their own (Ed25519) give no end point.
_SIGNATURE_HASHES = {
    bytes.fromhex(identifier): name
    for identifier, name in {
        "2a864886f70d010104": "sha256",  # md5WithRSAEncryption
        "2a864886f70d010105": "sha256",  # sha1WithRSAEncryption
        "2a864886f70d01010e": "sha224",
        "2a864886f70d01010b": "sha256",
        "2a864886f70d01010c": "sha384",
        "2a864886f70d01010d": "sha512",
        "2a8648ce3d0401": "sha256",  # ecdsa-with-SHA1
        "2a8648ce3d040301": "sha224",
        "2a8648ce3d040302": "sha256",
        "2a8648ce3d040303": "sha384",
        "2a8648ce3d040304": "sha512",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """``end_point`` is what SCRAM-SHA-256-PLUS binds to (tls-server-end-point), None where there is no such hash."""

    context: ssl.SSLContext
    end_point: bytes | None


class CertificateFiles:
    """``certificate`` is a PEM chain, the server's own first; ``key`` its private key, without a passphrase."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises ConfigurationFault where they cannot be used."""
        self._certificate = certificate
        self._key = key
        self._seen = self._stamps()
        self._current = self._load()

    def current(self) -> Certificate:
        stamps = self._stamps()
        if stamps != self._seen:
            self._seen = stamps
            try:
                self._current = self._load()
                _log.info("the TLS certificate was read again")
            except ConfigurationFault as fault:
                _log.error("the TLS certificate stays the old one: %s (%s)", fault.message, fault.detail)
        return self._current

    def _stamps(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(_stamp(path) for path in (self._certificate, self._key))

    def _load(self) -> Certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
        context.set_alpn_protocols([ALPN])
        try:
            context.load_cert_chain(self._certificate, self._key, password=_no_passphrase)
            pem = self._certificate.read_text(encoding="ascii")
            first = pem[pem.index(_BEGIN) : pem.index(_END) + len(_END)]
            der = ssl.PEM_cert_to_DER_cert(first)
        except (OSError, ValueError) as error:
            raise ConfigurationFault(
                f"the TLS certificate {self._certificate} with key {self._key} cannot be used",
                detail=str(error),
                hint="Both are PEM files; the key has no passphrase and belongs to the certificate.",
            ) from None
        return Certificate(context, end_point(der))


_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def _no_passphrase() -> str:
    """OpenSSL would ask on the terminal."""
    raise ValueError("the key has a passphrase")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def end_point(der: bytes) -> bytes | None:
    """The certificate's hash after RFC 5929, with the hash function of its signature."""
    try:
        name = _SIGNATURE_HASHES.get(_signature_algorithm(der))
    except (IndexError, ValueError):
        name = None
    return None if name is None else hashlib.new(name, der).digest()


def _signature_algorithm(der: bytes) -> bytes:
    """Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OBJECT IDENTIFIER, … }, … }."""
    body, _ = _element(der, 0)
    _, after = _element(der, body.start)
    algorithm, _ = _element(der, after)
    identifier, _ = _element(der, algorithm.start)
    return der[identifier.start : identifier.stop]


def _element(der: bytes, at: int) -> tuple[slice, int]:
    """Where the content of the DER element at ``at`` stands, and where the next element does."""
    length = der[at + 1]
    start = at + 2
    if length & 0x80:
        count = length & 0x7F
        length = int.from_bytes(der[start : start + count])
        start += count
    if start + length > len(der):
        raise ValueError("a truncated element")
    return slice(start, start + length), start + length
