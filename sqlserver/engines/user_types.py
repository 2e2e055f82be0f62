"""The enums of a database as clients are told them: their OIDs, found by the labels, which are all that DuckDB keeps of
an enum in a column.

Of two enums with the same labels in the same order the first by name is told. The OIDs are those of the emulated
catalog. A statement without an enum in it asks for nothing here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

import duckdb

from sqlserver.catalog.oids import Oids
from sqlserver.core.errors import ServerError
from sqlserver.core.pgtypes import FIRST_USER_OID, PgType, array_of
from sqlserver.engines.duckdb_types import pg_type

TEMPORARY_SCHEMA = "pg_temp_1"
_BRACKETS = re.compile(r"(?:\[\d*\])*$")
_IN_ERROR = re.compile(r"^(invalid input value for enum )ENUM\(.*\)(: \")", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class UserTypes:
    """``enums`` by DuckDB's spelling: ``ENUM('a', 'b')``."""

    enums: Mapping[str, PgType] = field(default_factory=dict)

    def told(self, duckdb_type: str) -> tuple[PgType, int]:
        """The PostgreSQL type and typmod of any type of DuckDB's."""
        element = _BRACKETS.sub("", duckdb_type)
        enum = self.enums.get(element)
        if enum is None:
            return pg_type(duckdb_type)
        return (enum if element == duckdb_type else array_of(enum)), -1

    def spelled(self, oid: int) -> str | None:
        """DuckDB's spelling of an enum, or of an array of one; None for any other OID."""
        for spelling, enum in self.enums.items():
            if oid in (enum.oid, enum.array_oid):
                return spelling if oid == enum.oid else f"{spelling}[]"
        return None

    def name_in(self, error: ServerError) -> ServerError:
        """The enum's name in place of DuckDB's spelling of its labels."""
        found = _IN_ERROR.match(error.message)
        if found is not None:
            spelling = error.message[found.end(1) : found.start(2)]
            enum = self.enums.get(spelling)
            error.message = f"{found[1]}{enum.name if enum else spelling}{error.message[found.start(2) :]}"
        return error


NO_USER_TYPES = UserTypes()
AskForTypes = Callable[[], UserTypes]
"""Read only where a statement has one."""


def holds_user_type(duckdb_types: Iterable[str]) -> bool:
    return any(one.startswith("ENUM(") for one in duckdb_types)


def is_user_oid(oid: int) -> bool:
    return oid >= FIRST_USER_OID


def enum_spelling(labels: Iterable[str]) -> str:
    quoted = ", ".join("'" + label.replace("'", "''") + "'" for label in labels)
    return f"ENUM({quoted})"


def enum_type(schema: str, name: str) -> PgType:
    oids = Oids()
    return PgType(oids.of("type", schema, name), name, 4, oids.of("type", schema, f"_{name}"))


def read_user_types(connection: duckdb.DuckDBPyConnection) -> UserTypes:
    """About 1 ms. On the session's connection it sees what its transaction has made."""
    rows = connection.execute(
        "SELECT CASE WHEN database_name = 'temp' THEN ? ELSE schema_name END, type_name, labels "
        "FROM system.main.duckdb_types() WHERE logical_type = 'ENUM' AND NOT internal "
        "AND database_name IN (current_database(), 'temp') ORDER BY 1, 2",
        [TEMPORARY_SCHEMA],
    ).fetchall()
    enums: dict[str, PgType] = {}
    for schema, name, labels in rows:
        enums.setdefault(enum_spelling(labels), enum_type(schema, name))
    return UserTypes(enums)


class CommittedTypes:
    """One database's, for the sessions that have changed nothing themselves. Used on worker threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._turn = threading.Lock()
        self._version = -1
        self._types = NO_USER_TYPES

    def current(self, version: int) -> UserTypes:
        """``version`` counts the database's changes."""
        with self._turn:
            if self._version != version:
                cursor = self._connection.cursor()
                try:
                    self._types = read_user_types(cursor)
                finally:
                    cursor.close()
                self._version = version
            return self._types


class SessionTypes:
    """As one session sees them. Used on its worker thread."""

    def __init__(self, committed: CommittedTypes) -> None:
        self._committed = committed
        self._own: tuple[int, UserTypes] | None = None
        self._asked: AskForTypes = UserTypes

    def asked(self, connection: duckdb.DuckDBPyConnection, version: int, *, own: bool) -> AskForTypes:
        """``own``: others do not see all that this session does. Then they are read at once: later a result may be
        open on the connection."""
        if not own:
            self._asked = partial(self._committed.current, version)
            return self._asked
        if self._own is None or self._own[0] != version:
            self._own = (version, read_user_types(connection))
        types = self._own[1]
        self._asked = lambda: types
        return self._asked

    def name_in(self, error: ServerError) -> ServerError:
        """The enum's name in place of DuckDB's spelling of its labels."""
        return self._asked().name_in(error) if _IN_ERROR.match(error.message) else error
