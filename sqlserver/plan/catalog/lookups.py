"""Names to OIDs and back: what the reg… types do, as queries over the catalog's tables.

``'customers'::regclass`` becomes ``(SELECT oid …)``; an OID that is shown as a regclass becomes its name.
"""

from __future__ import annotations

from sqlglot import exp

from sqlserver.catalog.quoting import RESERVED
from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import PgType
from sqlserver.engines.duckdb_objects import TEMPORARY_SCHEMA
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.tree import expand


def quoted_sql(name: str) -> str:
    """DuckDB's SQL for ``quote_ident`` of the expression ``name``."""
    reserved = ", ".join(f"'{word}'" for word in sorted(RESERVED))
    return (
        f"CASE WHEN regexp_full_match({name}, '[a-z_][a-z0-9_$]*') AND {name} NOT IN ({reserved}) THEN {name} "
        f"ELSE '\"' || replace({name}, '\"', '\"\"') || '\"' END"
    )


def path_sql(planning: Planning) -> str:
    """The search path as a DuckDB list of texts, the schema of temporary objects in front."""
    names = (TEMPORARY_SCHEMA, *planning.schemas)
    return "[" + ", ".join("'" + name.replace("'", "''") + "'" for name in names) + "]"


_TABLES = {
    "regclass": ("pg_class", "relname", "relnamespace"),
    "regproc": ("pg_proc", "proname", "pronamespace"),
    "regprocedure": ("pg_proc", "proname", "pronamespace"),
    "regoper": ("pg_operator", "oprname", "oprnamespace"),
    "regoperator": ("pg_operator", "oprname", "oprnamespace"),
    "regtype": ("pg_type", "typname", "typnamespace"),
    "regcollation": ("pg_collation", "collname", "collnamespace"),
    "regconfig": ("pg_ts_config", "cfgname", "cfgnamespace"),
    "regdictionary": ("pg_ts_dict", "dictname", "dictnamespace"),
}
_UNQUALIFIED = {"regnamespace": ("pg_namespace", "nspname"), "regrole": ("pg_authid", "rolname")}


def name_of(node: exp.Expr, kind: PgType, planning: Planning) -> exp.Expr:
    """The text that PostgreSQL shows for an OID of a reg… type; the number where there is no such object."""
    if kind.name == "regtype":
        return expand(_TYPE_NAME.format(path=path_sql(planning)), [node], planning, pg.TEXT)
    if kind.name in _UNQUALIFIED:
        table, column = _UNQUALIFIED[kind.name]
        named = (
            f"(SELECT {quoted_sql('r_.' + column)} FROM catalog.{table} AS r_ WHERE r_.oid = $1)"
            if kind.name != "regrole"
            else _ROLE_NAME.format(user=planning.session.user.replace("'", "''"))
        )
        return expand(f"coalesce({named}, CAST($1 AS VARCHAR))", [node], planning, pg.TEXT)
    table, column, namespace = _TABLES[kind.name]
    shown = quoted_sql("r_." + column)
    template = (
        f"CASE WHEN $1 = 0 THEN '-' ELSE coalesce((SELECT CASE WHEN list_contains({path_sql(planning)}, n_.nspname) "
        f"THEN {shown} ELSE {quoted_sql('n_.nspname')} || '.' || {shown} END FROM catalog.{table} AS r_ "
        f"JOIN catalog.pg_namespace AS n_ ON n_.oid = r_.{namespace} WHERE r_.oid = $1), CAST($1 AS VARCHAR)) END"
    )
    return expand(template, [node], planning, pg.TEXT)


_ROLE_NAME = (
    "(CASE WHEN $1 = 10 THEN '{user}' ELSE (SELECT r_.rolname FROM catalog.pg_authid AS r_ WHERE r_.oid = $1) END)"
)
_TYPE_NAME = (
    "CASE WHEN $1 = 0 THEN '-' ELSE coalesce((SELECT CASE WHEN t_.schema = '' OR list_contains({path}, t_.schema) "
    "THEN t_.shown ELSE t_.schema || '.' || t_.shown END FROM support.printed_types AS t_ WHERE t_.oid = $1), "
    "CAST($1 AS VARCHAR)) END"
)
_TYPE_ALIASES = {
    "int": "int4", "integer": "int4", "smallint": "int2", "bigint": "int8", "boolean": "bool", "real": "float4",
    "float": "float8", "double precision": "float8", "decimal": "numeric", "character varying": "varchar",
    "character": "bpchar", "char": "bpchar", "bit varying": "varbit", "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz", "time without time zone": "time", "time with time zone": "timetz",
}  # fmt: skip


def oid_of(node: exp.Expr, kind: PgType, planning: Planning, *, must_exist: bool = True) -> exp.Expr:
    """The OID that a text names; NULL (or an error before the statement runs) where there is none."""
    if isinstance(node, exp.Literal) and node.is_string:
        text = node.name.strip()
        if text.isdigit() or text == "-":
            return exp.Literal.number(text if text.isdigit() else "0")
        if must_exist:
            planning.checks.append((kind.name, text))
    if kind.name in _UNQUALIFIED:
        table, column = _UNQUALIFIED[kind.name]
        found = f"(SELECT max(r_.oid) FROM catalog.{table} AS r_ WHERE r_.{column} = {_UNQUOTED})"
        if kind.name == "regrole":
            user = planning.session.user.replace("'", "''")
            found = f"CASE WHEN {_UNQUOTED} = '{user}' THEN 10 ELSE {found} END"
        return expand(found, [node], planning, kind)
    table, column, namespace = _TABLES[kind.name]
    wanted = _UNQUOTED
    if kind.name == "regtype":
        known = " ".join(f"WHEN '{name}' THEN '{real}'" for name, real in _TYPE_ALIASES.items())
        plain = f"regexp_replace({_UNQUOTED}, '(\\([0-9, ]*\\))|(\\[\\])', '', 'g')"
        wanted = f"(CASE WHEN $1 LIKE '%[]' THEN '_' ELSE '' END || CASE {plain} {known} ELSE {plain} END)"
    elif kind.name in ("regprocedure", "regoperator"):
        wanted = f"regexp_replace({_UNQUOTED}, '\\(.*$', '')"
    template = (
        f"(SELECT first(r_.oid ORDER BY list_position({path_sql(planning)}, n_.nspname)) FROM catalog.{table} AS r_ "
        f"JOIN catalog.pg_namespace AS n_ ON n_.oid = r_.{namespace} WHERE (r_.{column} = {wanted} "
        f"AND list_contains({path_sql(planning)}, n_.nspname)) OR n_.nspname || '.' || r_.{column} = {wanted} "
        f"OR CAST(r_.oid AS VARCHAR) = {wanted})"
    )
    return expand(template, [node], planning, kind)


# Spaces may stand around the dot: so ADBC quotes the tables it loads into.
_UNQUOTED = "replace(regexp_replace(trim(CAST($1 AS VARCHAR)), '\\s*\\.\\s*', '.', 'g'), '\"', '')"
