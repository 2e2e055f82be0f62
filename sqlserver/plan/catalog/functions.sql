-- PostgreSQL's functions as DuckDB's expressions over the emulated catalog: each block a line with the type of the
-- result and the names, then the expression. $1 … are the arguments, NULL where left out; catalog.x and support.x the
-- catalog's tables; {user} and {path} the session's user and search path.

-- text: format_type
CASE WHEN $1 IS NULL THEN NULL WHEN $1 = 0 THEN '-' ELSE coalesce((SELECT CASE WHEN t_.schema <> '' AND NOT
list_contains({path}, t_.schema) THEN t_.schema || '.' || t_.shown WHEN $2 IS NULL OR $2 < 0 THEN CASE WHEN t_.base
= 'bpchar' AND $2 IS NOT NULL THEN 'bpchar' || t_.brackets ELSE t_.shown END WHEN t_.base = 'numeric' THEN
'numeric(' || (($2 - 4) >> 16) || ',' || (($2 - 4) & 65535) || ')' || t_.brackets WHEN t_.base = 'varchar' THEN
'character varying(' || ($2 - 4) || ')' || t_.brackets WHEN t_.base = 'bpchar' THEN 'character(' || ($2 - 4) || ')'
|| t_.brackets WHEN t_.base = 'bit' THEN 'bit(' || $2 || ')' || t_.brackets WHEN t_.base = 'varbit' THEN
'bit varying(' || $2 || ')' || t_.brackets WHEN t_.base IN ('time', 'timetz', 'timestamp', 'timestamptz') THEN
regexp_replace(t_.shown, '^(timestamp|time)', '\1(' || $2 || ')') ELSE t_.shown END FROM support.printed_types AS t_
WHERE t_.oid = $1), '???') END

-- text: pg_get_expr
$1

-- text: pg_get_constraintdef
(SELECT max(CASE WHEN $2 THEN x_.pretty ELSE x_.definition END) FROM support.constraint_definitions AS x_ WHERE
x_.oid = $1)

-- text: pg_get_viewdef
(SELECT max(x_.definition) FROM support.view_definitions AS x_ WHERE x_.oid = $1)

-- text: pg_get_functiondef
(SELECT max(x_.definition) FROM support.function_definitions AS x_ WHERE x_.oid = $1)

-- text: pg_get_function_arguments pg_get_function_identity_arguments
(SELECT max(x_.arguments) FROM support.function_definitions AS x_ WHERE x_.oid = $1)

-- text: pg_get_function_result
(SELECT max(x_.result) FROM support.function_definitions AS x_ WHERE x_.oid = $1)

-- text: pg_get_function_sqlbody pg_get_function_arg_default pg_get_triggerdef pg_get_ruledef pg_get_partkeydef pg_get_partition_constraintdef pg_get_statisticsobjdef pg_get_statisticsobjdef_columns shobj_description pg_describe_object pg_identify_object icu_version pg_collation_actual_version pg_collation_for pg_get_object_address pg_relation_filepath
CAST(NULL AS VARCHAR)

-- text: pg_get_indexdef
(SELECT max(CASE WHEN coalesce($2, 0) = 0 THEN x_.definition ELSE coalesce(list_extract(x_.keys, $2), '') END) FROM
support.index_definitions AS x_ WHERE x_.oid = $1)

-- _text: pg_get_statisticsobjdef_expressions
CAST(NULL AS VARCHAR[])

-- regclass: pg_get_replica_identity_index pg_filenode_relation pg_partition_root
CAST(NULL AS BIGINT)

-- text: pg_get_serial_sequence
(SELECT max(s_.sequence) FROM support.serial_sequences AS s_ WHERE s_.written = replace($1, '"', '') AND s_.column =
$2)

-- bool: pg_relation_is_publishable pg_column_is_updatable
(SELECT max(c_.relkind) = 'r' FROM catalog.pg_class AS c_ WHERE c_.oid = $1)

