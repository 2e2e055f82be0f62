"""The relations a statement may read beside DuckDB's tables, and how their columns compare.

They are the store's (catalog/log_relations.py) and ``semantic_operators``, which shows the loaded operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sqlserver.catalog.log_relations import LogColumn
from sqlserver.catalog.semantic_operators import ALL_RELATIONS

ColumnKind = Literal["string", "bool", "integer", "timestamp", "other"]
"""Only kinds on whose comparison both engines agree have a name of their own: floats do not."""

RELATIONS = ALL_RELATIONS

USER_SCHEMA = "public"
"""Where PostgreSQL clients expect them: ``public.unified_logs`` is ``unified_logs``."""

_KINDS: Mapping[str, ColumnKind] = {
    "VARCHAR": "string",
    "BOOLEAN": "bool",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}


def column_kind(column: LogColumn) -> ColumnKind:
    return _KINDS.get(column.duckdb_type, "other")


def sorts_alike(column: LogColumn) -> bool:
    """Whether ORDER BY means the same in both engines: a kind both compare alike, and no NULL to place."""
    return not column.nullable and column_kind(column) != "other"
