"""Numbered migrations of the ClickHouse store: applied once, in order, recorded with a hash of their text.

A file ``NNNN_<what>.sql`` holds statements that end with a semicolon at the end of a line. DDL is not transactional, so
every statement is written to be repeated (IF NOT EXISTS): a migration that failed half-way is simply run again.
``${on_cluster}`` and ``${replicated}`` are empty on a single server.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlserver.core.errors import ConfigurationFault
from sqlserver.resources import data_folder
from sqlserver.store.clickhouse import ClickHouse, literal, quoted

MigrationState = Literal["applied", "pending", "edited", "unknown"]
"""``edited``: applied with another text. ``unknown``: applied by a newer version of this product."""

_STATEMENT_END = re.compile(r";[ \t]*$", re.MULTILINE)
_COMMENT_LINE = re.compile(r"^\s*--.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self, cluster: str = "") -> list[str]:
        """Ready to run. ``cluster`` names the cluster that every table is made on, as replicated tables."""
        on_cluster = f"ON CLUSTER {quoted(cluster)}" if cluster else ""
        text = _COMMENT_LINE.sub("", self.text)
        text = text.replace("${on_cluster}", on_cluster).replace("${replicated}", "Replicated" if cluster else "")
        return [statement for part in _STATEMENT_END.split(text) if (statement := part.strip())]


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    number: int
    name: str
    state: MigrationState
    applied_at: str = ""


def shipped_migrations(folder: Path | None = None) -> list[Migration]:
    """In order. Raises ConfigurationFault for two files of one number."""
    folder = folder or data_folder("migrations") / "clickhouse"
    found = [
        Migration(int(path.stem[:4]), path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    ]
    if len({migration.number for migration in found}) != len(found):
        raise ConfigurationFault("two migrations of the store have the same number")
    return found


class Migrations:
    """``database`` is created by ``migrate``; it is never ``default`` (an Overlay database in chDB)."""

    def __init__(self, clickhouse: ClickHouse, shipped: list[Migration] | None = None) -> None:
        if clickhouse.database == "default":
            raise ConfigurationFault("the log store needs a database of its own, not default")
        self._clickhouse = clickhouse
        self._shipped = shipped_migrations() if shipped is None else shipped

    async def status(self) -> list[MigrationStatus]:
        """Every migration that is shipped or recorded, by number. Changes nothing."""
        recorded = await self._recorded()
        rows = []
        for migration in self._shipped:
            applied = recorded.pop(migration.number, None)
            if applied is None:
                rows.append(MigrationStatus(migration.number, migration.name, "pending"))
            else:
                state: MigrationState = "applied" if applied[1] == migration.sha256 else "edited"
                rows.append(MigrationStatus(migration.number, migration.name, state, applied[2]))
        rows += [MigrationStatus(number, name, "unknown", at) for number, (name, _, at) in recorded.items()]
        return sorted(rows, key=lambda row: row.number)

    async def migrate(self) -> list[MigrationStatus]:
        """Applies what is pending and returns that. Raises ConfigurationFault where a released one was edited."""
        await self._init()
        pending = []
        for row in await self.status():
            if row.state == "edited":
                raise ConfigurationFault(
                    f"migration {row.name} was changed after it had been applied",
                    hint="A released migration is never edited: restore it and add a new one.",
                )
            if row.state == "pending":
                pending.append(row)
        by_number = {migration.number: migration for migration in self._shipped}
        for row in pending:
            await self._apply(by_number[row.number])
        return pending

    async def _init(self) -> None:
        cluster = self._clickhouse.target.cluster
        on_cluster = f" ON CLUSTER {quoted(cluster)}" if cluster else ""
        await self._clickhouse.control(f"CREATE DATABASE IF NOT EXISTS {quoted(self._clickhouse.database)}{on_cluster}")
        await self._clickhouse.control(
            f"CREATE TABLE IF NOT EXISTS {self._table}{on_cluster} (number UInt32, name String, sha256 String, "
            f"applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')) "
            f"ENGINE = {'Replicated' if cluster else ''}MergeTree ORDER BY number"
        )

    async def _apply(self, migration: Migration) -> None:
        for statement in migration.statements(self._clickhouse.target.cluster):
            await self._clickhouse.command(statement)
        await self._clickhouse.control(
            f"INSERT INTO {self._table} (number, name, sha256) "
            f"VALUES ({migration.number}, {literal(migration.name)}, {literal(migration.sha256)})"
        )

    async def _recorded(self) -> dict[int, tuple[str, str, str]]:
        """Number → name, hash, when."""
        exists = await self._clickhouse.control(
            "SELECT 1 FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'",
            {"database": self._clickhouse.database},
        )
        if not exists:
            return {}
        rows = await self._clickhouse.control(
            f"SELECT number, name, sha256, toString(applied_at) FROM {self._table} ORDER BY number"
        )
        return {number: (name, sha256, at) for number, name, sha256, at in rows}

    @property
    def _table(self) -> str:
        return f"{quoted(self._clickhouse.database)}.schema_migrations"