-- int4: pg_relation_is_updatable
(SELECT CASE WHEN max(c_.relkind) = 'r' THEN 28 ELSE 0 END FROM catalog.pg_class AS c_ WHERE c_.oid = $1)

-- oid: pg_relation_filenode
(SELECT max(c_.relfilenode) FROM catalog.pg_class AS c_ WHERE c_.oid = $1)

-- text: obj_description
(SELECT max(d_.description) FROM catalog.pg_description AS d_ WHERE d_.objoid = $1 AND d_.objsubid = 0 AND ($2 IS
NULL OR d_.classoid = (SELECT c_.oid FROM catalog.pg_class AS c_ WHERE c_.relname = $2 AND c_.relnamespace = 11)))

-- text: col_description
(SELECT max(d_.description) FROM catalog.pg_description AS d_ WHERE d_.objoid = $1 AND d_.classoid = 1259 AND
d_.objsubid = $2)

-- int8: pg_table_size pg_relation_size pg_total_relation_size
(SELECT CAST(greatest(max(c_.reltuples), 0) * 64 AS BIGINT) FROM catalog.pg_class AS c_ WHERE c_.oid = $1)

-- int8: pg_indexes_size pg_tablespace_size pg_stat_get_numscans pg_stat_get_live_tuples pg_stat_get_dead_tuples
CAST(0 AS BIGINT)

-- int8: pg_database_size
(SELECT CAST(greatest(sum(c_.reltuples), 0) * 64 AS BIGINT) FROM catalog.pg_class AS c_)

-- text: pg_size_pretty
CASE WHEN abs($1) < 10240 THEN CAST(CAST($1 AS BIGINT) AS VARCHAR) || ' bytes' WHEN abs($1) < 10485248 THEN
CAST(CAST(round($1 / 1024.0) AS BIGINT) AS VARCHAR) || ' kB' WHEN abs($1) < 10736893952 THEN CAST(CAST(round($1 /
1048576.0) AS BIGINT) AS VARCHAR) || ' MB' WHEN abs($1) < 10994579406848 THEN CAST(CAST(round($1 / 1073741824.0) AS
BIGINT) AS VARCHAR) || ' GB' ELSE CAST(CAST(round($1 / 1099511627776.0) AS BIGINT) AS VARCHAR) || ' TB' END

-- int8: pg_size_bytes
CAST($1 AS BIGINT)

-- text: pg_tablespace_location
CASE WHEN $1 IS NOT NULL THEN '' END

-- name: pg_encoding_to_char
CASE WHEN $1 IS NOT NULL THEN coalesce(['SQL_ASCII', 'EUC_JP', 'EUC_CN', 'EUC_KR', 'EUC_TW', 'EUC_JIS_2004', 'UTF8',
'MULE_INTERNAL', 'LATIN1', 'LATIN2', 'LATIN3', 'LATIN4', 'LATIN5', 'LATIN6', 'LATIN7', 'LATIN8', 'LATIN9', 'LATIN10',
'WIN1256', 'WIN1258', 'WIN866', 'WIN874', 'KOI8R', 'WIN1251', 'WIN1252', 'ISO_8859_5', 'ISO_8859_6', 'ISO_8859_7',
'ISO_8859_8', 'WIN1250', 'WIN1253', 'WIN1254', 'WIN1255', 'WIN1257', 'KOI8U', 'SJIS', 'BIG5', 'GBK', 'UHC', 'GB18030',
'JOHAB', 'SHIFT_JIS_2004'][$1 + 1], '') END

