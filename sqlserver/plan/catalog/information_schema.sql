-- information_schema's views as queries over pg_catalog, in PostgreSQL's own words: each block the view's name,
-- then its query.

-- information_schema_catalog_name
select current_database()::name as catalog_name

-- schemata
select current_database()::name as catalog_name, nspname::name as schema_name, pg_get_userbyid(nspowner)::name as schema_owner,
  null::name as default_character_set_catalog, null::name as default_character_set_schema,
  null::name as default_character_set_name, null::varchar as sql_path
from pg_namespace

-- tables
select current_database()::name as table_catalog, n.nspname::name as table_schema, c.relname::name as table_name,
  case when c.relpersistence = 't' then 'LOCAL TEMPORARY' when c.relkind = 'v' then 'VIEW'
    else 'BASE TABLE' end::varchar as table_type,
  null::name as self_referencing_column_name, null::varchar as reference_generation,
  null::name as user_defined_type_catalog, null::name as user_defined_type_schema,
  null::name as user_defined_type_name, case when c.relkind = 'r' then 'YES' else 'NO' end::varchar as is_insertable_into,
  'NO'::varchar as is_typed, null::varchar as commit_action
from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'f', 'p')

-- views
select current_database()::name as table_catalog, n.nspname::name as table_schema, c.relname::name as table_name,
  pg_get_viewdef(c.oid)::varchar as view_definition, 'NONE'::varchar as check_option, 'NO'::varchar as is_updatable,
  'NO'::varchar as is_insertable_into, 'NO'::varchar as is_trigger_updatable,
  'NO'::varchar as is_trigger_deletable, 'NO'::varchar as is_trigger_insertable_into
from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'v'

-- columns
select current_database()::name as table_catalog, n.nspname::name as table_schema, c.relname::name as table_name,
  a.attname::name as column_name, a.attnum::int4 as ordinal_position,
  case when a.attgenerated = '' then d.adbin end::varchar as column_default,
  case when a.attnotnull then 'NO' else 'YES' end::varchar as is_nullable, case when t.typcategory = 'A' and t.typelem <> 0 then 'ARRAY' when n2.nspname = 'pg_catalog' then format_type(a.atttypid, null) else 'USER-DEFINED' end::varchar as data_type,
  _pg_char_max_length(a.atttypid, a.atttypmod) as character_maximum_length,
  case when a.atttypid in (25, 1042, 1043) then coalesce(_pg_char_max_length(a.atttypid, a.atttypmod) * 4, 1073741824) end::int4 as character_octet_length,
  _pg_numeric_precision(a.atttypid, a.atttypmod) as numeric_precision,
  case when a.atttypid in (20, 21, 23, 700, 701) then 2 when a.atttypid = 1700 then 10 end::int4 as numeric_precision_radix,
  _pg_numeric_scale(a.atttypid, a.atttypmod) as numeric_scale,
  case when a.atttypid = 1082 then 0 when a.atttypid in (1083, 1114, 1184, 1266, 1186) then 6 end::int4 as datetime_precision,
  null::varchar as interval_type, null::int4 as interval_precision, null::name as character_set_catalog,
  null::name as character_set_schema, null::name as character_set_name, null::name as collation_catalog,
  null::name as collation_schema, null::name as collation_name, null::name as domain_catalog,
  null::name as domain_schema, null::name as domain_name, current_database()::name as udt_catalog,
  n2.nspname::name as udt_schema, t.typname::name as udt_name, null::name as scope_catalog,
  null::name as scope_schema, null::name as scope_name, null::int4 as maximum_cardinality,
  a.attnum::varchar::name as dtd_identifier, 'NO'::varchar as is_self_referencing,
  case when a.attidentity <> '' then 'YES' else 'NO' end::varchar as is_identity,
  case a.attidentity when 'a' then 'ALWAYS' when 'd' then 'BY DEFAULT' end::varchar as identity_generation,
  s.seqstart::varchar as identity_start, s.seqincrement::varchar as identity_increment,
  s.seqmax::varchar as identity_maximum, s.seqmin::varchar as identity_minimum,
  case when s.seqcycle then 'YES' else 'NO' end::varchar as identity_cycle,
  case when a.attgenerated = '' then 'NEVER' else 'ALWAYS' end::varchar as is_generated,
  case when a.attgenerated <> '' then d.adbin end::varchar as generation_expression,
  case when c.relkind = 'r' then 'YES' else 'NO' end::varchar as is_updatable
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_type t on t.oid = a.atttypid join pg_namespace n2 on n2.oid = t.typnamespace
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join pg_depend p on p.refclassid = 1259 and p.refobjid = a.attrelid and p.refobjsubid = a.attnum
    and p.classid = 1259 and p.deptype = 'i' and a.attidentity <> ''
  left join pg_sequence s on s.seqrelid = p.objid
