"""Who may listen where: an address that others can reach takes TLS and passwords."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest

from sqlserver.app.entry import entry_rules
from sqlserver.config.settings import Settings, load_settings
from sqlserver.config.users_file import User, UsersFile
from sqlserver.core.client_session import StartupRequest
from sqlserver.core.errors import ConfigurationFault, ServerError
from sqlserver.core.roles import Role
from sqlserver.core.scram_verifier import verifier_of
from tests.certificates import CertificatePaths, make_certificate
from tests.processes import SqlServerProcess


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> CertificatePaths:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def users(tmp_path: Path) -> UsersFile:
    users = UsersFile(tmp_path)
    users.add(User("adi", frozenset({Role.ADMIN}), verifier=verifier_of("x")))
    return users


def settings(tmp_path: Path, certificate: CertificatePaths | None = None, **environment: str) -> Settings:
    tls: Mapping[str, str] = {}
    if certificate is not None:
        tls = {
            "SQLSERVER_TLS_CERTIFICATE": str(certificate.certificate),
            "SQLSERVER_TLS_KEY": str(certificate.key),
        }
    return load_settings({"data_dir": tmp_path}, {**tls, **environment})


def test_loopback_asks_for_no_password_unless_it_is_told_to(tmp_path: Path, users: UsersFile) -> None:
    assert entry_rules(settings(tmp_path), users, "token").accounts is None
    asked = entry_rules(settings(tmp_path, SQLSERVER_AUTHENTICATION="scram"), users, "token")
    assert asked.accounts is users
    assert not asked.tls_for_strangers


def test_an_open_address_takes_tls_and_passwords(
    tmp_path: Path, users: UsersFile, certificate: CertificatePaths
) -> None:
    rules = entry_rules(settings(tmp_path, certificate, SQLSERVER_HOST="0.0.0.0"), users, "token")
    assert (rules.accounts, rules.tls_for_strangers) == (users, True)
    assert rules.certificate is not None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "db.example.org", ""])
@pytest.mark.parametrize("lacking", ["certificate", "users", "passwords"])
def test_an_open_address_is_refused_without_both(
    tmp_path: Path, users: UsersFile, certificate: CertificatePaths, host: str, lacking: str
) -> None:
    environment = {"SQLSERVER_AUTHENTICATION": "trust"} if lacking == "passwords" else {}
    given = settings(tmp_path, None if lacking == "certificate" else certificate, **environment)
    known = UsersFile(tmp_path / "empty") if lacking == "users" else users
    object.__setattr__(given, "host", host)
    with pytest.raises(ConfigurationFault, match="refusing to listen"):
        entry_rules(given, known, "token")


def test_a_user_without_a_password_does_not_open_an_address(tmp_path: Path, certificate: CertificatePaths) -> None:
    users = UsersFile(tmp_path)
    users.add(User("adi", frozenset({Role.ADMIN})))
    with pytest.raises(ConfigurationFault, match="no user has a password"):
        entry_rules(settings(tmp_path, certificate, SQLSERVER_HOST="0.0.0.0"), users, "token")


@pytest.mark.parametrize("name", ["SQLSERVER_TLS_CERTIFICATE", "SQLSERVER_TLS_KEY"])
def test_half_a_certificate_is_refused(
    tmp_path: Path, users: UsersFile, certificate: CertificatePaths, name: str
) -> None:
    with pytest.raises(ConfigurationFault, match="TLS needs"):
        entry_rules(settings(tmp_path, **{name: str(certificate.certificate)}), users, "token")


def test_a_key_that_is_not_the_certificates_is_refused(
    tmp_path: Path, users: UsersFile, certificate: CertificatePaths
) -> None:
    other = make_certificate(tmp_path)
    mixed = CertificatePaths(certificate.certificate, other.key, certificate.authority)
    with pytest.raises(ConfigurationFault, match="cannot be used"):
        entry_rules(settings(tmp_path, mixed), users, "token")


@pytest.mark.parametrize(
    ("given", "vouched"), [({}, False), ({"sqlserver.token": "no"}, False), ({"sqlserver.token": "token"}, True)]
)
def test_only_the_right_token_stands_for_a_password(
    tmp_path: Path, users: UsersFile, given: dict[str, str], vouched: bool
) -> None:
    rules = entry_rules(settings(tmp_path), users, "token")
    assert rules.vouched(StartupRequest("u", "d", given)) is vouched


def test_the_server_serves_an_open_address_with_both(
    start_server: Callable[..., SqlServerProcess], tmp_path: Path, certificate: CertificatePaths
) -> None:
    UsersFile(tmp_path / "data").add(User("adi", frozenset({Role.ADMIN}), verifier=verifier_of("x")))
    server = start_server(
        "--host", "0.0.0.0",
        settings={"SQLSERVER_TLS_CERTIFICATE": str(certificate.certificate), "SQLSERVER_TLS_KEY": str(certificate.key)},
    )  # fmt: skip
    with psycopg.connect(
        host="localhost", port=server.port, user="adi", password="x", dbname="default",
        sslmode="verify-full", sslrootcert=str(certificate.authority), channel_binding="require",
    ) as connection:  # fmt: skip
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert server.command("sql", "query", "SELECT 1", "--format", "csv").out.split() == ["?column?", "1"]


def test_the_server_does_not_start_on_an_open_address_without_them(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"refusing to listen on 0\.0\.0\.0"):
        SqlServerProcess(tmp_path / "data", "--host", "0.0.0.0")


def test_two_writers_of_the_users_file_lose_nothing(tmp_path: Path) -> None:
    one, other = UsersFile(tmp_path), UsersFile(tmp_path)
    one.add(User("a"))
    other.add(User("b"))
    one.change("a", roles=frozenset({Role.READER}))
    assert [user.name for user in one.users()] == [user.name for user in other.users()] == ["a", "b"]
    assert other.role("a") is Role.READER
    with pytest.raises(ServerError, match="does not exist"):
        one.drop(["b", "c"])
    assert other.find("b") is not None


def test_the_salt_of_a_missing_user_survives_a_restart(tmp_path: Path) -> None:
    UsersFile(tmp_path).add(User("a"))
    first, second = (UsersFile(tmp_path).login_verifier("nobody")[0] for _ in range(2))
    assert first.salt == second.salt


@pytest.mark.parametrize("name", ["", "x" * 64, "a\nb", "pg_monitor", "Admin", "none", "public"])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(ServerError):
        UsersFile(tmp_path).add(User(name))
