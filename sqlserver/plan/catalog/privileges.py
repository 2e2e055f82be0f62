"""Who may do what, as PostgreSQL's functions tell it: ``has_table_privilege`` and its kin, ``pg_has_role``.

Privileges follow the four roles: everybody reads, analysts write, administrators do everything.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.core.errors import InvalidParameterValue
from sqlserver.core.pgtypes import PgType
from sqlserver.plan.catalog.calls import call_of
from sqlserver.plan.catalog.lookups import oid_of
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.tree import expand, kind_of

_TABLE = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"})
_COLUMN = frozenset({"SELECT", "INSERT", "UPDATE", "REFERENCES"})
_USAGE = frozenset({"USAGE"})
_KINDS: Mapping[str, tuple[frozenset[str], PgType | None]] = {
    "table": (_TABLE, pg.REGCLASS),
    "any_column": (_COLUMN, pg.REGCLASS),
    "column": (_COLUMN, pg.REGCLASS),
    "sequence": (frozenset({"USAGE", "SELECT", "UPDATE"}), pg.REGCLASS),
    "database": (frozenset({"CREATE", "CONNECT", "TEMPORARY", "TEMP"}), None),
    "schema": (frozenset({"CREATE", "USAGE"}), None),
    "function": (frozenset({"EXECUTE"}), None),
    "type": (_USAGE, pg.REGTYPE),
    "language": (_USAGE, None),
    "tablespace": (frozenset({"CREATE"}), None),
    "foreign_data_wrapper": (_USAGE, None),
    "server": (_USAGE, None),
    "parameter": (frozenset({"SET", "ALTER SYSTEM"}), None),
}
"""By what stands between ``has_`` and ``_privilege``: the privileges, and the type whose names are checked."""
_READING = frozenset({"SELECT", "USAGE", "CONNECT", "EXECUTE", "SET"})
_MEMBER = (
    "SELECT m_.roleid FROM catalog.pg_auth_members AS m_ JOIN catalog.pg_authid AS u_ ON u_.oid = m_.member "
    "WHERE u_.rolname = {user}"
)


def rewrite_privilege(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    call = call_of(node)
    if call is None:
        return None
    name, arguments = call
    if name == "pg_has_role" and len(arguments) in (2, 3):
        return _has_role(arguments, planning)
    if not (name.startswith("has_") and name.endswith("_privilege")):
        return None
    thing = name.removeprefix("has_").removesuffix("_privilege")
    least = 3 if thing == "column" else 2
    if thing not in _KINDS or len(arguments) not in (least, least + 1):
        return None
    return _has_privilege(thing, arguments, planning, by_name=len(arguments) > least)


def _has_privilege(thing: str, arguments: list[exp.Expr], planning: Planning, *, by_name: bool) -> exp.Expr:
    known, kind = _KINDS[thing]
    target = arguments[1] if by_name else arguments[0]
    if kind is not None and isinstance(target, exp.Literal) and target.is_string:
        planning.checks.append((kind.name, target.name))
    user: exp.Expr = _role(arguments[0], planning) if by_name else exp.Literal.number(10)
    held = f"({_writes(planning)} OR {_reads(arguments[-1], known)})"
    return expand(f"CASE WHEN $1 IS NOT NULL THEN {held} END", [user, arguments[-1]], planning, pg.BOOL)


def _reads(node: exp.Expr, known: frozenset[str]) -> str:
    """Whether ``$2`` names a privilege that everybody has. 22023 for a constant that names none at all."""
    if not isinstance(node, exp.Literal):
        return "$2 IN (" + ", ".join(f"'{one}', '{one.lower()}'" for one in sorted(_READING)) + ")"
    found = set()
    for part in node.name.split(","):
        one = part.strip().upper().removesuffix(" WITH GRANT OPTION").strip()
        if one not in known:
            raise InvalidParameterValue(f'unrecognized privilege type: "{part.strip()}"')
        found.add(one)
    return "true" if found & _READING else "false"


def _role(node: exp.Expr, planning: Planning) -> exp.Expr:
    """The OID of a role given by name or by OID."""
    named = isinstance(node, exp.Literal) and node.is_string
    return oid_of(node, pg.REGROLE, planning) if named or kind_of(node) in (pg.NAME, pg.TEXT) else node


def _writes(planning: Planning) -> str:
    """Whether the role ``$1`` is the session's user and may write, or has been granted a role that may, or is one."""
    own = "true" if planning.session.writes else "false"
    writing = "SELECT w_.oid FROM catalog.pg_authid AS w_ WHERE w_.rolname IN ('analyst', 'admin')"
    granted = f"SELECT m_.member FROM catalog.pg_auth_members AS m_ WHERE m_.roleid IN ({writing})"
    return f"(CASE WHEN $1 = 10 THEN {own} ELSE $1 IN ({writing}) OR $1 IN ({granted}) END)"


def _has_role(arguments: list[exp.Expr], planning: Planning) -> exp.Expr:
    """A superuser has every role, everybody its own and those granted to it."""
    role = _role(arguments[-2], planning)
    user = "'" + planning.session.user.replace("'", "''") + "'"
    if len(arguments) == 2:
        if planning.session.admin:
            return expand("$1 IS NOT NULL", [role], planning, pg.BOOL)
        return expand(f"($1 = 10 OR $1 IN ({_MEMBER.format(user=user)}))", [role], planning, pg.BOOL)
    own = "true" if planning.session.admin else "false"
    superuser = "SELECT s_.oid FROM catalog.pg_authid AS s_ WHERE s_.rolsuper"
    granted = (
        f"SELECT (CASE u_.rolname WHEN {user} THEN 10 ELSE u_.oid END) * 4294967296 + m_.roleid "
        "FROM catalog.pg_auth_members AS m_ JOIN catalog.pg_authid AS u_ ON u_.oid = m_.member"
    )
    template = (
        f"($1 = $2 OR CASE WHEN $1 = 10 THEN {own} ELSE $1 IN ({superuser}) END OR $1 * 4294967296 + $2 IN ({granted}))"
    )
    return expand(template, [_role(arguments[0], planning), role], planning, pg.BOOL)