where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'v', 'f', 'p')
order by n.nspname, c.relname, a.attnum

-- table_constraints
select current_database()::name as constraint_catalog, n.nspname::name as constraint_schema, k.conname::name as constraint_name,
  current_database()::name as table_catalog, n.nspname::name as table_schema, c.relname::name as table_name,
  case k.contype when 'c' then 'CHECK' when 'f' then 'FOREIGN KEY' when 'p' then 'PRIMARY KEY'
    when 'u' then 'UNIQUE' end::varchar as constraint_type,
  case when k.condeferrable then 'YES' else 'NO' end::varchar as is_deferrable,
  case when k.condeferred then 'YES' else 'NO' end::varchar as initially_deferred, 'YES'::varchar as enforced,
  case when k.contype = 'u' then 'YES' end::varchar as nulls_distinct
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
where k.contype in ('c', 'f', 'p', 'u')

-- key_column_usage
select current_database()::name as constraint_catalog, x.nspname::name as constraint_schema, x.conname::name as constraint_name,
  current_database()::name as table_catalog, x.nspname::name as table_schema, x.relname::name as table_name,
  a.attname::name as column_name, x.n::int4 as ordinal_position,
  case when x.contype = 'f' then x.n end::int4 as position_in_unique_constraint
from (select n.nspname, k.conname, c.relname, k.conrelid, k.contype, unnest(k.conkey) as attnum,
    generate_subscripts(k.conkey, 1) as n
  from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
  where k.contype in ('p', 'u', 'f')) x
  join pg_attribute a on a.attrelid = x.conrelid and a.attnum = x.attnum
order by x.nspname, x.relname, x.conname, x.n

-- constraint_column_usage
select current_database()::name as table_catalog, n.nspname::name as table_schema, c.relname::name as table_name,
  a.attname::name as column_name, current_database()::name as constraint_catalog, kn.nspname::name as constraint_schema,
  x.conname::name as constraint_name
from (select k.conname, k.connamespace, case when k.contype = 'f' then k.confrelid else k.conrelid end as relid,
    unnest(case when k.contype = 'f' then k.confkey else k.conkey end) as attnum
  from pg_constraint k where k.contype in ('p', 'u', 'f', 'c') and k.conrelid <> 0) x
  join pg_class c on c.oid = x.relid join pg_namespace n on n.oid = c.relnamespace
  join pg_namespace kn on kn.oid = x.connamespace
  join pg_attribute a on a.attrelid = x.relid and a.attnum = x.attnum

-- constraint_table_usage
select current_database()::name as table_catalog, n.nspname::name as table_schema, c.relname::name as table_name,
  current_database()::name as constraint_catalog, n.nspname::name as constraint_schema, k.conname::name as constraint_name
from pg_constraint k join pg_class c on c.oid = case when k.contype = 'f' then k.confrelid else k.conrelid end
  join pg_namespace n on n.oid = c.relnamespace where k.contype in ('p', 'u', 'f')

-- referential_constraints
select current_database()::name as constraint_catalog, n.nspname::name as constraint_schema, k.conname::name as constraint_name,
  current_database()::name as unique_constraint_catalog, n2.nspname::name as unique_constraint_schema,
  u.conname::name as unique_constraint_name, 'NONE'::varchar as match_option,
  case k.confupdtype when 'c' then 'CASCADE' when 'n' then 'SET NULL' when 'd' then 'SET DEFAULT'
    when 'r' then 'RESTRICT' else 'NO ACTION' end::varchar as update_rule,
  case k.confdeltype when 'c' then 'CASCADE' when 'n' then 'SET NULL' when 'd' then 'SET DEFAULT'
    when 'r' then 'RESTRICT' else 'NO ACTION' end::varchar as delete_rule
from pg_constraint k join pg_namespace n on n.oid = k.connamespace
  left join pg_constraint u on u.conindid = k.conindid and u.contype in ('p', 'u') and u.conrelid = k.confrelid
  left join pg_namespace n2 on n2.oid = u.connamespace
where k.contype = 'f'

-- check_constraints
select current_database()::name as constraint_catalog, n.nspname::name as constraint_schema, k.conname::name as constraint_name,
  k.conbin::varchar as check_clause
from pg_constraint k join pg_namespace n on n.oid = k.connamespace where k.contype = 'c'

-- sequences
select current_database()::name as sequence_catalog, n.nspname::name as sequence_schema, c.relname::name as sequence_name,
  'bigint'::varchar as data_type, 64::int4 as numeric_precision, 2::int4 as numeric_precision_radix,
  0::int4 as numeric_scale, s.seqstart::varchar as start_value, s.seqmin::varchar as minimum_value,
  s.seqmax::varchar as maximum_value, s.seqincrement::varchar as increment,
  case when s.seqcycle then 'YES' else 'NO' end::varchar as cycle_option
