"""The server's settings: one table, read once at start.

A command-line option wins over the environment, the environment over the default. ``docs/settings.md`` is generated
from this table and a test compares them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlserver.core.errors import ConfigurationFault


@dataclass(frozen=True, slots=True)
class Setting:
    """``name`` is the attribute of ``Settings``; ``read`` turns text into the value and raises ValueError."""

    name: str
    environment: str
    type: str
    default: str
    help: str
    read: Callable[[str], Any]
    secret: bool = False


def _text(raw: str) -> str | None:
    return raw or None


def _folders(raw: str) -> tuple[Path, ...]:
    return tuple(Path(part).expanduser().absolute() for part in raw.split(os.pathsep) if part)


def _positive(raw: str) -> int:
    value = int(raw)
    if value <= 0:
        raise ValueError("must be greater than 0")
    return value


def _optional(raw: str) -> int | None:
    return _positive(raw) if raw else None


def _path(raw: str) -> Path | None:
    return Path(raw).expanduser().absolute() if raw else None


def _authentication(raw: str) -> str | None:
    if raw not in ("", "trust", "scram"):
        raise ValueError("must be trust or scram")
    return raw or None


def _port(raw: str) -> int:
    value = int(raw)
    if not 0 <= value <= 65535:
        raise ValueError("must be between 0 and 65535")
    return value


def _data_dir(raw: str) -> Path:
    if raw:
        return Path(raw).expanduser().absolute()
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser().absolute() / "sqlserver"


SETTINGS: tuple[Setting, ...] = (
    Setting("data_dir", "SQLSERVER_DATA_DIR", "path", "", "Where everything is kept; $XDG_DATA_HOME/sqlserver by default", _data_dir),
    Setting("host", "SQLSERVER_HOST", "address", "127.0.0.1", "Address to listen on", str),
    Setting("port", "SQLSERVER_PORT", "integer", "15432", "TCP port to listen on; 0 takes a free one", _port),
    Setting("authentication", "SQLSERVER_AUTHENTICATION", "trust or scram", "", "Whether clients must show a password; absent: trust on a loopback address (everybody is admin), scram on any other, which trust may not be", _authentication),
    Setting("authentication_timeout", "SQLSERVER_AUTHENTICATION_TIMEOUT", "seconds", "10", "How long a client may take to log in", _positive),
    Setting("tls_certificate", "SQLSERVER_TLS_CERTIFICATE", "path", "", "PEM file with the server's certificate chain; read again when it changes; absent: no TLS", _path),
    Setting("tls_key", "SQLSERVER_TLS_KEY", "path", "", "PEM file with the certificate's private key, without a passphrase", _path),
    Setting("database", "SQLSERVER_DATABASE", "name", "", "A database that is made at start where it does not exist yet, beside default", _text),
    Setting("operators", "SQLSERVER_OPERATORS", "folders", "", "Folders with operator files, after the shipped ones", _folders),
    Setting("cascades", "SQLSERVER_CASCADES", "folders", "", "Folders with cascade files, after the shipped ones", _folders),
    Setting(
        "clickhouse_url", "SQLSERVER_CLICKHOUSE_URL", "URL", "",
        "clickhouse://user:password@host:8123/db; absent: embedded chDB in the data directory", _text, secret=True,
    ),
    Setting(
        "llm_base_url", "SQLSERVER_LLM_BASE_URL", "URL", "",
        "Base URL of an OpenAI-compatible endpoint, such as https://api.openai.com/v1; absent: embedded model", _text,
    ),
    Setting("llm_api_key", "SQLSERVER_LLM_API_KEY", "text", "", "Key sent to that endpoint as a bearer token", _text, secret=True),
    Setting("llm_model", "SQLSERVER_LLM_MODEL", "text", "", "Model name behind the alias default", _text),
    Setting("max_calls", "SQLSERVER_MAX_CALLS", "integer", "100000", "Model calls one statement may make", _positive),
    Setting("concurrency", "SQLSERVER_CONCURRENCY", "integer", "64", "Model calls under way at once", _positive),
    Setting("statement_deadline", "SQLSERVER_STATEMENT_DEADLINE", "seconds", "3600", "How long the model calls of one statement may take together", _positive),
    Setting("cache_entries", "SQLSERVER_CACHE_ENTRIES", "integer", "200000", "Answers kept in memory", _positive),
    Setting("duckdb_memory_limit", "SQLSERVER_DUCKDB_MEMORY_LIMIT", "size", "", "DuckDB's memory limit, such as 4GB; absent: DuckDB's own default", _text),
    Setting("duckdb_threads", "SQLSERVER_DUCKDB_THREADS", "integer", "", "DuckDB's threads; absent: one a core", lambda raw: _positive(raw) if raw else None),
    Setting("spool_max_bytes", "SQLSERVER_SPOOL_MAX_BYTES", "bytes", "4294967296", "Size at which the log spool refuses new model calls", _positive),
    Setting("max_connections", "SQLSERVER_MAX_CONNECTIONS", "integer", "200", "Client connections at once", _positive),
    Setting("max_connections_per_user", "SQLSERVER_MAX_CONNECTIONS_PER_USER", "integer", "", "Connections of one user at once; absent: no limit of its own", _optional),
    Setting("max_connections_per_address", "SQLSERVER_MAX_CONNECTIONS_PER_ADDRESS", "integer", "", "Connections from one address at once; absent: no limit of its own", _optional),
    Setting("max_message_bytes", "SQLSERVER_MAX_MESSAGE_BYTES", "bytes", "67108864", "Longest protocol message a client may send", _positive),
    Setting("log_level", "SQLSERVER_LOG_LEVEL", "text", "INFO", "DEBUG, INFO, WARNING or ERROR", str.upper),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of ``SETTINGS``, typed."""

    data_dir: Path
    host: str
    port: int
    database: str | None
    authentication: str | None
    authentication_timeout: int
    tls_certificate: Path | None
    tls_key: Path | None
    operators: tuple[Path, ...]
    cascades: tuple[Path, ...]
    clickhouse_url: str | None
    llm_base_url: str | None
    llm_api_key: str | None
    llm_model: str | None
    max_calls: int
    concurrency: int
    statement_deadline: int
    cache_entries: int
    duckdb_memory_limit: str | None
    duckdb_threads: int | None
    spool_max_bytes: int
    max_connections: int
    max_connections_per_user: int | None
    max_connections_per_address: int | None
    max_message_bytes: int
    log_level: str


def load_settings(
    overrides: Mapping[str, object] | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Defaults, then ``environment`` (the process's own where None), then ``overrides`` that are not None.

    Overrides are typed values by attribute name, or text. Raises ConfigurationFault naming the setting.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        given = (overrides or {}).get(setting.name)
        if given is not None and not isinstance(given, str):
            values[setting.name] = given
            continue
        raw = given if given is not None else environment.get(setting.environment, setting.default)
        try:
            values[setting.name] = setting.read(raw)
        except ValueError as error:
            shown = "the value given" if setting.secret else repr(raw)
            raise ConfigurationFault(
                f"{setting.environment}: {shown} is not a valid {setting.type}", detail=str(error), hint=setting.help
            ) from None
    return Settings(**values)


def settings_page(settings: Sequence[Setting] = SETTINGS) -> str:
    """The table of ``docs/settings.md``, in Markdown."""
    lines = ["| environment variable | type | default | what |", "|---|---|---|---|"]
    for setting in settings:
        default = f"`{setting.default}`" if setting.default else "–"
        lines.append(f"| `{setting.environment}` | {setting.type} | {default} | {setting.help} |")
    return "\n".join(lines) + "\n"
