"""PostgreSQL's set-returning functions that stand in FROM: a query for each, and the columns it gives.

A column named '' takes the alias of its source, as PostgreSQL names the one column of a scalar function.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import PgType

Columns = tuple[tuple[str, PgType], ...]

_ACL = (("grantor", pg.OID), ("grantee", pg.OID), ("privilege_type", pg.TEXT), ("is_grantable", pg.BOOL))
_OPTIONS = (("option_name", pg.TEXT), ("option_value", pg.TEXT))
_PARTITIONS = (("relid", pg.REGCLASS), ("parentrelid", pg.REGCLASS), ("isleaf", pg.BOOL), ("level", pg.INT4))
_KEYWORDS = (
    ("word", pg.TEXT),
    ("catcode", pg.CHAR),
    ("barelabel", pg.BOOL),
    ("catdesc", pg.TEXT),
    ("baredesc", pg.TEXT),
)


def _empty(columns: Columns) -> tuple[str, Columns]:
    physical = {"oid": "BIGINT", "regclass": "BIGINT", "bool": "BOOLEAN", "int4": "INTEGER", "int8": "BIGINT"}
    listed = ", ".join(
        f'CAST(NULL AS {physical.get(kind.name, "VARCHAR")}) AS "{name or "value"}"' for name, kind in columns
    )
    return f"(SELECT {listed} WHERE false)", columns


TABLE_FUNCTIONS: Mapping[str, tuple[str, Columns]] = {
    "generate_series": (
        "(SELECT unnest(generate_series($1, $2, coalesce($3, 1))) AS generate_series)", (("", pg.INT4),),
    ),
    "generate_subscripts": ("(SELECT unnest(range(1, len($1) + 1)) AS generate_subscripts)", (("", pg.INT4),)),
    "_pg_expandarray": (
        "(SELECT unnest($1) AS x, unnest(range(1, len($1) + 1)) AS n)", (("x", pg.INT2), ("n", pg.INT4)),
    ),
    "aclexplode": _empty(_ACL),
    "pg_options_to_table": _empty(_OPTIONS),
    "pg_partition_tree": _empty(_PARTITIONS),
    "pg_partition_ancestors": _empty((("relid", pg.REGCLASS),)),
    "pg_get_keywords": ("(SELECT * FROM support.keywords)", _KEYWORDS),
    "pg_get_publication_tables": _empty((("relid", pg.OID), ("attrs", pg.INT2VECTOR), ("qual", pg.PG_NODE_TREE))),
    "pg_show_all_file_settings": _empty((("name", pg.TEXT), ("setting", pg.TEXT))),
    "pg_ls_dir": _empty((("", pg.TEXT),)),
    "pg_ls_waldir": _empty((("name", pg.TEXT), ("size", pg.INT8))),
    "ts_token_type": _empty((("tokid", pg.INT4), ("alias", pg.TEXT), ("description", pg.TEXT))),
    "pg_tablespace_databases": _empty((("", pg.OID),)),
    "pg_extension_update_paths": _empty((("source", pg.TEXT), ("target", pg.TEXT), ("path", pg.TEXT))),
}  # fmt: skip

VIEW_FUNCTIONS: Mapping[str, str] = {
    "pg_show_all_settings": "pg_settings", "pg_available_extensions": "pg_available_extensions",
    "pg_available_extension_versions": "pg_available_extension_versions", "pg_lock_status": "pg_locks",
    "pg_cursor": "pg_cursors", "pg_prepared_statement": "pg_prepared_statements", "pg_config": "pg_config",
    "pg_timezone_abbrevs": "pg_timezone_abbrevs", "pg_prepared_xact": "pg_prepared_xacts",
    "pg_get_replication_slots": "pg_replication_slots", "pg_show_replication_origin_status":
    "pg_replication_origin_status", "pg_get_backend_memory_contexts": "pg_backend_memory_contexts",
    "pg_get_shmem_allocations": "pg_shmem_allocations", "pg_hba_file_rules": "pg_hba_file_rules",
    "pg_ident_file_mappings": "pg_ident_file_mappings", "pg_stat_get_wal_senders": "pg_stat_replication",
}  # fmt: skip
"""Functions that a view of the catalog is made of: they give what the view gives."""
