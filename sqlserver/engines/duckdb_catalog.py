"""The emulated catalog's tables beside a database: an in-memory DuckDB attached as ``__postgres``.

A table is made when a statement first names it, and again when the database's schema has changed since. What a
session's own transaction changed, and its temporary objects, are seen by it alone: such a session gets the tables as
Arrow relations of its own, under private names.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, replace

import duckdb

from sqlserver.catalog.objects import DatabaseObjects, FunctionObject, RelationObject
from sqlserver.catalog.rows.numbering import Numbering, number
from sqlserver.catalog.tables import depends_on_objects, stored_table
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


class CatalogTables:
    """One database's. Used on worker threads; ``version`` counts the changes of the schema that were committed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"ATTACH ':memory:' AS {ATTACHED}")
        self._connection = connection
        self._turn = threading.Lock()
        self._versions: dict[Relation, object] = {}
        self._read: tuple[object, DatabaseObjects, Numbering] | None = None
        self.version = 0

    def changed(self) -> None:
        """The schema may have changed."""
        self.version += 1

    def prepare(self, wanted: Collection[Relation], server: ServerObjects) -> None:
        """Makes the tables ``wanted`` as the last committed schema has them."""
        version = (self.version, server)
        if all(self._versions.get(one) in (version, "static") for one in wanted):
            return
        with self._turn:
            cursor = self._connection.cursor()
            try:
                self._refresh(cursor, wanted, version, server)
            finally:
                cursor.close()

    def _refresh(
        self, cursor: duckdb.DuckDBPyConnection, wanted: Collection[Relation], version: object, server: ServerObjects
    ) -> None:
        stale = [one for one in wanted if self._versions.get(one) not in (version, "static")]
        if not stale:
            return
        if self._read is None or self._read[0] != version:
            self._read = (version, *described_objects(cursor, server))
        _, objects, oids = self._read
        cursor.execute("BEGIN")
        for schema, name in stale:
            cursor.register("__source", stored_table(schema, name, objects, oids))
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {ATTACHED}.{_schema(schema)}")
            cursor.execute(f"CREATE OR REPLACE TABLE {shared_name((schema, name))} AS SELECT * FROM __source")
            cursor.unregister("__source")
        cursor.execute("COMMIT")
        for one in stale:
            self._versions[one] = version if depends_on_objects(one[1]) else "static"


class PrivateTables:
    """One session's own, while it has objects that no other session sees."""

    def __init__(self) -> None:
        self._version: object = None
        self._made: set[Relation] = set()
        self._read: tuple[DatabaseObjects, Numbering] | None = None

    def prepare(
        self, connection: duckdb.DuckDBPyConnection, wanted: Collection[Relation], version: object,
        server: ServerObjects,
    ) -> None:  # fmt: skip
        if self._version != version or self._read is None:
            self._made.clear()
            self._version = version
            self._read = described_objects(connection, server)
        for one in wanted:
            if one not in self._made:
                connection.register(private_name(one), stored_table(*one, *self._read))
                self._made.add(one)


def described_objects(
    connection: duckdb.DuckDBPyConnection, server: ServerObjects
) -> tuple[DatabaseObjects, Numbering]:
    objects = read_objects(connection)
    taken = {(one.schema, one.name) for one in objects.relations}
    relations = tuple(one for one in server.relations if (one.schema, one.name) not in taken)
    objects = replace(
        objects,
        schemas={"public": None, **objects.schemas},
        relations=(*objects.relations, *relations),
        functions=(*objects.functions, *server.functions),
        databases=tuple(sorted({*objects.databases, *server.databases})),
    )
    return objects, number(objects)


def shared_name(relation: Relation) -> str:
    return f"{ATTACHED}.{_schema(relation[0])}.{relation[1]}"


def private_name(relation: Relation) -> str:
    return f"{PRIVATE_PREFIX}{_schema(relation[0])}_{relation[1]}"


def _schema(schema: str) -> str:
    # DuckDB makes schemas called pg_catalog and information_schema of its own in every database.
    return {"pg_catalog": "catalog", "information_schema": "standard"}.get(schema, "support")