from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace

-- enabled_roles
select rolname::name as role_name from pg_roles where pg_has_role(oid, 'USAGE')

-- applicable_roles
select a.rolname::name as grantee, b.rolname::name as role_name,
  case when m.admin_option then 'YES' else 'NO' end::varchar as is_grantable
from pg_auth_members m join pg_roles a on m.member = a.oid join pg_roles b on m.roleid = b.oid
where pg_has_role(a.oid, 'USAGE')

-- character_sets
select null::name as character_set_catalog, null::name as character_set_schema, 'UTF8'::name as character_set_name,
  'UCS'::name as character_repertoire, 'UTF8'::name as form_of_use, current_database()::name as default_collate_catalog,
  'pg_catalog'::name as default_collate_schema, 'C'::name as default_collate_name

-- collations
select current_database()::name as collation_catalog, n.nspname::name as collation_schema, c.collname::name as collation_name,
  'NO PAD'::varchar as pad_attribute
from pg_collation c join pg_namespace n on n.oid = c.collnamespace

-- table_privileges
select current_user::name as grantor, current_user::name as grantee, current_database()::name as table_catalog,
  n.nspname::name as table_schema, c.relname::name as table_name, p.privilege_type::varchar as privilege_type,
  'YES'::varchar as is_grantable, case when p.privilege_type = 'SELECT' then 'YES' else 'NO' end::varchar as with_hierarchy
