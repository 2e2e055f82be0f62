"""The columns of relations by the names that statements give them, for one session and one version of its catalog."""

from __future__ import annotations

import duckdb

from sqlserver.catalog.oids import Oids
from sqlserver.engines.user_types import TEMPORARY_SCHEMA
from sqlserver.sql.column_origins import Path, RelationColumns

_COLUMNS = f"""
    SELECT CASE WHEN database_name = 'temp' THEN '{TEMPORARY_SCHEMA}' ELSE schema_name END AS named, table_name,
        column_name
    FROM system.main.duckdb_columns() WHERE lower(table_name) = ? AND database_name IN (current_database(), 'temp')
    ORDER BY named <> '{TEMPORARY_SCHEMA}', named <> 'public', named, column_index
"""


class RelationsSeen:
    """Used on the session's worker thread."""

    def __init__(self) -> None:
        self._version = -1
        self._known: dict[Path, RelationColumns | None] = {}

    def columns(self, connection: duckdb.DuckDBPyConnection, path: Path, version: int) -> RelationColumns | None:
        """None where there is no such table or view. Without a schema the temporary one is first, then ``public``."""
        if version != self._version:
            self._known.clear()
            self._version = version
        if path not in self._known:
            self._known[path] = _read(connection, path)
        return self._known[path]


def _read(connection: duckdb.DuckDBPyConnection, path: Path) -> RelationColumns | None:
    rows = connection.execute(_COLUMNS, [path[-1]]).fetchall()
    if len(path) > 1:
        rows = [row for row in rows if row[0].lower() == path[-2]]
    if not rows:
        return None
    schema, name = rows[0][:2]
    columns = [column for owner, _, column in rows if owner == schema]
    return RelationColumns(Oids().of("class", schema, name), {one.lower(): at for at, one in enumerate(columns, 1)})
