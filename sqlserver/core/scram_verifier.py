"""What is stored instead of a password: PostgreSQL's SCRAM-SHA-256 verifier (RFC 5802, RFC 7677).

    SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>        (base64)

The text is that of ``pg_authid.rolpassword``: verifiers can be taken over from a PostgreSQL server, and given to one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import stringprep
import unicodedata
from dataclasses import dataclass

ITERATIONS = 4096
SALT_LENGTH = 16
_PREFIX = "SCRAM-SHA-256"


@dataclass(frozen=True, slots=True)
class ScramVerifier:
    iterations: int
    salt: bytes
    stored_key: bytes
    server_key: bytes

    @classmethod
    def of(cls, password: str, *, salt: bytes | None = None, iterations: int = ITERATIONS) -> ScramVerifier:
        """With a random salt where none is given; takes about 2 ms."""
        salt = secrets.token_bytes(SALT_LENGTH) if salt is None else salt
        salted = hashlib.pbkdf2_hmac("sha256", prepared(password), salt, iterations)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        return cls(iterations, salt, hashlib.sha256(client_key).digest(), hmac.digest(salted, b"Server Key", "sha256"))

    @classmethod
    def dummy(cls, user: str, secret: bytes) -> ScramVerifier:
        """For a user who is not there: the same salt each time, so that asking twice tells nothing, and keys that no
        password has."""
        salt = hmac.digest(secret, user.encode("utf-8", "surrogatepass"), "sha256")[:SALT_LENGTH]
        return cls(ITERATIONS, salt, secrets.token_bytes(32), secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> ScramVerifier:
        """Raises ValueError for what is no verifier."""
        prefix, _, rest = text.partition("$")
        parameters, _, keys = rest.partition("$")
        iterations, _, salt = parameters.partition(":")
        stored, _, server = keys.partition(":")
        try:
            found = cls(int(iterations), *(base64.b64decode(part, validate=True) for part in (salt, stored, server)))
        except (ValueError, binascii.Error):
            raise ValueError("not a SCRAM-SHA-256 verifier") from None
        if prefix != _PREFIX or found.iterations < 1 or not found.salt:
            raise ValueError("not a SCRAM-SHA-256 verifier")
        if len(found.stored_key) != 32 or len(found.server_key) != 32:
            raise ValueError("not a SCRAM-SHA-256 verifier")
        return found

    def text(self) -> str:
        salt, stored, server = (
            base64.b64encode(part).decode() for part in (self.salt, self.stored_key, self.server_key)
        )
        return f"{_PREFIX}${self.iterations}:{salt}${stored}:{server}"

    def accepts(self, password: str) -> bool:
        """Whether this is the password's verifier."""
        other = ScramVerifier.of(password, salt=self.salt, iterations=self.iterations)
        return hmac.compare_digest(self.stored_key, other.stored_key)


def verifier_of(password: str) -> str:
    """The text to store. A text that is a verifier already is kept, as ALTER ROLE … PASSWORD does in PostgreSQL."""
    try:
        return ScramVerifier.parse(password).text()
    except ValueError:
        return ScramVerifier.of(password).text()


_PROHIBITED = (
    stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4,
    stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8,
    stringprep.in_table_c9, stringprep.in_table_a1,
)  # fmt: skip


def prepared(password: str) -> bytes:
    """SASLprep (RFC 4013). A password that it refuses is used as it is: clients and PostgreSQL do the same."""
    raw = password.encode("utf-8", "surrogatepass")
    if password.isascii():
        return raw
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char for char in password if not stringprep.in_table_b1(char)
    )
    text = unicodedata.normalize("NFKC", mapped)
    if not text or any(refused(char) for char in text for refused in _PROHIBITED) or not _directions_fit(text):
        return raw
    return text.encode()


def _directions_fit(text: str) -> bool:
    """RFC 3454, section 6: right-to-left letters first and last, and no left-to-right ones with them."""
    if not any(map(stringprep.in_table_d1, text)):
        return True
    if any(map(stringprep.in_table_d2, text)):
        return False
    return stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