from pg_class c join pg_namespace n on n.oid = c.relnamespace,
  (values ('INSERT'), ('SELECT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) p(privilege_type)
where c.relkind in ('r', 'v') and has_table_privilege(c.oid, p.privilege_type)

-- role_table_grants
select current_user::name as grantor, current_user::name as grantee, current_database()::name as table_catalog,
  n.nspname::name as table_schema, c.relname::name as table_name, p.privilege_type::varchar as privilege_type,
  'YES'::varchar as is_grantable, case when p.privilege_type = 'SELECT' then 'YES' else 'NO' end::varchar as with_hierarchy
from pg_class c join pg_namespace n on n.oid = c.relnamespace,
  (values ('INSERT'), ('SELECT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) p(privilege_type)
where c.relkind in ('r', 'v') and has_table_privilege(c.oid, p.privilege_type)

-- column_privileges
select current_user::name as grantor, current_user::name as grantee, current_database()::name as table_catalog,
  n.nspname::name as table_schema, c.relname::name as table_name, a.attname::name as column_name,
  p.privilege_type::varchar as privilege_type, 'YES'::varchar as is_grantable
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace,
  (values ('INSERT'), ('SELECT'), ('UPDATE'), ('REFERENCES')) p(privilege_type)
where c.relkind in ('r', 'v') and a.attnum > 0

-- element_types
select current_database()::name as object_catalog, n.nspname::name as object_schema, c.relname::name as object_name,
  'TABLE'::varchar as object_type, a.attnum::varchar::name as collection_type_identifier,
  format_type(t.typelem, null)::varchar as data_type, null::int4 as character_maximum_length,
  null::int4 as character_octet_length, null::name as character_set_catalog, null::name as character_set_schema,
  null::name as character_set_name, null::name as collation_catalog, null::name as collation_schema,
  null::name as collation_name, null::int4 as numeric_precision, null::int4 as numeric_precision_radix,
  null::int4 as numeric_scale, null::int4 as datetime_precision, null::varchar as interval_type,
  null::int4 as interval_precision, null::varchar as domain_default, current_database()::name as udt_catalog,
  n2.nspname::name as udt_schema, e.typname::name as udt_name, null::name as scope_catalog,
  null::name as scope_schema, null::name as scope_name, null::int4 as maximum_cardinality,
  ('a' || a.attnum::varchar)::name as dtd_identifier
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_type t on t.oid = a.atttypid join pg_type e on e.oid = t.typelem
  join pg_namespace n2 on n2.oid = e.typnamespace
where a.attnum > 0 and t.typcategory = 'A' and c.relkind in ('r', 'v')

-- routines
select current_database()::name as specific_catalog, n.nspname::name as specific_schema,
  (p.proname || '_' || p.oid)::name as specific_name, current_database()::name as routine_catalog,
  n.nspname::name as routine_schema, p.proname::name as routine_name,
  case p.prokind when 'f' then 'FUNCTION' when 'p' then 'PROCEDURE' end::varchar as routine_type,
  null::name as module_catalog, null::name as module_schema, null::name as module_name,
  null::name as udt_catalog, null::name as udt_schema, null::name as udt_name,
  case when t.typcategory = 'A' and t.typelem <> 0 then 'ARRAY' else format_type(t.oid, null) end::varchar as data_type,
  null::int4 as character_maximum_length, null::int4 as character_octet_length,
  null::name as character_set_catalog, null::name as character_set_schema, null::name as character_set_name,
  null::name as collation_catalog, null::name as collation_schema, null::name as collation_name,
  null::int4 as numeric_precision, null::int4 as numeric_precision_radix, null::int4 as numeric_scale,
  null::int4 as datetime_precision, null::varchar as interval_type, null::int4 as interval_precision,
  current_database()::name as type_udt_catalog, nt.nspname::name as type_udt_schema, t.typname::name as type_udt_name,
  null::name as scope_catalog, null::name as scope_schema, null::name as scope_name,
  null::int4 as maximum_cardinality, '0'::name as dtd_identifier,
  case when l.lanname = 'sql' then 'SQL' else 'EXTERNAL' end::varchar as routine_body,
  p.prosrc::varchar as routine_definition, null::varchar as external_name, upper(l.lanname)::varchar as external_language,
  'GENERAL'::varchar as parameter_style, case when p.provolatile = 'i' then 'YES' else 'NO' end::varchar as is_deterministic,
  'MODIFIES'::varchar as sql_data_access, case when p.proisstrict then 'YES' else 'NO' end::varchar as is_null_call,
  null::varchar as sql_path, 'YES'::varchar as schema_level_routine, 0::int4 as max_dynamic_result_sets,
  null::varchar as is_user_defined_cast, null::varchar as is_implicitly_invocable,
  'INVOKER'::varchar as security_type, null::name as to_sql_specific_catalog, null::name as to_sql_specific_schema,
  null::name as to_sql_specific_name, 'NO'::varchar as as_locator, null::timestamptz as created,
  null::timestamptz as last_altered, null::varchar as new_savepoint_level, 'NO'::varchar as is_udt_dependent,
  null::varchar as result_cast_from_data_type, null::varchar as result_cast_as_locator,
  null::int4 as result_cast_char_max_length, null::int4 as result_cast_char_octet_length,
  null::name as result_cast_char_set_catalog, null::name as result_cast_char_set_schema,
  null::name as result_cast_char_set_name, null::name as result_cast_collation_catalog,
  null::name as result_cast_collation_schema, null::name as result_cast_collation_name,
  null::int4 as result_cast_numeric_precision, null::int4 as result_cast_numeric_precision_radix,
  null::int4 as result_cast_numeric_scale, null::int4 as result_cast_datetime_precision,
  null::varchar as result_cast_interval_type, null::int4 as result_cast_interval_precision,
  null::name as result_cast_type_udt_catalog, null::name as result_cast_type_udt_schema,
  null::name as result_cast_type_udt_name, null::name as result_cast_scope_catalog,
  null::name as result_cast_scope_schema, null::name as result_cast_scope_name,
  null::int4 as result_cast_maximum_cardinality, null::name as result_cast_dtd_identifier
from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
  left join pg_type t on t.oid = p.prorettype left join pg_namespace nt on nt.oid = t.typnamespace
where p.prokind in ('f', 'p')

-- parameters
select current_database()::name as specific_catalog, x.nspname::name as specific_schema,
  (x.proname || '_' || x.oid)::name as specific_name, x.n::int4 as ordinal_position,
  'IN'::varchar as parameter_mode, 'NO'::varchar as is_result, 'NO'::varchar as as_locator,
  nullif(x.name, '')::name as parameter_name, format_type(x.typeid, null)::varchar as data_type,
  null::int4 as character_maximum_length, null::int4 as character_octet_length,
  null::name as character_set_catalog, null::name as character_set_schema, null::name as character_set_name,
  null::name as collation_catalog, null::name as collation_schema, null::name as collation_name,
  null::int4 as numeric_precision, null::int4 as numeric_precision_radix, null::int4 as numeric_scale,
  null::int4 as datetime_precision, null::varchar as interval_type, null::int4 as interval_precision,
  current_database()::name as udt_catalog, nt.nspname::name as udt_schema, t.typname::name as udt_name,
  null::name as scope_catalog, null::name as scope_schema, null::name as scope_name,
  null::int4 as maximum_cardinality, x.n::varchar::name as dtd_identifier, null::varchar as parameter_default
from (select n.nspname, p.proname, p.oid, unnest(p.proargtypes) as typeid, unnest(p.proargnames) as name,
    generate_subscripts(p.proargtypes, 1) + 1 as n
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace) x
  join pg_type t on t.oid = x.typeid join pg_namespace nt on nt.oid = t.typnamespace
