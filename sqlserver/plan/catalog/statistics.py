"""``pg_stat_…`` and ``pg_statio_…``: the rows PostgreSQL has, one a table, index, sequence or database, with nothing
counted: zeros, and NULL for times. Their columns are PostgreSQL's, taken from its own catalog."""

from __future__ import annotations

from collections.abc import Mapping

from sqlserver.catalog.postgres_rows import CatalogRelation, catalog_relations
from sqlserver.core.pgtypes import PgType

_TABLES = (
    "pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r'",
    {
        "relid": "c.oid",
        "schemaname": "n.nspname",
        "relname": "c.relname",
        "n_live_tup": "greatest(c.reltuples, 0)::int8",
    },
)
_INDEXES = (
    "pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid "
    "join pg_namespace n on n.oid = c.relnamespace where true",
    {"relid": "c.oid", "indexrelid": "i.oid", "schemaname": "n.nspname", "relname": "c.relname",
     "indexrelname": "i.relname"},
)  # fmt: skip
_SEQUENCES = (
    "pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'S'",
    {"relid": "c.oid", "schemaname": "n.nspname", "relname": "c.relname"},
)
_DATABASES = ("pg_database d where true", {"datid": "d.oid", "datname": "d.datname", "numbackends": "1"})
_SERVER: tuple[str, dict[str, str]] = ("", {})
_SYSTEM = "n.nspname in ('pg_catalog', 'information_schema', 'pg_toast')"
_PARTS = {"all": "", "sys": f" and {_SYSTEM}", "user": f" and not {_SYSTEM}"}
_NUMBERS = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric"})


def _families() -> dict[str, tuple[str, Mapping[str, str]]]:
    """Each view with what it is made from."""
    found: dict[str, tuple[str, Mapping[str, str]]] = {
        "pg_stat_database": _DATABASES, "pg_stat_database_conflicts": _DATABASES, "pg_stat_bgwriter": _SERVER,
        "pg_stat_archiver": _SERVER, "pg_stat_wal": _SERVER, "pg_stat_recovery_prefetch": _SERVER,
    }  # fmt: skip
    for part, condition in _PARTS.items():
        for name, (source, columns) in {
            f"pg_stat_{part}_tables": _TABLES, f"pg_stat_xact_{part}_tables": _TABLES,
            f"pg_statio_{part}_tables": _TABLES, f"pg_stat_{part}_indexes": _INDEXES,
            f"pg_statio_{part}_indexes": _INDEXES, f"pg_statio_{part}_sequences": _SEQUENCES,
        }.items():  # fmt: skip
            found[name] = (source + condition, columns)
    return found


def _query(relation: CatalogRelation, source: str, columns: Mapping[str, str]) -> str:
    listed = ", ".join(f"{columns.get(one.name) or _nothing(one.type)} as {one.name}" for one in relation.columns)
    return f"select {listed} from {source}" if source else f"select {listed}"


def _nothing(kind: PgType) -> str:
    return f"{'0' if kind.name in _NUMBERS else 'null'}::{kind.name}"


def statistics_views() -> dict[str, str]:
    """By name: a query in PostgreSQL's words over the other relations of the catalog."""
    known = catalog_relations()
    return {
        name: _query(known["pg_catalog", name], source, columns)
        for name, (source, columns) in _families().items()
        if ("pg_catalog", name) in known
    }
