"""From the settings to who is let in. An address that others can reach is served only with TLS and passwords."""

from __future__ import annotations

import secrets

from sqlserver.config.settings import Settings
from sqlserver.config.users_file import UsersFile
from sqlserver.core.client_session import StartupRequest
from sqlserver.core.errors import ConfigurationFault
from sqlserver.wire.authentication import EntryRules, is_loopback
from sqlserver.wire.certificate import CertificateFiles

TOKEN_PARAMETER = "sqlserver.token"  # noqa: S105 - the startup parameter's name


def entry_rules(settings: Settings, users: UsersFile, token: str) -> EntryRules:
    """Raises ConfigurationFault for an open address without TLS, users or passwords, and for a broken certificate.

    ``token`` is what this machine's own commands show instead of a password.
    """
    certificate = _certificate(settings)
    loopback = is_loopback(settings.host)
    authentication = settings.authentication or ("trust" if loopback else "scram")
    if not loopback:
        _refuse_open_address(settings.host, authentication, certificate, users)
    return EntryRules(
        accounts=users if authentication == "scram" else None,
        certificate=certificate,
        tls_for_strangers=not loopback,
        vouched=lambda request: shows_token(request, token),
        timeout=float(settings.authentication_timeout),
    )


def shows_token(request: StartupRequest, token: str) -> bool:
    given = request.options.get(TOKEN_PARAMETER)
    return given is not None and secrets.compare_digest(given.encode(), token.encode())


def _certificate(settings: Settings) -> CertificateFiles | None:
    if settings.tls_certificate is None and settings.tls_key is None:
        return None
    if settings.tls_certificate is None or settings.tls_key is None:
        raise ConfigurationFault(
            "TLS needs a certificate and its key", hint="Set both SQLSERVER_TLS_CERTIFICATE and SQLSERVER_TLS_KEY."
        )
    return CertificateFiles(settings.tls_certificate, settings.tls_key)


def _refuse_open_address(
    host: str, authentication: str, certificate: CertificateFiles | None, users: UsersFile
) -> None:
    lacking = []
    if authentication != "scram":
        lacking.append("passwords are switched off (SQLSERVER_AUTHENTICATION=trust)")
    if certificate is None:
        lacking.append("there is no TLS certificate (SQLSERVER_TLS_CERTIFICATE and SQLSERVER_TLS_KEY)")
    if not users.can_log_in():
        lacking.append("no user has a password (sqlserver user add NAME --role admin)")
    if lacking:
        raise ConfigurationFault(
            f"refusing to listen on {host}: {'; '.join(lacking)}",
            hint="Put that right, or listen on 127.0.0.1 and reach it through an SSH tunnel.",
        )
