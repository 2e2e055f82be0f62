"""``sources.yaml``: what the administrator opens to SQL before the engine is locked.

    databases:
      crm: {type: duckdb, path: /srv/crm.duckdb}                  # SELECT … FROM crm.customers
      shop: {type: postgres, connection: env:SHOP_DSN, read_only: true, databases: [default]}
    folders:
      - /srv/exports                                              # beside DIR/files; SQL may read and write there
    buckets:
      lake: {type: s3, scope: "s3://company-lake/sales", key_id: env:LAKE_KEY, secret: env:LAKE_SECRET}

``env:NAME`` keeps a secret out of the file. A name is what SQL calls the database. ``databases`` of an entry limits it
to these databases of ours. Types other than duckdb, and all buckets, need a DuckDB extension that is already installed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from sqlserver.config.yaml_file import Finding, YamlDocument, YamlFault, read_yaml, validate

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_TAKEN = frozenset({"system", "temp", "main", "public", "pg_catalog", "information_schema", "default", "memory"})

EXTENSIONS = {
    "duckdb": None, "sqlite": "sqlite", "postgres": "postgres", "mysql": "mysql",
    "s3": "httpfs", "gcs": "httpfs", "r2": "httpfs", "azure": "azure",
}  # fmt: skip
"""The DuckDB extension each type needs."""


def _secret(value: object) -> object:
    """``env:NAME`` read from the environment."""
    if isinstance(value, str) and value.startswith("env:"):
        name = value[4:]
        if name not in os.environ:
            raise ValueError(f"the environment has no variable {name}")
        return os.environ[name]
    return value


class AttachedDatabase(BaseModel):
    """``path`` for files, ``connection`` (the extension's own connection string) for servers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["duckdb", "sqlite", "postgres", "mysql"]
    path: Path | None = None
    connection: SecretStr | None = None
    read_only: bool = True
    databases: tuple[str, ...] = ()

    _read_environment = field_validator("connection", mode="before")(_secret)

    @model_validator(mode="after")
    def _has_one_place(self) -> AttachedDatabase:
        is_file = self.type in ("duckdb", "sqlite")
        if is_file and (self.path is None or self.connection is not None):
            raise ValueError(f"a {self.type} database needs path, and no connection")
        if not is_file and (self.connection is None or self.path is not None):
            raise ValueError(f"a {self.type} database needs connection, and no path")
        return self

    @property
    def target(self) -> str:
        return self.connection.get_secret_value() if self.connection is not None else str(self.path)


class Bucket(BaseModel):
    """An object store below ``scope``; without ``key_id`` it is read anonymously."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["s3", "gcs", "r2", "azure"]
    scope: str
    key_id: SecretStr | None = None
    secret: SecretStr | None = None
    region: str | None = None
    endpoint: str | None = None

    _read_environment = field_validator("key_id", "secret", mode="before")(_secret)

    @field_validator("scope")
    @classmethod
    def _is_url(cls, value: str) -> str:
        if "://" not in value:
            raise ValueError("must be a URL such as s3://bucket/folder")
        return value


class Sources(BaseModel):
    """The whole file, by name. ``file`` and ``lines`` say where each entry stands, for messages at start."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    databases: dict[str, AttachedDatabase] = Field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    buckets: dict[str, Bucket] = Field(default_factory=dict)

    @field_validator("databases", "buckets")
    @classmethod
    def _names_are_sql(cls, value: dict[str, object]) -> dict[str, object]:
        for name in value:
            if _NAME.fullmatch(name) is None:
                raise ValueError(f'"{name}" cannot be a name: letters, digits and _, at most 63')
            if name.lower() in _TAKEN:
                raise ValueError(f'"{name}" is taken by the engine')
        return value

    @field_validator("folders")
    @classmethod
    def _are_folders(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        for folder in value:
            if not folder.is_absolute() or not folder.is_dir():
                raise ValueError(f"{folder} is not the absolute path of a folder")
        return value


class SourcesFile:
    """The entries and the place each has in the file."""

    def __init__(self, sources: Sources, document: YamlDocument | None = None) -> None:
        self.sources = sources
        self._document = document

    def fault(self, section: str, name: str, message: str) -> YamlFault:
        """F0000 at this entry's line."""
        if self._document is None:
            return YamlFault((Finding("sources.yaml", 0, f"{section}.{name}: {message}"),))
        return YamlFault((self._document.finding((section, name), f"{section}.{name}: {message}"),))


NO_SOURCES = SourcesFile(Sources())


def read_sources(path: Path) -> SourcesFile:
    """The file, or no sources where there is none. Raises YamlFault (F0000) with file, line and nearest known key."""
    if not path.exists():
        return NO_SOURCES
    document = read_yaml(path)
    if document.data is None:
        return NO_SOURCES
    return SourcesFile(validate(document, Sources), document)