-- int4: pg_char_to_encoding
CAST(CASE WHEN $1 IS NOT NULL THEN coalesce(list_position(['SQL_ASCII', 'EUC_JP', 'EUC_CN', 'EUC_KR', 'EUC_TW',
'EUC_JIS_2004', 'UTF8', 'MULE_INTERNAL', 'LATIN1', 'LATIN2', 'LATIN3', 'LATIN4', 'LATIN5', 'LATIN6', 'LATIN7',
'LATIN8', 'LATIN9', 'LATIN10', 'WIN1256', 'WIN1258', 'WIN866', 'WIN874', 'KOI8R', 'WIN1251', 'WIN1252', 'ISO_8859_5',
'ISO_8859_6', 'ISO_8859_7', 'ISO_8859_8', 'WIN1250', 'WIN1253', 'WIN1254', 'WIN1255', 'WIN1257', 'KOI8U', 'SJIS',
'BIG5', 'GBK', 'UHC', 'GB18030', 'JOHAB', 'SHIFT_JIS_2004'], upper($1)), 0) - 1 END AS INTEGER)

-- name: getdatabaseencoding pg_client_encoding
'UTF8'

-- bool: pg_is_in_recovery pg_is_wal_replay_paused pg_is_other_temp_schema pg_is_in_backup pg_jit_available row_security_active pg_rotate_logfile
false

-- oid: pg_my_temp_schema
0

-- pg_lsn: pg_last_wal_receive_lsn pg_last_wal_replay_lsn
CAST(NULL AS VARCHAR)

-- pg_lsn: pg_current_wal_lsn
'0/0'

-- timestamptz: pg_last_xact_replay_timestamp
CAST(NULL AS TIMESTAMPTZ)

-- int8: pg_sequence_last_value txid_current_if_assigned
CAST(NULL AS BIGINT)

-- _int4: pg_blocking_pids
CAST([] AS INTEGER[])

-- int4: pg_trigger_depth
0

-- void: pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared
CASE WHEN CAST($1 AS BIGINT) IS NOT NULL AND coalesce(CAST($2 AS BIGINT), 0) IS NOT NULL THEN '' END

-- void: pg_advisory_unlock_all pg_sleep
''

-- bool: pg_advisory_unlock pg_advisory_unlock_shared pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared
CASE WHEN CAST($1 AS BIGINT) IS NOT NULL AND coalesce(CAST($2 AS BIGINT), 0) IS NOT NULL THEN true END

-- bool: pg_index_column_has_property
CASE $3 WHEN 'asc' THEN true WHEN 'orderable' THEN true WHEN 'nulls_last' THEN true WHEN 'returnable' THEN true ELSE
false END

-- bool: pg_index_has_property
$2 IN ('index_scan', 'bitmap_scan', 'backward_scan')

-- bool: pg_indexam_has_property
$2 IN ('can_order', 'can_unique', 'can_multi_col', 'can_exclude', 'can_include')

-- regclass: pg_partition_ancestors
unnest(CAST([] AS BIGINT[]))

-- any: aclexplode
unnest(CAST([] AS STRUCT(grantor BIGINT, grantee BIGINT, privilege_type VARCHAR, is_grantable BOOLEAN)[]))

-- any: pg_options_to_table
unnest(CAST([] AS STRUCT(option_name VARCHAR, option_value VARCHAR)[]))

-- int8: txid_current pg_current_xact_id
CAST(txid_current() AS BIGINT)

-- text: txid_current_snapshot
'1:1:'

-- int8: pg_snapshot_xmin
CAST(1 AS BIGINT)

-- int4: age mxid_age
CAST(0 AS INTEGER)

-- inet: inet_server_addr inet_client_addr
CAST(NULL AS VARCHAR)

-- int4: inet_server_port inet_client_port pg_stat_get_backend_pid
CAST(NULL AS INTEGER)

-- timestamptz: pg_postmaster_start_time pg_conf_load_time
now()

-- name: pg_get_userbyid
CASE WHEN $1 = 10 THEN '{user}' ELSE coalesce((SELECT r_.rolname FROM catalog.pg_authid AS r_ WHERE r_.oid = $1),
'unknown (OID=' || $1 || ')') END

