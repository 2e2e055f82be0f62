"""One DuckDB instance for one database: shared by its sessions, one cursor each.

Assumes this process alone has the file open. Tables live in schema ``public``; an older file keeps what it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from sqlserver.core.roles import Authority, administrator
from sqlserver.engines.declared_constraints import KnownDeclarations
from sqlserver.engines.duckdb_catalog import CatalogTables
from sqlserver.engines.duckdb_definitions import Definitions
from sqlserver.engines.duckdb_errors import server_error
from sqlserver.engines.duckdb_file_guard import FileGuard
from sqlserver.engines.duckdb_lockdown import DuckDBSettings, connect, identifier, literal
from sqlserver.engines.duckdb_parser import DuckDBParser
from sqlserver.engines.duckdb_session import DuckDBSession
from sqlserver.engines.postgres_functions import SCHEMA
from sqlserver.engines.statement_memory import CatalogChanges
from sqlserver.engines.user_types import CommittedTypes
from sqlserver.engines.worker_threads import WorkerThreads

__all__ = ["DuckDBDatabase", "DuckDBSettings"]

MAX_RUNNING = 256
"""Statements that run at the same time in one database; threads are made only when needed."""


class DuckDBDatabase:
    """``open`` makes one; ``session`` is cheap, the cursor comes with the first statement."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, guard: FileGuard) -> None:
        self._connection = connection
        self._sessions: set[DuckDBSession] = set()
        self.guard = guard
        self.definitions = Definitions()
        self.parser = DuckDBParser()
        self.threads = WorkerThreads(MAX_RUNNING, "duckdb")
        self.changes = CatalogChanges()
        self.catalog = CatalogTables(connection)
        self.declared = KnownDeclarations()
        self.user_types = CommittedTypes(connection)
        self.functions: frozenset[str] = frozenset()
        self.refresh_functions(connection)

    @classmethod
    def open(cls, path: Path | None, settings: DuckDBSettings) -> DuckDBDatabase:
        """Opens or creates the file (None: in memory) and locks it. Blocks; ConfigurationFault for a bad source."""
        name = "memory" if path is None else path.stem
        try:
            connection = connect(path, name, settings)
        except duckdb.Error as error:
            raise server_error(error, "") from error
        sources = settings.sources.sources
        guard = FileGuard([settings.files_folder, *sources.folders], [name, *sources.databases])
        return cls(connection, guard)

    @property
    def session_count(self) -> int:
        return len(self._sessions)

    def session(self, authority: Authority | None = None) -> DuckDBSession:
        """Without an authority, for the server itself, which may do everything."""
        session = DuckDBSession(self, authority or administrator("sqlserver"))
        self._sessions.add(session)
        return session

    def forget(self, session: DuckDBSession) -> None:
        """Called by a session that has closed."""
        self._sessions.discard(session)

    def cursor(self, user: str) -> duckdb.DuckDBPyConnection:
        """A new cursor: unqualified names mean schema ``public``, ``current_user`` is ``user``. On a worker thread."""
        cursor = self._connection.cursor()
        cursor.execute(f"SET search_path = {literal(self.search_path(('public',)))}")
        for function in ("current_user", "session_user", "current_role", "user"):
            cursor.execute(f'CREATE TEMP MACRO "{function}"() AS {literal(user)}')
        return cursor

    @staticmethod
    def search_path(schemas: Sequence[str]) -> str:
        """DuckDB's form of the schemas that unqualified names mean."""
        return ",".join([*map(identifier, schemas), SCHEMA])

    def refresh_functions(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Reads all function and macro names (25 ms), at open and after a macro was made or dropped."""
        rows = connection.execute("SELECT DISTINCT lower(function_name) FROM system.main.duckdb_functions()").fetchall()
        self.functions = frozenset(row[0] for row in rows)

    def close(self) -> None:
        """Writes the checkpoint and frees the file. Sessions must be closed before. Blocks."""
        self.threads.shutdown()
        self._connection.close()
        self.parser.close()
