"""The emulated catalog's tables beside a database: an in-memory DuckDB attached as ``__postgres``.

A table is made when a statement first names it, and again when the database's schema has changed since. Inside a
transaction a session reads the same rows as Arrow relations of its own, under private names: its snapshot may be older
than the attached tables, and what it changed itself nobody else sees yet.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

import duckdb
import pyarrow as pa

from sqlserver.catalog.objects import DatabaseObjects, FunctionObject, RelationObject, RoleObject
from sqlserver.catalog.rows.numbering import Numbering, number
from sqlserver.catalog.tables import depends_on_objects, stored_table
from sqlserver.core.errors import UndefinedObject, UndefinedTable
from sqlserver.engines.duckdb_objects import read_objects

ATTACHED = "__postgres"
PRIVATE_PREFIX = "__pg_"

Relation = tuple[str, str]
"""Schema and name; the schema of the catalog's support tables is ''."""


@dataclass(frozen=True, slots=True, eq=False)
class ServerObjects:
    """What every database shows beside its own objects. A new value means that they changed."""

    relations: tuple[RelationObject, ...] = ()
    functions: tuple[FunctionObject, ...] = ()
    databases: tuple[str, ...] = ()
    roles: tuple[RoleObject, ...] = ()


@dataclass(slots=True)
class Snapshot:
    """The objects at one time, and the tables made of them so far."""

    objects: DatabaseObjects
    oids: Numbering
    tables: dict[Relation, pa.Table] = field(default_factory=dict)

    def table(self, relation: Relation) -> pa.Table:
        found = self.tables.get(relation)
        if found is None:
            found = self.tables[relation] = stored_table(*relation, self.objects, self.oids)
        return found

    def check(self, names: Iterable[tuple[str, str]]) -> None:
        """Raises 42P01 for a ``regclass`` that names no relation, 42704 for a ``regrole`` that names no role."""
        for kind, text in names:
            if kind == "regclass" and not self._has_relation(text):
                raise UndefinedTable(f'relation "{text}" does not exist')
            if kind == "regrole" and text.strip('"') not in self.oids.roles and not text.startswith("pg_"):
                raise UndefinedObject(f'role "{text}" does not exist')

    def _has_relation(self, text: str) -> bool:
        parts = [part.strip().strip('"') for part in text.split(".")]  # ADBC puts blanks around the dot
        if len(parts) > 1:
            return (parts[-2], parts[-1]) in self.oids.classes or parts[-2] in ("pg_catalog", "information_schema")
        return parts[0].startswith("pg_") or any(name == parts[0] for _, name in self.oids.classes)


class CatalogTables:
    """One database's, shared by its sessions. Used on worker threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"ATTACH ':memory:' AS {ATTACHED}")
        self._connection = connection
        self._turn = threading.Lock()
        self._made: dict[Relation, object] = {}
        self._version: object = None
        self._server = ServerObjects()
        self._snapshot: Snapshot | None = None

    def prepare(self, wanted: Collection[Relation], changes: int, server: ServerObjects) -> Snapshot:
        """Makes the tables ``wanted`` as the last committed schema has them. ``changes`` counts its changes."""
        with self._turn:
            snapshot = self._current(changes, server)
            stale = [one for one in wanted if self._made.get(one) not in (self._version, _ALWAYS)]
            if stale:
                self._make(stale, snapshot)
            return snapshot

    def current(self, changes: int, server: ServerObjects) -> Snapshot:
        """The committed objects, without any table made."""
        with self._turn:
            return self._current(changes, server)

    def committed(self, changes: int) -> DatabaseObjects:
        """The committed objects, with those of the server that were shown last."""
        with self._turn:
            return self._current(changes, self._server).objects

    def _current(self, changes: int, server: ServerObjects) -> Snapshot:
        version = (changes, server)
        if self._snapshot is None or self._version != version:
            cursor = self._connection.cursor()
            try:
                self._snapshot = take_snapshot(cursor, server, self._snapshot)
            finally:
                cursor.close()
            self._version = version
            self._server = server
        return self._snapshot

    def _make(self, stale: Collection[Relation], snapshot: Snapshot) -> None:
        cursor = self._connection.cursor()
        try:
            cursor.execute("BEGIN")
            for one in stale:
                cursor.register("__source", snapshot.table(one))
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {ATTACHED}.{_schema(one[0])}")
                cursor.execute(f"CREATE OR REPLACE TABLE {shared_name(one)} AS SELECT * FROM __source")
                cursor.unregister("__source")
            cursor.execute("COMMIT")
        finally:
            cursor.close()
        for one in stale:
            self._made[one] = self._version if depends_on_objects(one[1]) else _ALWAYS


_ALWAYS = "always"


class PrivateTables:
    """One session's own, inside a transaction or while it has objects that no other session sees."""

    def __init__(self) -> None:
        self._made: set[Relation] = set()
        self._snapshot: Snapshot | None = None
        self._version: object = None

    def forget(self) -> None:
        """The transaction has ended: a rollback drops what was registered."""
        self._made.clear()

    def prepare(
        self, connection: duckdb.DuckDBPyConnection, wanted: Collection[Relation], snapshot: Snapshot
    ) -> Snapshot:
        if snapshot is not self._snapshot:
            self._made.clear()
            self._snapshot = snapshot
        for one in wanted:
            if one not in self._made:
                connection.register(private_name(one), snapshot.table(one))
                self._made.add(one)
        return snapshot

    def own(self, connection: duckdb.DuckDBPyConnection, version: object, server: ServerObjects) -> Snapshot:
        """What this session alone sees now."""
        if self._snapshot is None or self._version != (version, server):
            self._version = (version, server)
            return take_snapshot(connection, server, self._snapshot)
        return self._snapshot


def take_snapshot(
    connection: duckdb.DuckDBPyConnection, server: ServerObjects, before: Snapshot | None = None
) -> Snapshot:
    """``before`` lends the tables that never change."""
    objects = read_objects(connection)
    taken = {(one.schema, one.name) for one in objects.relations}
    relations = tuple(one for one in server.relations if (one.schema, one.name) not in taken)
    objects = replace(
        objects,
        schemas={"public": None, **objects.schemas},
        relations=(*objects.relations, *relations),
        functions=(*objects.functions, *server.functions),
        databases=tuple(sorted({*objects.databases, *server.databases})),
        roles=server.roles,
    )
    kept = {} if before is None else {
        one: table for one, table in before.tables.items() if not depends_on_objects(one[1])
    }  # fmt: skip
    return Snapshot(objects, number(objects), kept)


def shared_name(relation: Relation) -> str:
    return f"{ATTACHED}.{_schema(relation[0])}.{relation[1]}"


def private_name(relation: Relation) -> str:
    return f"{PRIVATE_PREFIX}{_schema(relation[0])}_{relation[1]}"


def _schema(schema: str) -> str:
    # DuckDB makes schemas called pg_catalog and information_schema of its own in every database.
    return {"pg_catalog": "catalog", "information_schema": "standard"}.get(schema, "support")
