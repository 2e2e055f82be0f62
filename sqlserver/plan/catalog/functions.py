"""PostgreSQL's functions that DuckDB lacks or has otherwise, each as an expression over the catalog's tables.

``$1`` … are the arguments (NULL where left out), ``catalog.x`` and ``support.x`` the catalog's tables.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import PgType, array_of
from sqlserver.plan.catalog.calls import call_of
from sqlserver.plan.catalog.kinds import element_of
from sqlserver.plan.catalog.lookups import oid_of, path_sql, quoted_sql
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.tree import expand, kind_of, pg_type_named

_VISIBLE = {
    "pg_table_is_visible": ("pg_class", "relnamespace"),
    "pg_type_is_visible": ("pg_type", "typnamespace"),
    "pg_function_is_visible": ("pg_proc", "pronamespace"),
    "pg_operator_is_visible": ("pg_operator", "oprnamespace"),
    "pg_opclass_is_visible": ("pg_opclass", "opcnamespace"),
    "pg_opfamily_is_visible": ("pg_opfamily", "opfnamespace"),
    "pg_collation_is_visible": ("pg_collation", "collnamespace"),
    "pg_conversion_is_visible": ("pg_conversion", "connamespace"),
    "pg_ts_config_is_visible": ("pg_ts_config", "cfgnamespace"),
    "pg_ts_dict_is_visible": ("pg_ts_dict", "dictnamespace"),
    "pg_ts_parser_is_visible": ("pg_ts_parser", "prsnamespace"),
    "pg_ts_template_is_visible": ("pg_ts_template", "tmplnamespace"),
    "pg_statistics_obj_is_visible": ("pg_statistic_ext", "stxnamespace"),
}
_FORMAT_TYPE = (
    "CASE WHEN $1 IS NULL THEN NULL WHEN $1 = 0 THEN '-' ELSE coalesce((SELECT CASE WHEN t_.schema <> '' "
    "AND NOT list_contains({path}, t_.schema) THEN t_.schema || '.' || t_.shown WHEN $2 IS NULL OR $2 < 0 THEN "
    "CASE WHEN t_.base = 'bpchar' AND $2 IS NOT NULL THEN 'bpchar' || t_.brackets ELSE t_.shown END "
    "WHEN t_.base = 'numeric' THEN 'numeric(' || (($2 - 4) >> 16) || ',' || (($2 - 4) & 65535) || ')' || t_.brackets "
    "WHEN t_.base = 'varchar' THEN 'character varying(' || ($2 - 4) || ')' || t_.brackets "
    "WHEN t_.base = 'bpchar' THEN 'character(' || ($2 - 4) || ')' || t_.brackets "
    "WHEN t_.base = 'bit' THEN 'bit(' || $2 || ')' || t_.brackets "
    "WHEN t_.base = 'varbit' THEN 'bit varying(' || $2 || ')' || t_.brackets "
    "WHEN t_.base IN ('time', 'timetz', 'timestamp', 'timestamptz') THEN regexp_replace(t_.shown, '^(timestamp|time)', "
    "'\\1(' || $2 || ')') ELSE t_.shown END FROM support.printed_types AS t_ WHERE t_.oid = $1), '???') END"
)
_DESCRIPTION = (
    "(SELECT max(d_.description) FROM catalog.pg_description AS d_ WHERE d_.objoid = $1 AND d_.objsubid = 0 "
    "AND ($2 IS NULL OR d_.classoid = (SELECT c_.oid FROM catalog.pg_class AS c_ WHERE c_.relname = $2 "
    "AND c_.relnamespace = 11)))"
)
_SIZE = "(SELECT CAST(greatest(max(c_.reltuples), 0) * 64 AS BIGINT) FROM catalog.pg_class AS c_ WHERE c_.oid = $1)"
_PRETTY = (
    "CASE WHEN abs($1) < 10240 THEN CAST(CAST($1 AS BIGINT) AS VARCHAR) || ' bytes' "
    "WHEN abs($1) < 10485248 THEN CAST(CAST(round($1 / 1024.0) AS BIGINT) AS VARCHAR) || ' kB' "
    "WHEN abs($1) < 10736893952 THEN CAST(CAST(round($1 / 1048576.0) AS BIGINT) AS VARCHAR) || ' MB' "
    "WHEN abs($1) < 10994579406848 THEN CAST(CAST(round($1 / 1073741824.0) AS BIGINT) AS VARCHAR) || ' GB' "
    "ELSE CAST(CAST(round($1 / 1099511627776.0) AS BIGINT) AS VARCHAR) || ' TB' END"
)
_SERIAL = (
    "(SELECT max({schema} || '.' || {name}) FROM catalog.pg_depend AS d_ JOIN catalog.pg_class AS s_ ON s_.oid = "
    "d_.objid JOIN catalog.pg_namespace AS n_ ON n_.oid = s_.relnamespace JOIN catalog.pg_attribute AS a_ ON "
    "a_.attrelid = d_.refobjid AND a_.attnum = d_.refobjsubid JOIN catalog.pg_class AS t_ ON t_.oid = d_.refobjid "
    "JOIN catalog.pg_namespace AS tn_ ON tn_.oid = t_.relnamespace WHERE d_.classid = 1259 AND d_.deptype = 'a' AND "
    "s_.relkind = 'S' AND a_.attname = $2 AND replace($1, '\"', '') IN (t_.relname, tn_.nspname || '.' || t_.relname))"
)
_DEFINITION = "(SELECT max(x_.{column}) FROM support.{table} AS x_ WHERE x_.oid = $1)"
_EMPTY_TEXT = "CAST(NULL AS VARCHAR)"

FUNCTIONS: Mapping[str, tuple[str, PgType | None]] = {
    "format_type": (_FORMAT_TYPE, pg.TEXT),
    "pg_get_expr": ("$1", pg.TEXT),
    "pg_get_constraintdef": (
        "(SELECT max(CASE WHEN $2 THEN x_.pretty ELSE x_.definition END) FROM support.constraint_definitions AS x_ "
        "WHERE x_.oid = $1)", pg.TEXT,
    ),
    "pg_get_viewdef": (_DEFINITION.format(column="definition", table="view_definitions"), pg.TEXT),
    "pg_get_functiondef": (_DEFINITION.format(column="definition", table="function_definitions"), pg.TEXT),
    "pg_get_function_arguments": (_DEFINITION.format(column="arguments", table="function_definitions"), pg.TEXT),
    "pg_get_function_identity_arguments": (
        _DEFINITION.format(column="arguments", table="function_definitions"), pg.TEXT,
    ),
    "pg_get_function_result": (_DEFINITION.format(column="result", table="function_definitions"), pg.TEXT),
    "pg_get_function_sqlbody": (_EMPTY_TEXT, pg.TEXT),
    "pg_get_function_arg_default": (_EMPTY_TEXT, pg.TEXT),
    "pg_get_indexdef": (
        "(SELECT max(CASE WHEN coalesce($2, 0) = 0 THEN x_.definition ELSE coalesce(list_extract(x_.keys, $2), '') END) "
        "FROM support.index_definitions AS x_ WHERE x_.oid = $1)", pg.TEXT,
    ),
    "pg_get_triggerdef": (_EMPTY_TEXT, pg.TEXT), "pg_get_ruledef": (_EMPTY_TEXT, pg.TEXT),
    "pg_get_partkeydef": (_EMPTY_TEXT, pg.TEXT), "pg_get_partition_constraintdef": (_EMPTY_TEXT, pg.TEXT),
    "pg_get_statisticsobjdef": (_EMPTY_TEXT, pg.TEXT), "pg_get_statisticsobjdef_columns": (_EMPTY_TEXT, pg.TEXT),
    "pg_get_statisticsobjdef_expressions": ("CAST(NULL AS VARCHAR[])", array_of(pg.TEXT)),
    "pg_get_replica_identity_index": ("CAST(NULL AS BIGINT)", pg.REGCLASS),
    "pg_get_serial_sequence": (
        _SERIAL.format(schema=quoted_sql("n_.nspname"), name=quoted_sql("s_.relname")), pg.TEXT,
    ),
    "pg_relation_is_publishable": ("(SELECT max(c_.relkind) = 'r' FROM catalog.pg_class AS c_ WHERE c_.oid = $1)", pg.BOOL),
    "pg_relation_is_updatable": ("(SELECT CASE WHEN max(c_.relkind) = 'r' THEN 28 ELSE 0 END FROM catalog.pg_class AS c_ WHERE c_.oid = $1)", pg.INT4),
    "pg_column_is_updatable": ("(SELECT max(c_.relkind) = 'r' FROM catalog.pg_class AS c_ WHERE c_.oid = $1)", pg.BOOL),
    "pg_relation_filenode": ("(SELECT max(c_.relfilenode) FROM catalog.pg_class AS c_ WHERE c_.oid = $1)", pg.OID),
    "pg_filenode_relation": ("CAST(NULL AS BIGINT)", pg.REGCLASS),
    "obj_description": (_DESCRIPTION, pg.TEXT),
    "shobj_description": (_EMPTY_TEXT, pg.TEXT),
    "col_description": (
        "(SELECT max(d_.description) FROM catalog.pg_description AS d_ WHERE d_.objoid = $1 AND d_.classoid = 1259 "
        "AND d_.objsubid = $2)", pg.TEXT,
    ),
    "pg_describe_object": (_EMPTY_TEXT, pg.TEXT), "pg_identify_object": (_EMPTY_TEXT, pg.TEXT),
    "pg_table_size": (_SIZE, pg.INT8), "pg_relation_size": (_SIZE, pg.INT8), "pg_total_relation_size": (_SIZE, pg.INT8),
    "pg_indexes_size": ("CAST(0 AS BIGINT)", pg.INT8),
    "pg_database_size": ("(SELECT CAST(greatest(sum(c_.reltuples), 0) * 64 AS BIGINT) FROM catalog.pg_class AS c_)", pg.INT8),
    "pg_tablespace_size": ("CAST(0 AS BIGINT)", pg.INT8),
    "pg_size_pretty": (_PRETTY, pg.TEXT),
    "pg_size_bytes": ("CAST($1 AS BIGINT)", pg.INT8),
    "pg_tablespace_location": ("''", pg.TEXT),
    "pg_encoding_to_char": ("CASE WHEN $1 = 6 THEN 'UTF8' WHEN $1 = 0 THEN 'SQL_ASCII' WHEN $1 = 8 THEN 'LATIN1' ELSE '' END", pg.NAME),
    "pg_char_to_encoding": ("CASE upper($1) WHEN 'UTF8' THEN 6 WHEN 'SQL_ASCII' THEN 0 WHEN 'LATIN1' THEN 8 ELSE -1 END", pg.INT4),
    "getdatabaseencoding": ("'UTF8'", pg.NAME), "pg_client_encoding": ("'UTF8'", pg.NAME),
    "pg_is_in_recovery": ("false", pg.BOOL), "pg_is_wal_replay_paused": ("false", pg.BOOL),
    "pg_is_other_temp_schema": ("false", pg.BOOL), "pg_my_temp_schema": ("0", pg.OID),
    "pg_is_in_backup": ("false", pg.BOOL), "pg_jit_available": ("false", pg.BOOL),
    "pg_last_wal_receive_lsn": (_EMPTY_TEXT, pg.PG_LSN), "pg_last_wal_replay_lsn": (_EMPTY_TEXT, pg.PG_LSN),
    "pg_current_wal_lsn": ("'0/0'", pg.PG_LSN), "pg_last_xact_replay_timestamp": ("CAST(NULL AS TIMESTAMPTZ)", pg.TIMESTAMPTZ),
    "pg_stat_get_numscans": ("CAST(0 AS BIGINT)", pg.INT8), "pg_stat_get_live_tuples": ("CAST(0 AS BIGINT)", pg.INT8),
    "pg_stat_get_dead_tuples": ("CAST(0 AS BIGINT)", pg.INT8), "pg_sequence_last_value": ("CAST(NULL AS BIGINT)", pg.INT8),
    "pg_blocking_pids": ("CAST([] AS INTEGER[])", array_of(pg.INT4)), "pg_trigger_depth": ("0", pg.INT4),
    "pg_advisory_lock": ("''", pg.VOID), "pg_advisory_unlock": ("true", pg.BOOL), "pg_try_advisory_lock": ("true", pg.BOOL),
    "pg_advisory_unlock_all": ("''", pg.VOID), "pg_advisory_xact_lock": ("''", pg.VOID), "pg_try_advisory_xact_lock": ("true", pg.BOOL),
    "pg_index_column_has_property": ("CASE $3 WHEN 'asc' THEN true WHEN 'orderable' THEN true WHEN 'nulls_last' THEN true WHEN 'returnable' THEN true ELSE false END", pg.BOOL),
    "pg_index_has_property": ("$2 IN ('index_scan', 'bitmap_scan', 'backward_scan')", pg.BOOL),
    "pg_indexam_has_property": ("$2 IN ('can_order', 'can_unique', 'can_multi_col', 'can_exclude', 'can_include')", pg.BOOL),
    "row_security_active": ("false", pg.BOOL),
    "pg_partition_ancestors": ("unnest(CAST([] AS BIGINT[]))", pg.REGCLASS),
    "aclexplode": (
        "unnest(CAST([] AS STRUCT(grantor BIGINT, grantee BIGINT, privilege_type VARCHAR, is_grantable BOOLEAN)[]))", None,
    ),
    "pg_options_to_table": ("unnest(CAST([] AS STRUCT(option_name VARCHAR, option_value VARCHAR)[]))", None),
    "pg_partition_root": ("CAST(NULL AS BIGINT)", pg.REGCLASS),
    "txid_current": ("CAST(txid_current() AS BIGINT)", pg.INT8), "pg_current_xact_id": ("CAST(txid_current() AS BIGINT)", pg.INT8),
    "txid_current_if_assigned": ("CAST(NULL AS BIGINT)", pg.INT8), "txid_current_snapshot": ("'1:1:'", pg.TEXT),
    "pg_snapshot_xmin": ("CAST(1 AS BIGINT)", pg.INT8), "age": ("CAST(0 AS INTEGER)", pg.INT4),
    "mxid_age": ("CAST(0 AS INTEGER)", pg.INT4),
    "inet_server_addr": (_EMPTY_TEXT, pg.INET), "inet_server_port": ("CAST(NULL AS INTEGER)", pg.INT4),
    "inet_client_addr": (_EMPTY_TEXT, pg.INET), "inet_client_port": ("CAST(NULL AS INTEGER)", pg.INT4),
    "pg_postmaster_start_time": ("now()", pg.TIMESTAMPTZ), "pg_conf_load_time": ("now()", pg.TIMESTAMPTZ),
    "pg_get_userbyid": (
        "CASE WHEN $1 = 10 THEN '{user}' ELSE coalesce((SELECT r_.rolname FROM catalog.pg_authid AS r_ "
        "WHERE r_.oid = $1), 'unknown (OID=' || $1 || ')') END", pg.NAME,
    ),
    "quote_ident": (quoted_sql("$1"), pg.TEXT),
    "quote_literal": ("'''' || replace(CAST($1 AS VARCHAR), '''', '''''') || ''''", pg.TEXT),
    "quote_nullable": ("coalesce('''' || replace(CAST($1 AS VARCHAR), '''', '''''') || '''', 'NULL')", pg.TEXT),
    "array_to_string": ("array_to_string(list_transform(list_filter($1, lambda e_: e_ IS NOT NULL OR $3 IS NOT NULL), lambda e_: coalesce(CAST(e_ AS VARCHAR), $3)), $2)", pg.TEXT),
    "array_upper": ("CASE WHEN len($1) = 0 THEN NULL ELSE CAST(len($1) AS INTEGER) END", pg.INT4),
    "array_lower": ("CASE WHEN len($1) = 0 THEN NULL ELSE 1 END", pg.INT4),
    "array_length": ("CASE WHEN len($1) = 0 THEN NULL ELSE CAST(len($1) AS INTEGER) END", pg.INT4),
    "array_ndims": ("CASE WHEN len($1) = 0 THEN NULL ELSE 1 END", pg.INT4),
    "cardinality": ("CAST(len($1) AS INTEGER)", pg.INT4),
    "array_position": ("CAST(list_position($1, $2) AS INTEGER)", pg.INT4),
    "generate_subscripts": ("unnest(range(1, len($1) + 1))", pg.INT4),
    "_pg_expandarray": ("unnest(list_transform(range(1, len($1) + 1), lambda i_: struct_pack(x := $1[i_], n := CAST(i_ AS INTEGER))))", None),
    "_pg_char_max_length": ("CASE WHEN $2 >= 4 AND $1 IN (1042, 1043) THEN $2 - 4 END", pg.INT4),
    "_pg_numeric_precision": ("CASE $1 WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 1700 THEN CASE WHEN $2 = -1 THEN NULL ELSE (($2 - 4) >> 16) & 65535 END WHEN 700 THEN 24 WHEN 701 THEN 53 END", pg.INT4),
    "_pg_numeric_scale": ("CASE WHEN $1 IN (20, 21, 23) THEN 0 WHEN $1 = 1700 AND $2 <> -1 THEN ($2 - 4) & 65535 END", pg.INT4),
    "_pg_truetypid": ("CASE WHEN $2.typtype = 'd' THEN $2.typbasetype ELSE $1.atttypid END", pg.OID),
    "json_build_object": ("json_object()", pg.JSON), "jsonb_build_object": ("json_object()", pg.JSONB),
    "pg_notify": ("''", pg.VOID), "pg_sleep": ("''", pg.VOID),
    "acldefault": ("CAST(NULL AS VARCHAR[])", array_of(pg.ACLITEM)),
    "pg_stat_get_backend_pid": ("CAST(NULL AS INTEGER)", pg.INT4),
    "pg_export_snapshot": ("'00000001-1'", pg.TEXT),
    "pg_listening_channels": (_EMPTY_TEXT, pg.TEXT), "icu_version": (_EMPTY_TEXT, pg.TEXT),
    "pg_collation_actual_version": (_EMPTY_TEXT, pg.TEXT), "pg_collation_for": (_EMPTY_TEXT, pg.TEXT),
    "row_to_json": ("to_json($1)", pg.JSON), "to_jsonb": ("to_json($1)", pg.JSONB),
    "parse_ident": ("string_split(replace($1, '\"', ''), '.')", array_of(pg.TEXT)),
    "pg_get_object_address": (_EMPTY_TEXT, pg.TEXT), "pg_has_role": ("true", pg.BOOL),
    "pg_relation_filepath": (_EMPTY_TEXT, pg.TEXT), "pg_rotate_logfile": ("false", pg.BOOL),
}  # fmt: skip

_TO_REG = ("to_regclass", "to_regproc", "to_regprocedure", "to_regtype", "to_regnamespace", "to_regrole", "to_regoper",
           "to_regoperator", "to_regcollation")  # fmt: skip
_SAME_ELEMENTS = frozenset({"array_remove", "array_append", "array_prepend", "array_cat", "array_replace"})
_DUCKDB_NAMES = {"json_build_object": "json_object", "jsonb_build_object": "json_object", "array_remove": None}


def rewrite_function(node: exp.Expression, planning: Planning) -> exp.Expression | None:
    call = call_of(node)
    if call is None:
        return None
    name, arguments = call
    if name in ("json_build_object", "jsonb_build_object"):
        return expand_call("json_object", arguments, pg.JSON if name.startswith("json_") else pg.JSONB)
    if name in ("json_agg", "jsonb_agg"):
        return expand_call("json_group_array", arguments, pg.JSON if name == "json_agg" else pg.JSONB)
    if name == "pg_typeof":
        kind = pg.UNKNOWN if isinstance(arguments[0], exp.Literal | exp.Null) else None
        kind = kind_of(arguments[0]) or kind
        if kind is None:
            return expand("lower(typeof($1))", arguments, planning, pg.TEXT)
        return expand(str(kind.oid), [], planning, pg.REGTYPE)
    if name == "array_remove":
        kind = kind_of(arguments[0])
        return expand(
            "list_filter($1, lambda e_: e_ IS DISTINCT FROM $2)", arguments, planning, kind
        )
    if name in _VISIBLE:
        table, namespace = _VISIBLE[name]
        template = (
            f"(SELECT max(list_contains({path_sql(planning)}, n_.nspname)) FROM catalog.{table} AS r_ JOIN "
            f"catalog.pg_namespace AS n_ ON n_.oid = r_.{namespace} WHERE r_.oid = $1)"
        )
        return expand(template.replace("max(", "bool_or("), arguments, planning, pg.BOOL)
    if name in _TO_REG and arguments:
        kind = pg_type_named(name.removeprefix("to_"))
        assert kind is not None
        return oid_of(arguments[0], kind, planning, must_exist=False)
    if name.startswith("has_") and name.endswith("_privilege"):
        return expand("true", [], planning, pg.BOOL)
    if name == "generate_subscripts" and kind_of(arguments[0]) in (pg.INT2VECTOR, pg.OIDVECTOR):
        return expand("unnest(range(0, len($1)))", arguments, planning, pg.INT4)
    if name == "age" and len(arguments) != 1:
        return None
    template_and_kind = FUNCTIONS.get(name)
    if template_and_kind is None:
        return None
    template, kind = template_and_kind
    template = template.replace("{user}", planning.session.user.replace("'", "''")).replace("{path}", path_sql(planning))
    return expand(template, arguments, planning, kind)


def expand_call(name: str, arguments: list[exp.Expression], kind: PgType | None) -> exp.Expression:
    from sqlserver.plan.catalog.tree import with_kind

    return with_kind(exp.Anonymous(this=name, expressions=arguments), kind)


def element_function(node: exp.Expression, planning: Planning) -> exp.Expression | None:
    """Functions whose result follows their list argument."""
    from sqlserver.plan.catalog.tree import with_kind

    call = call_of(node)
    if call is not None and call[1]:
        name, arguments = call
        if name in _SAME_ELEMENTS:
            with_kind(node, kind_of(arguments[0]))
        elif name == "unnest":
            with_kind(node, element_of(kind_of(arguments[0])))
    return None
