"""The types of a database that DuckDB's own names do not tell: enums, and what columns were declared as.

DuckDB keeps of an enum in a column its labels alone: of two enums with the same labels in the same order the first by
name is told. The OIDs are those of the emulated catalog. Declared types stand in checks (``core.declared_type``); a
view's columns have those of the columns they show. A statement that can concern neither asks for nothing here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import duckdb

from sqlserver.catalog.oids import Oids
from sqlserver.core.declared_type import column_in_check, type_in_check
from sqlserver.core.errors import ServerError
from sqlserver.core.pgtypes import FIRST_USER_OID, PgType, array_of
from sqlserver.engines.duckdb_types import enum_labels, pg_type
from sqlserver.sql.told_columns import CAST_FUNCTION, Columns, told_columns

TEMPORARY_SCHEMA = "pg_temp_1"
_SCHEMA = f"CASE WHEN database_name = 'temp' THEN '{TEMPORARY_SCHEMA}' ELSE schema_name END"
_HERE = "database_name IN (current_database(), 'temp')"
_VIEW_QUERY = re.compile(r"\bAS\s+", re.IGNORECASE)
_CAST = rf"\b{CAST_FUNCTION}\b|\bjsonb\b|\b(?:char|character|bpchar)\b"
_REMEMBERED = 512
_BRACKETS = re.compile(r"(?:\[\d*\])*$")
_IN_ERROR = re.compile(r"^(invalid input value for enum )ENUM\(.*\)(: \")", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class UserTypes:
    """``enums`` by DuckDB's spelling: ``ENUM('a', 'b')``; ``declared`` by (schema, relation), then by column."""

    enums: Mapping[str, PgType] = field(default_factory=dict)
    declared: Mapping[tuple[str, str], Columns] = field(default_factory=dict)
    _mentions: re.Pattern[str] = field(init=False)
    _known: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_mentions", _mentioning({name for _, name in self.declared}))

    def told(self, duckdb_type: str) -> tuple[PgType, int]:
        """The PostgreSQL type and typmod of any type of DuckDB's."""
        element = _BRACKETS.sub("", duckdb_type)
        enum = self.enums.get(element)
        if enum is None:
            return pg_type(duckdb_type)
        return (enum if element == duckdb_type else array_of(enum)), -1

    def labels(self) -> frozenset[str]:
        """Of all enums."""
        return frozenset(label for spelling in self.enums for label in enum_labels(spelling))

    def spelled(self, oid: int) -> str | None:
        """DuckDB's spelling of an enum, or of an array of one; None for any other OID."""
        for spelling, enum in self.enums.items():
            if oid in (enum.oid, enum.array_oid):
                return spelling if oid == enum.oid else f"{spelling}[]"
        return None

    def declared_of(self, sql: str, names: Sequence[str]) -> tuple[str, ...] | None:
        """For each of a statement's result columns the type it was declared as, '' for none; None where none has one.

        The text is read (0.1 to 0.5 ms) where it mentions a relation or a cast that matters, and remembered.
        """
        if not self.mentioned_in(sql):
            return None
        key = (sql, tuple(names))
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[key] = told_columns(sql, names, self._relation)
        return found if any(found) else None

    def mentioned_in(self, sql: str) -> bool:
        return self._mentions.search(sql) is not None

    def column(self, schema: str, relation: str, column: str) -> str | None:
        return self.declared.get((schema.lower(), relation.lower()), {}).get(column.lower())

    def _relation(self, path: tuple[str, ...]) -> Columns:
        """By the last two parts of a name; without a schema the temporary one comes first, then ``public``."""
        name = path[-1].lower()
        if len(path) > 1:
            return self.declared.get((path[-2].lower(), name), {})
        schemas = [schema for schema, one in self.declared if one == name]
        first = min(schemas, key=lambda one: (one != TEMPORARY_SCHEMA, one != "public"), default=None)
        return {} if first is None else self.declared[first, name]

    def name_in(self, error: ServerError) -> ServerError:
        """The enum's name in place of DuckDB's spelling of its labels."""
        found = _IN_ERROR.match(error.message)
        if found is not None:
            spelling = error.message[found.end(1) : found.start(2)]
            enum = self.enums.get(spelling)
            error.message = f"{found[1]}{enum.name if enum else spelling}{error.message[found.start(2) :]}"
        return error


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


def _mentioning(relations: Iterable[str]) -> re.Pattern[str]:
    named = "|".join(re.escape(name) for name in sorted(relations))
    return re.compile(rf"{_CAST}|(?<!\w)(?:{named})(?!\w)" if named else _CAST, re.IGNORECASE)


def read_user_types(connection: duckdb.DuckDBPyConnection) -> UserTypes:
    """About 2 ms. On the session's connection it sees what its transaction has made."""
    types = UserTypes(_read_enums(connection), _read_declared(connection))
    return _with_views(connection, types) if types.declared else types


def _read_declared(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Columns]:
    rows = connection.execute(
        f"SELECT {_SCHEMA}, table_name, expression FROM system.main.duckdb_constraints() "
        f"WHERE constraint_type = 'CHECK' AND {_HERE}"
    ).fetchall()
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, expression in rows:
        declared = type_in_check(expression)
        if declared is not None:
            columns = found.setdefault((schema.lower(), table.lower()), {})
            columns[column_in_check(expression).lower()] = declared
    return dict(found)


def _with_views(connection: duckdb.DuckDBPyConnection, types: UserTypes) -> UserTypes:
    """A view may stand on another: those made later are looked at later."""
    views = connection.execute(
        f"SELECT {_SCHEMA}, view_name, sql FROM system.main.duckdb_views() WHERE NOT internal AND {_HERE} "
        "ORDER BY view_oid"
    ).fetchall()
    for schema, view, sql in views:
        query = _VIEW_QUERY.search(sql)
        if query is None or not types.mentioned_in(sql):
            continue
        rows = connection.execute(
            "SELECT column_name FROM system.main.duckdb_columns() WHERE table_name = ? "
            f"AND {_SCHEMA} = ? AND {_HERE} ORDER BY column_index",
            [view, schema],
        ).fetchall()
        names = [name for (name,) in rows]
        found = types.declared_of(sql[query.end() :].rstrip("; \n"), names)
        if found is not None:
            columns = {name.lower(): one for name, one in zip(names, found, strict=True) if one}
            types = UserTypes(types.enums, {**types.declared, (schema.lower(), view.lower()): columns})
    return types


def _read_enums(connection: duckdb.DuckDBPyConnection) -> dict[str, PgType]:
    rows = connection.execute(
        f"SELECT {_SCHEMA}, type_name, labels FROM system.main.duckdb_types() "
        f"WHERE logical_type = 'ENUM' AND NOT internal AND {_HERE} ORDER BY 1, 2"
    ).fetchall()
    enums: dict[str, PgType] = {}
    for schema, name, labels in rows:
        enums.setdefault(enum_spelling(labels), enum_type(schema, name))
    return enums


class CommittedTypes:
    """One database's, for the sessions that have changed nothing themselves. Used on worker threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._turn = threading.Lock()
        self._version = -1
        self._types = UserTypes()

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