-- text: quote_ident
CASE WHEN regexp_full_match($1, '[a-z_][a-z0-9_]*') AND $1 NOT IN ('all', 'analyse', 'analyze', 'and', 'any',
'array', 'as', 'asc', 'asymmetric', 'authorization', 'binary', 'both', 'case', 'cast', 'check', 'collate',
'collation', 'column', 'concurrently', 'constraint', 'create', 'cross', 'current_catalog', 'current_date',
'current_role', 'current_schema', 'current_time', 'current_timestamp', 'current_user', 'default', 'deferrable',
'desc', 'distinct', 'do', 'else', 'end', 'except', 'false', 'fetch', 'for', 'foreign', 'freeze', 'from', 'full',
'grant', 'group', 'having', 'ilike', 'in', 'initially', 'inner', 'intersect', 'into', 'is', 'isnull', 'join',
'lateral', 'leading', 'left', 'like', 'limit', 'localtime', 'localtimestamp', 'natural', 'not', 'notnull', 'null',
'offset', 'on', 'only', 'or', 'order', 'outer', 'overlaps', 'placing', 'primary', 'references', 'returning',
'right', 'select', 'session_user', 'similar', 'some', 'symmetric', 'table', 'tablesample', 'then', 'to', 'trailing',
'true', 'union', 'unique', 'user', 'using', 'variadic', 'verbose', 'when', 'where', 'window', 'with') THEN $1 ELSE
'"' || replace($1, '"', '""') || '"' END

-- text: quote_literal
chr(39) || replace(CAST($1 AS VARCHAR), chr(39), chr(39) || chr(39)) || chr(39)

-- text: quote_nullable
coalesce(chr(39) || replace(CAST($1 AS VARCHAR), chr(39), chr(39) || chr(39)) || chr(39), 'NULL')

-- text: array_to_string
array_to_string(list_transform(list_filter($1, lambda e_: e_ IS NOT NULL OR $3 IS NOT NULL), lambda e_:
coalesce(CAST(e_ AS VARCHAR), $3)), $2)

-- int4: array_upper array_length
CASE WHEN len($1) = 0 THEN NULL ELSE CAST(len($1) AS INTEGER) END

-- int4: array_lower array_ndims
CASE WHEN len($1) = 0 THEN NULL ELSE 1 END

-- int4: cardinality
CAST(len($1) AS INTEGER)

-- int4: array_position
CAST(list_position($1, $2) AS INTEGER)

-- int4: generate_subscripts
unnest(range(1, len($1) + 1))

-- any: _pg_expandarray
unnest(list_transform(range(1, len($1) + 1), lambda i_: struct_pack(x := $1[i_], n := CAST(i_ AS INTEGER))))

-- int4: _pg_char_max_length
CASE WHEN $2 >= 4 AND $1 IN (1042, 1043) THEN $2 - 4 END

-- int4: _pg_numeric_precision
CASE $1 WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 1700 THEN CASE WHEN $2 = -1 THEN NULL ELSE (($2 - 4) >>
16) & 65535 END WHEN 700 THEN 24 WHEN 701 THEN 53 END

-- int4: _pg_numeric_scale
CASE WHEN $1 IN (20, 21, 23) THEN 0 WHEN $1 = 1700 AND $2 <> -1 THEN ($2 - 4) & 65535 END

-- oid: _pg_truetypid
CASE WHEN $2.typtype = 'd' THEN $2.typbasetype ELSE $1.atttypid END

-- json: json_build_object
json_object()

-- jsonb: jsonb_build_object
json_object()

-- _aclitem: acldefault
CAST(NULL AS VARCHAR[])

-- text: pg_export_snapshot
'00000001-1'

-- json: row_to_json
to_json($1)

-- jsonb: to_jsonb
to_json($1)

-- _text: parse_ident
string_split(replace($1, '"', ''), '.')

