"""Views of the catalog as queries over its tables, in PostgreSQL's own words; rewritten where they are named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlserver.core.errors import InsufficientPrivilege
from sqlserver.plan.catalog.derived_standard import STANDARD
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.statistics import statistics_views

_ROLE_COLUMNS = (
    "rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolconnlimit, "
    "'********'::text as rolpassword, rolvaliduntil, rolbypassrls, null::text[] as rolconfig, oid"
)
_TABLES = """
    select n.nspname as schemaname, c.relname as tablename, pg_get_userbyid(c.relowner) as tableowner,
      null::name as tablespace, c.relhasindex as hasindexes, c.relhasrules as hasrules, c.relhastriggers as hastriggers,
      c.relrowsecurity as rowsecurity
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p')"""
_VIEWS = """
    select n.nspname as schemaname, c.relname as viewname, pg_get_userbyid(c.relowner) as viewowner,
      pg_get_viewdef(c.oid) as definition
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'v'"""
_INDEXES = """
    select n.nspname as schemaname, c.relname as tablename, i.relname as indexname, null::name as tablespace,
      pg_get_indexdef(i.oid) as indexdef
    from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
      join pg_namespace n on n.oid = c.relnamespace"""
_SEQUENCES = """
    select n.nspname as schemaname, c.relname as sequencename, pg_get_userbyid(c.relowner) as sequenceowner,
      s.seqtypid::regtype as data_type, s.seqstart as start_value, s.seqmin as min_value, s.seqmax as max_value,
      s.seqincrement as increment_by, s.seqcycle as cycle, s.seqcache as cache_size, null::int8 as last_value
    from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace"""
_USERS = """
    select rolname as usename, oid as usesysid, rolcreatedb as usecreatedb, rolsuper as usesuper,
      rolreplication as userepl, rolbypassrls as usebypassrls, '********'::text as passwd, rolvaliduntil as valuntil,
      null::text[] as useconfig
    from pg_authid where rolcanlogin"""
_GROUPS = "select rolname as groname, oid as grosysid, '{}'::_oid as grolist from pg_authid where not rolcanlogin"


_SHOWN_SETTINGS = (
    "application_name", "client_encoding", "client_min_messages", "DateStyle", "IntervalStyle", "is_superuser",
    "search_path", "server_version", "server_version_num", "standard_conforming_strings", "TimeZone",
    "transaction_isolation", "transaction_read_only", "bytea_output", "default_transaction_isolation",
)  # fmt: skip
"""Those of which pg_settings tells the session's own value; of the others PostgreSQL's default."""


def _settings(planning: Planning) -> str:
    planning.reusable = False
    own = " ".join(
        f"when {_literal(name)} then {_literal(value)}"
        for name in _SHOWN_SETTINGS
        if (value := planning.setting(name)) is not None
    )
    return (
        f"select name, case name {own} else setting end as setting, unit, category, short_desc, extra_desc, context, "
        "vartype, source, min_val, max_val, enumvals, boot_val, reset_val, sourcefile, sourceline, pending_restart "
        "from __stored_settings"
    )


def _authid(planning: Planning) -> str:
    """The session's user stands in for the owner of everything. The columns are the stored ones."""
    user = planning.session.user
    may = "true" if planning.setting("is_superuser") == "on" else "false"
    attributes = (
        f"{may} as rolsuper, true as rolinherit, {may} as rolcreaterole, {may} as rolcreatedb, true as rolcanlogin, "
        f"{may} as rolreplication, {may} as rolbypassrls"
    )
    return (
        f"select 10::oid as oid, {_literal(user)}::name as rolname, {attributes}, "
        "-1 as rolconnlimit, null::text as rolpassword, null::timestamptz as rolvaliduntil"
    )


def _roles(query: str) -> Callable[[Planning], str]:
    columns = (
        "oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, "
        "rolconnlimit, rolpassword, rolvaliduntil"
    )

    def roles(planning: Planning) -> str:
        stored = f"select {columns} from __stored_authid where rolname <> {_literal(planning.session.user)}"
        return query.replace("from pg_authid", f"from ({_authid(planning)} union all {stored}) as pg_authid")

    return roles


def _for_administrators(what: str, query: Callable[[Planning], str]) -> Callable[[Planning], str]:
    def guarded(planning: Planning) -> str:
        if not planning.session.admin:
            raise InsufficientPrivilege(f"permission denied for {what}")
        return query(planning)

    return guarded


def _memberships(planning: Planning) -> str:
    """The session's user is 10 here too."""
    own = f"select oid from __stored_authid where rolname = {_literal(planning.session.user)}"
    return (
        f"select roleid, case when member in ({own}) then 10 else member end::oid as member, grantor, admin_option "
        "from __stored_auth_members"
    )


