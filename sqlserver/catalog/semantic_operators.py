"""``semantic_operators``: the loaded operators as a relation. It is read from memory, never from the store."""

from __future__ import annotations

from collections.abc import Mapping

from sqlserver.catalog.log_relations import LOG_RELATIONS, LogColumn, LogRelation
from sqlserver.core.pgtypes import TEXT, PgType, array_of

_OPERATOR_COLUMNS = {
    "name": ("text", "the SQL function"),
    "aliases": ("texts", ""),
    "infix": ("texts", "the infix forms"),
    "arguments": ("texts", "name and type of each"),
    "returns": ("text", "a DuckDB type"),
    "shape": ("text", "scalar, aggregate or table"),
    "cascade_id": ("text", "what answers it"),
    "description": ("text", ""),
    "source": ("text", "file and line"),
}
_TYPES: Mapping[str, tuple[str, str, PgType]] = {
    "text": ("VARCHAR", "String", TEXT),
    "texts": ("VARCHAR[]", "Array(String)", array_of(TEXT)),
}

SEMANTIC_OPERATORS = LogRelation(
    "semantic_operators",
    "The operators of this server",
    tuple(LogColumn(name, *_TYPES[kind], comment=comment) for name, (kind, comment) in _OPERATOR_COLUMNS.items()),
)

ALL_RELATIONS: Mapping[str, LogRelation] = {**LOG_RELATIONS, SEMANTIC_OPERATORS.name: SEMANTIC_OPERATORS}
"""Every relation that a statement may read beside DuckDB's tables, by lower-case name."""