-- text: oidvectortypes
(SELECT coalesce(string_agg(coalesce(t_.shown, '-'), ', ' ORDER BY u_.n), '') FROM (SELECT unnest($1) AS o,
unnest(range(len($1))) AS n) AS u_ LEFT JOIN support.printed_types AS t_ ON t_.oid = u_.o)

-- text: host abbrev
CAST($1 AS VARCHAR)

-- bpchar: bpchar
CAST($1 AS VARCHAR)

-- void: pg_stat_reset pg_stat_reset_shared pg_stat_reset_single_table_counters pg_stat_reset_single_function_counters pg_stat_reset_slru pg_stat_reset_replication_slot pg_stat_clear_snapshot pg_replication_origin_xact_reset
''

-- numeric: pg_wal_lsn_diff
CAST(0 AS DECIMAL(18, 0))

-- text: pg_walfile_name pg_xact_status txid_status
CAST(NULL AS VARCHAR)

-- timestamptz: pg_xact_commit_timestamp pg_stat_get_snapshot_timestamp pg_stat_get_db_stat_reset_time pg_stat_get_last_vacuum_time pg_stat_get_last_autovacuum_time pg_stat_get_last_analyze_time pg_stat_get_last_autoanalyze_time pg_stat_get_bgwriter_stat_reset_time
CAST(NULL AS TIMESTAMPTZ)

-- int8: pg_stat_get_analyze_count pg_stat_get_autoanalyze_count pg_stat_get_autovacuum_count pg_stat_get_bgwriter_buf_written_checkpoints pg_stat_get_bgwriter_buf_written_clean pg_stat_get_bgwriter_maxwritten_clean pg_stat_get_bgwriter_requested_checkpoints pg_stat_get_bgwriter_timed_checkpoints pg_stat_get_blocks_fetched pg_stat_get_blocks_hit pg_stat_get_buf_alloc pg_stat_get_buf_fsync_backend pg_stat_get_buf_written_backend pg_stat_get_db_blocks_fetched pg_stat_get_db_blocks_hit pg_stat_get_db_checksum_failures pg_stat_get_db_conflict_all pg_stat_get_db_conflict_bufferpin pg_stat_get_db_conflict_lock pg_stat_get_db_conflict_snapshot pg_stat_get_db_conflict_startup_deadlock pg_stat_get_db_conflict_tablespace pg_stat_get_db_deadlocks pg_stat_get_db_sessions pg_stat_get_db_sessions_abandoned pg_stat_get_db_sessions_fatal pg_stat_get_db_sessions_killed pg_stat_get_db_temp_bytes pg_stat_get_db_temp_files pg_stat_get_db_tuples_deleted pg_stat_get_db_tuples_fetched pg_stat_get_db_tuples_inserted pg_stat_get_db_tuples_returned pg_stat_get_db_tuples_updated pg_stat_get_db_xact_commit pg_stat_get_db_xact_rollback pg_stat_get_function_calls pg_stat_get_ins_since_vacuum pg_stat_get_mod_since_analyze pg_stat_get_tuples_deleted pg_stat_get_tuples_fetched pg_stat_get_tuples_hot_updated pg_stat_get_tuples_inserted pg_stat_get_tuples_returned pg_stat_get_tuples_updated pg_stat_get_vacuum_count pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated
CAST(0 AS BIGINT)

-- float8: pg_stat_get_checkpoint_sync_time pg_stat_get_checkpoint_write_time pg_stat_get_db_active_time pg_stat_get_db_blk_read_time pg_stat_get_db_blk_write_time pg_stat_get_db_idle_in_transaction_time pg_stat_get_db_session_time pg_stat_get_function_self_time pg_stat_get_function_total_time pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time
CAST(0 AS DOUBLE)

-- bool: pg_try_advisory_lock_shared pg_try_advisory_xact_lock_shared pg_advisory_unlock_shared amvalidate
true

-- void: pg_advisory_lock_shared pg_advisory_xact_lock_shared
''
