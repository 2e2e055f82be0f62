r"""Names to OIDs and back: what the reg… types do, as queries over the catalog's support tables.

``'customers'::regclass`` becomes ``(SELECT oid …)``; an OID that is shown as a regclass becomes its name. Each lookup
names its argument once, so that lookups inside lookups stay small.
"""

from __future__ import annotations

import re

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import PgType
from sqlserver.engines.user_types import TEMPORARY_SCHEMA
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.tree import expand

_RELATIONS = {
    "regclass": "pg_class", "regproc": "pg_proc", "regprocedure": "pg_proc", "regoper": "pg_operator",
    "regoperator": "pg_operator", "regtype": "pg_type", "regcollation": "pg_collation", "regconfig": "pg_ts_config",
    "regdictionary": "pg_ts_dict",
}  # fmt: skip
NAMED = "names"
"""Where an OID made from a constant keeps the name: what takes a sequence wants its name back."""
_UNQUALIFIED = {"regnamespace": ("pg_namespace", "nspname"), "regrole": ("pg_authid", "rolname")}
_WITH_ARGUMENTS = frozenset({"regprocedure", "regoperator"})
_PART = re.compile(r'\s*("(?:[^"]|"")*"|[^."]+)\s*(?:\.|$)')


def path_sql(planning: Planning) -> str:
    """The search path as a DuckDB list of texts, the schema of temporary objects in front."""
    names = (TEMPORARY_SCHEMA, *planning.schemas)
    return "[" + ", ".join("'" + name.replace("'", "''") + "'" for name in names) + "]"


def visible_sql(relation: str, planning: Planning) -> str:
    """Whether the object ``$1`` of a catalog relation is found without its schema. A hash lookup, no join a row."""
    return (
        f"($1 IN (SELECT v_.oid FROM support.names_{relation} AS v_ WHERE list_contains({path_sql(planning)}, "
        "v_.schema)))"
    )


def name_of(node: exp.Expr, kind: PgType, planning: Planning) -> exp.Expr:
    """The text that PostgreSQL shows for an OID of a reg… type; the number where there is no such object."""
    path = path_sql(planning)
    if kind.name == "regtype":
        return expand(_TYPE_NAME.format(path=path), [node], planning, pg.TEXT)
    if kind.name == "regrole":
        user = planning.session.user.replace("'", "''")
        return expand(_ROLE_NAME.format(user=user), [node], planning, pg.TEXT)
    if kind.name == "regnamespace":
        return expand(_SCHEMA_NAME, [node], planning, pg.TEXT)
    return expand(_NAME.format(path=path, relation=_RELATIONS[kind.name]), [node], planning, pg.TEXT)


_NAME = (
    "CASE WHEN $1 = 0 THEN '-' ELSE coalesce((SELECT CASE WHEN list_contains({path}, r_.schema) THEN r_.shown ELSE "
    "r_.qualified END FROM support.names_{relation} AS r_ WHERE r_.oid = $1), CAST($1 AS VARCHAR)) END"
)
_ROLE_NAME = (
    "coalesce((CASE WHEN $1 = 10 THEN '{user}' ELSE (SELECT r_.rolname FROM catalog.pg_authid AS r_ WHERE r_.oid = $1) "
    "END), CAST($1 AS VARCHAR))"
)
_SCHEMA_NAME = "coalesce((SELECT r_.nspname FROM catalog.pg_namespace AS r_ WHERE r_.oid = $1), CAST($1 AS VARCHAR))"
_TYPE_NAME = (
    "CASE WHEN $1 = 0 THEN '-' ELSE coalesce((SELECT CASE WHEN t_.schema = '' OR list_contains({path}, t_.schema) "
    "THEN t_.shown ELSE t_.schema || '.' || t_.shown END FROM support.printed_types AS t_ WHERE t_.oid = $1), "
    "CAST($1 AS VARCHAR)) END"
)


def oid_of(node: exp.Expr, kind: PgType, planning: Planning, *, must_exist: bool = True) -> exp.Expr:
    """The OID that a text names; NULL (or an error before the statement runs) where there is none."""
    literal = node.name.strip() if isinstance(node, exp.Literal) and node.is_string else None
    if literal is not None:
        if literal.isdigit() or literal == "-":
            return exp.Literal.number(literal if literal.isdigit() else "0")
        if must_exist and not (kind.name == "regrole" and literal.strip('"') == planning.session.user):
            planning.checks.append((kind.name, literal))
        node = exp.Literal.string(spelling(literal, kind))
    elif must_exist and isinstance(node, exp.Parameter) and node.name.isdigit():
        planning.checks.append((kind.name, int(node.name)))
    if kind.name in _UNQUALIFIED:
        return _unqualified_oid(node, kind, planning)
    wanted = "$1" if literal is not None else _SPELLED.get(kind.name, _UNQUOTED)
    path = path_sql(planning)
    template = (
        f"(SELECT first(r_.oid ORDER BY list_position({path}, r_.schema)) FROM "
        f"support.spellings_{_RELATIONS[kind.name]} AS r_ WHERE r_.written = {wanted} "
        f"AND (r_.schema = '' OR list_contains({path}, r_.schema)))"
    )
    found = expand(template, [node], planning, kind)
    if literal is not None:
        found.meta[NAMED] = literal
    return found


def _unqualified_oid(node: exp.Expr, kind: PgType, planning: Planning) -> exp.Expr:
    table, column = _UNQUALIFIED[kind.name]
    found = f"(SELECT max(r_.oid) FROM catalog.{table} AS r_ WHERE r_.{column} = {_UNQUOTED})"
    if kind.name == "regrole":
        user = planning.session.user.replace("'", "''")
        found = f"CASE WHEN {_UNQUOTED} = '{user}' THEN 10 ELSE {found} END"
    return expand(found, [node], planning, kind)


def spelling(text: str, kind: PgType) -> str:
    """A name as written to one as it is looked up: without quotes, in lower case where there were none."""
    if kind.name in _WITH_ARGUMENTS:
        text = text.partition("(")[0]
    if kind.name == "regtype":
        # ``"char"`` is a type of its own and keeps its quotes; modifiers say nothing of which type it is.
        text = re.sub(r"\([\d, ]*\)", "", text)
        if text.strip().startswith('"char"'):
            return text.strip()
    parts = _PART.findall(text)
    folded = (one[1:-1].replace('""', '"') if one.startswith('"') else one.strip().lower() for one in parts)
    return re.sub(r"\s+", " ", ".".join(folded)) if parts else text


# Spaces may stand around the dot: so ADBC quotes the tables it loads into.
_UNQUOTED = "replace(regexp_replace(trim(CAST($1 AS VARCHAR)), '\\s*\\.\\s*', '.', 'g'), '\"', '')"
_SPELLED = {
    "regtype": f"regexp_replace({_UNQUOTED}, '\\([0-9, ]*\\)', '', 'g')",
    "regprocedure": f"regexp_replace({_UNQUOTED}, '\\(.*$', '')",
    "regoperator": f"regexp_replace({_UNQUOTED}, '\\(.*$', '')",
}