def _activity(planning: Planning) -> str:
    planning.reusable = False
    rows = [
        f"({one.process_id}, {_literal(one.user)}, {_literal(one.database)}, {_literal(one.application_name)}, "
        f"{_or_null(one.client_address)}, {'null' if one.client_port is None else one.client_port}, "
        f"{_or_null(one.backend_start)}, {_or_null(one.xact_start)}, {_or_null(one.query_start)}, "
        f"{_or_null(one.state_change)}, {_or_null(one.state)}, {_literal(one.query)}, {one.waits})"
        for one in planning.backends()
    ] or ["(null, null, null, null, null, null, null, null, null, null, null, null, null)"]
    return f"""
    select d.oid as datid, b.datname::name as datname, b.pid::int4 as pid, null::int4 as leader_pid,
      r.oid as usesysid, b.usename::name as usename, b.application_name::text as application_name,
      b.client_addr::inet as client_addr, null::text as client_hostname, b.client_port::int4 as client_port,
      b.backend_start::timestamptz as backend_start, b.xact_start::timestamptz as xact_start,
      b.query_start::timestamptz as query_start, b.state_change::timestamptz as state_change,
      case when b.waits then 'Client' end::text as wait_event_type,
      case when b.waits then 'ClientRead' end::text as wait_event, b.state::text as state, null::xid as backend_xid,
      null::xid as backend_xmin, null::int8 as query_id, b.query::text as query,
      'client backend'::text as backend_type
    from (values {", ".join(rows)}) b(pid, usename, datname, application_name, client_addr, client_port, backend_start,
      xact_start, query_start, state_change, state, query, waits)
      left join pg_database d on d.datname = b.datname left join pg_roles r on r.rolname = b.usename
    where b.pid is not null"""


def _or_null(value: str | datetime | None) -> str:
    return "null" if value is None else _literal(str(value))


def _prepared_statements(planning: Planning) -> str:
    planning.reusable = False
    rows = [
        f"select {_literal(one.name)}::text as name, {_literal(one.sql)}::text as statement, "
        f"{_literal(one.prepared_at.isoformat())}::timestamptz as prepare_time, "
        f"{_types(one.types)} as parameter_types, {one.from_sql} as from_sql, "
        "0::int8 as generic_plans, 0::int8 as custom_plans"
        for one in planning.prepared()
    ]
    nothing = (
        "select null::text as name, null::text as statement, null::timestamptz as prepare_time, "
        "'{}'::int8[] as parameter_types, null::bool as from_sql, null::int8 as generic_plans, "
        "null::int8 as custom_plans where false"
    )
    return " union all ".join(rows or [nothing])


def _cursors(planning: Planning) -> str:
    planning.reusable = False
    rows = [
        f"select {_literal(one.name)}::text as name, {_literal(one.sql)}::text as statement, "
        f"{one.hold} as is_holdable, false as is_binary, {one.scroll} as is_scrollable, "
        f"{_literal(one.opened_at.isoformat())}::timestamptz as creation_time"
        for one in planning.cursors()
    ]
    nothing = (
        "select null::text as name, null::text as statement, null::bool as is_holdable, null::bool as is_binary, "
        "null::bool as is_scrollable, null::timestamptz as creation_time where false"
    )
    return " union all ".join(rows or [nothing])


def _types(oids: tuple[int, ...]) -> str:
    return f"array[{', '.join(f'{oid}::regtype' for oid in oids)}]" if oids else "'{}'::int8[]"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _fixed(query: str) -> Callable[[Planning], str]:
    return lambda planning: query


DERIVED: Mapping[tuple[str, str], Callable[[Planning], str]] = {
    ("pg_catalog", "pg_tables"): _fixed(_TABLES),
    ("pg_catalog", "pg_views"): _fixed(_VIEWS),
    ("pg_catalog", "pg_indexes"): _fixed(_INDEXES),
    ("pg_catalog", "pg_sequences"): _fixed(_SEQUENCES),
    ("pg_catalog", "pg_authid"): _for_administrators("table pg_authid", _roles("select * from pg_authid")),
    ("pg_catalog", "pg_auth_members"): _memberships,
    ("pg_catalog", "pg_roles"): _roles(f"select {_ROLE_COLUMNS} from pg_authid"),
    ("pg_catalog", "pg_user"): _roles(_USERS),
    ("pg_catalog", "pg_shadow"): _for_administrators("view pg_shadow", _roles(_USERS)),
    ("pg_catalog", "pg_group"): _roles(_GROUPS),
    ("pg_catalog", "pg_stat_activity"): _activity,
    ("pg_catalog", "pg_prepared_statements"): _prepared_statements,
    ("pg_catalog", "pg_settings"): _settings,
    ("pg_catalog", "pg_cursors"): _cursors,
    **{("pg_catalog", name): _fixed(query) for name, query in statistics_views().items()},
    **{("information_schema", name): _fixed(query) for name, query in STANDARD.items()},
}
