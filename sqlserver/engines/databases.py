"""The databases of a data directory: ``DIR/databases/<name>.duckdb``, opened once each and shared.

``default`` is always there, and so is ``postgres``, to which tools connect before they make or list others: its file
is made when somebody does. ``memory`` lives until shutdown; others are made by CREATE DATABASE. Opening and closing
block for a moment, so they run on a thread.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from sqlserver.core.errors import InvalidCatalogName, InvalidParameterValue, ServerError
from sqlserver.engines.duckdb_database import DuckDBDatabase, DuckDBSettings

DEFAULT = "default"
MEMORY = "memory"
MAINTENANCE = "postgres"
_ALWAYS = frozenset({DEFAULT, MEMORY, MAINTENANCE})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$-]{0,62}")
_TAKEN = frozenset({"system", "temp", "main", "public", "pg_catalog", "information_schema"})


class DatabaseDirectory:
    """``settings`` hold for every database; each gets its own folder for temporary files."""

    def __init__(self, data_dir: Path, settings: DuckDBSettings | None = None) -> None:
        root = data_dir.resolve()
        self._folder = root / "databases"
        self._settings = settings or DuckDBSettings(root / "files", root / "temp")
        self._open: dict[str, DuckDBDatabase] = {}
        self._turn = asyncio.Lock()

    def enter_files_folder(self) -> None:
        """Makes ``read_csv('name.csv')`` mean a file in the files folder: DuckDB resolves bare names, and checks them,
        from the process's working directory alone. Call it once at start, when the other paths are absolute.
        """
        self._settings.files_folder.mkdir(parents=True, exist_ok=True)
        os.chdir(self._settings.files_folder)

    def exists(self, name: str) -> bool:
        return name in _ALWAYS or (_NAME.fullmatch(name) is not None and self._path(name).is_file())

    def names(self) -> tuple[str, ...]:
        """Every database that can be opened, sorted."""
        found = (file.stem for file in self._folder.glob("*.duckdb"))
        return tuple(sorted({*_ALWAYS, *found}))

    async def open(self, name: str) -> DuckDBDatabase:
        """The shared instance. 3D000 where there is none of this name."""
        async with self._turn:
            if name in self._open:
                return self._open[name]
            if not self.exists(name):
                raise InvalidCatalogName(f'database "{name}" does not exist')
            return await self._opened(name)

    async def create(self, name: str) -> None:
        """42P04 where it exists, 22023 for a name that cannot be one."""
        async with self._turn:
            if self.exists(name):
                raise ServerError(f'database "{name}" already exists', sqlstate="42P04")
            if _NAME.fullmatch(name) is None or name.lower() in _TAKEN | self._sources():
                raise InvalidParameterValue(
                    f'"{name}" cannot name a database',
                    hint="Letters, digits, _, $ and -, at most 63, none of the engine's own names and no source's.",
                )
            await self._opened(name)

    async def drop(self, name: str) -> None:
        """3D000 where there is none, 55006 while a session uses it, 42501 for those always there."""
        async with self._turn:
            if not self.exists(name):
                raise InvalidCatalogName(f'database "{name}" does not exist')
            if name in _ALWAYS:
                raise ServerError(f'database "{name}" cannot be dropped', sqlstate="42501")
            database = self._open.get(name)
            if database is not None:
                if database.session_count:
                    raise ServerError(
                        f'database "{name}" is being accessed by other users',
                        detail=f"There are {database.session_count} sessions using the database.",
                        sqlstate="55006",
                    )
                del self._open[name]
                await asyncio.to_thread(database.close)
            for file in (self._path(name), *self._folder.glob(f"{name}.duckdb.wal*")):
                file.unlink(missing_ok=True)

    async def close_all(self) -> None:
        """Checkpoints and frees every file. Sessions must be closed before."""
        async with self._turn:
            while self._open:
                _, database = self._open.popitem()
                await asyncio.to_thread(database.close)

    async def _opened(self, name: str) -> DuckDBDatabase:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = None if name == MEMORY else self._path(name)
        database = await asyncio.to_thread(DuckDBDatabase.open, path, self._settings)
        self._open[name] = database
        return database

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.duckdb"

    def _sources(self) -> frozenset[str]:
        return frozenset(name.lower() for name in self._settings.sources.sources.databases)
