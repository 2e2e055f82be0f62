"""SCRAM against the RFCs' own exchanges, and against whoever does not keep to them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.core.errors import ServerError
from sqlserver.core.scram_verifier import ScramVerifier, prepared, verifier_of
from sqlserver.wire.scram import PLAIN, PLUS, ScramServer, WrongProof

# RFC 7677, section 3.
RFC_SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
RFC_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
RFC_FIRST = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
RFC_FINAL = (
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
HEADER = {PLAIN: "n,,", PLUS: "p=tls-server-end-point,,"}


def client_final(password: str, header: str, first_bare: str, server_first: str, end_point: bytes = b"") -> bytes:
    """What a client answers, written from RFC 5802."""
    fields = dict(part.split("=", 1) for part in server_first.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    bare = f"c={base64.b64encode(header.encode() + end_point).decode()},r={fields['r']}"
    signed = f"{first_bare},{server_first},{bare}".encode()
    signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    return f"{bare},p={base64.b64encode(proof).decode()}".encode()


def exchange(server: ScramServer, password: str, mechanism: str = PLAIN, end_point: bytes = b"") -> bytes:
    server.choose(mechanism)
    bare = f"n=,r={base64.b64encode(secrets.token_bytes(18)).decode()}"
    first = server.answer_first((HEADER[mechanism] + bare).encode()).decode()
    return server.answer_final(client_final(password, HEADER[mechanism], bare, first, end_point))


def test_the_rfcs_exchange_is_reproduced_byte_for_byte() -> None:
    server = ScramServer(ScramVerifier.of("pencil", salt=RFC_SALT), nonce=RFC_NONCE)
    server.choose(PLAIN)
    assert server.answer_first(RFC_FIRST) == (
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    )
    assert server.answer_final(RFC_FINAL) == b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_a_verifier_is_postgresqls_text() -> None:
    # What PostgreSQL 15 stores for the password "pencil" with the RFC's salt.
    text = ScramVerifier.of("pencil", salt=RFC_SALT).text()
    assert text == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )
    assert ScramVerifier.parse(text).text() == text
    assert verifier_of(text) == text
    assert ScramVerifier.parse(verifier_of("pencil")).accepts("pencil")


@pytest.mark.parametrize(
    "text",
    ["", "pencil", "md5" + "0" * 32, "SCRAM-SHA-256$4096:$:", "SCRAM-SHA-256$x:YQ==$YQ==:YQ==",
     "SCRAM-SHA-256$4096:YQ==$YQ==:YQ==", "SCRAM-SHA-1$4096:W22ZaJ0SNY7soEsUEjb6gQ==$a:b"],
)  # fmt: skip
def test_other_texts_are_passwords_and_no_verifiers(text: str) -> None:
    with pytest.raises(ValueError, match="verifier"):
        ScramVerifier.parse(text)


@pytest.mark.parametrize(
    ("given", "normal"),  # RFC 4013, section 3, and what it refuses
    [("I\u00adX", "IX"), ("user", "user"), ("USER", "USER"), ("\u00aa", "a"), ("\u2168", "IX"),
     ("a\u00a0b", "a b"), ("é\u0007", "é\u0007"), ("\u06271", "\u06271"), ("\u0627a\u0628", "\u0627a\u0628")],
)  # fmt: skip
def test_saslprep(given: str, normal: str) -> None:
    assert prepared(given) == normal.encode()


@pytest.mark.parametrize("mechanism", [PLAIN, PLUS])
def test_the_right_password_is_let_in_and_proved_to(mechanism: str) -> None:
    end_point = b"h" * 32
    server = ScramServer(ScramVerifier.of("secret"), end_point=end_point)
    bound = end_point if mechanism == PLUS else b""
    assert exchange(server, "secret", mechanism, bound).startswith(b"v=")


def test_a_wrong_password_and_a_dummy_verifier_fail_at_the_same_step() -> None:
    for verifier in (ScramVerifier.of("secret"), ScramVerifier.dummy("nobody", b"key")):
        with pytest.raises(WrongProof):
            exchange(ScramServer(verifier), "wrong")


def test_a_dummy_verifier_looks_like_a_real_one_and_keeps_its_salt() -> None:
    one, other = ScramVerifier.dummy("eve", b"key"), ScramVerifier.dummy("eve", b"key")
    real = ScramVerifier.of("x")
    assert (one.salt, one.iterations, len(one.salt)) == (other.salt, real.iterations, len(real.salt))
    assert one.salt != ScramVerifier.dummy("adam", b"key").salt
    assert one.stored_key != other.stored_key


def test_a_man_in_the_middle_with_another_certificate_fails() -> None:
    server = ScramServer(ScramVerifier.of("secret"), end_point=b"h" * 32)
    with pytest.raises(ServerError, match="channel binding check failed") as caught:
        exchange(server, "secret", PLUS, b"e" * 32)
    assert caught.value.sqlstate == "28000"


def test_a_client_that_was_told_of_no_channel_binding_is_refused() -> None:
    server = ScramServer(ScramVerifier.of("secret"), end_point=b"h" * 32)
    server.choose(PLAIN)
    with pytest.raises(ServerError, match="negotiation error"):
        server.answer_first(b"y,,n=,r=abc")


def test_without_tls_channel_binding_is_not_offered() -> None:
    server = ScramServer(ScramVerifier.of("secret"))
    assert server.mechanisms == (PLAIN,)
    with pytest.raises(ServerError, match="invalid SASL"):
        server.choose(PLUS)


@pytest.mark.parametrize(
    "first",
    [b"", b"n", b"n,,", b"n,,n=", b"n,,n=,r=", b"n,,r=x,n=", b"x,,n=,r=a", b"p=tls-unique,,n=,r=a", b"n,a=bob,n=,r=a",
     b"n,,m=ext,n=,r=a", b"n,,n=,r=\x01", b"\xff\xfe"],
)  # fmt: skip
def test_a_malformed_first_message_is_an_error_of_the_protocol(first: bytes) -> None:
    server = ScramServer(ScramVerifier.of("secret"))
    server.choose(PLAIN)
    with pytest.raises(ServerError) as caught:
        server.answer_first(first)
    assert caught.value.sqlstate in ("08P01", "0A000")


@pytest.mark.parametrize(
    "change",
    [lambda x: b"", lambda x: x.replace(b"c=biws", b"c=eSws"), lambda x: x.replace(b"r=", b"r=z"), lambda x: x[:-4],
     lambda x: x.split(b",p=")[0], lambda x: x + b"!", lambda x: x.replace(b"c=", b"d="), lambda x: b"\xff" + x],
)  # fmt: skip
def test_a_changed_final_message_is_an_error(change: object) -> None:
    server = ScramServer(ScramVerifier.of("secret"))
    server.choose(PLAIN)
    first = server.answer_first(b"n,,n=,r=abc").decode()
    final = client_final("secret", "n,,", "n=,r=abc", first)
    with pytest.raises((ServerError, WrongProof)):
        server.answer_final(change(final))  # type: ignore[operator]


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_are_let_in_or_break_the_exchange(first: bytes, final: bytes) -> None:
    server = ScramServer(ScramVerifier.dummy("x", b"k"))
    server.choose(PLAIN)
    with suppress(ServerError):  # a first message may be well formed by chance
        server.answer_first(first)
    with pytest.raises((ServerError, WrongProof)):
        server.answer_final(final)
