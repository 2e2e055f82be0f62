"""``x::regclass::oid``, ``'{1,2}'::int2[]``, ``relname::text``: casts to and from the types of the catalog.

An OID type is a number all the way; its name is looked up where it turns into text or reaches the client.
"""

from __future__ import annotations

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import PgType
from sqlserver.plan.catalog.array_text import list_literal
from sqlserver.plan.catalog.calls import call_of
from sqlserver.plan.catalog.lookups import name_of, oid_of
from sqlserver.plan.catalog.scope import Kind
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.tree import cast, declared_kind, expand, is_done, is_reg, kind_of, with_kind

_TEXTUAL = frozenset({pg.TEXT.oid, pg.VARCHAR.oid, pg.NAME.oid, pg.BPCHAR.oid, pg.CSTRING.oid})
_VECTORS = frozenset({pg.INT2VECTOR.oid, pg.OIDVECTOR.oid})
_ONLY_OURS = frozenset(one.oid for one in (*pg.CATALOG_SCALARS, pg.OID, pg.NAME, pg.CHAR, pg.UNKNOWN, pg.JSONB))
_TEXT_ARRAYS = frozenset(pg.array_of(one).oid for one in (pg.TEXT, pg.VARCHAR, pg.NAME, pg.CSTRING))


def rewrite_cast(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    if not isinstance(node, exp.Cast) or isinstance(node, exp.TryCast) or is_done(node):
        return None
    to = declared_kind(node.args["to"])
    if to is None:
        return None
    inner = node.this
    if to is pg.REGCLASS and isinstance(inner, exp.Literal) and _names_sequence(node):
        return with_kind(inner.copy(), pg.TEXT)
    if isinstance(inner, exp.Parameter) and inner.name.isdigit():
        planning.parameter_kinds.setdefault(int(inner.name), to)
    if is_reg(to) or to.oid in _ONLY_OURS or is_reg(kind_of(inner)):
        planning.needed = True
    found = _converted(inner, kind_of(inner), to, planning)
    return None if found is None else with_kind(found, to)


def _names_sequence(node: exp.Cast) -> bool:
    """DuckDB's functions take the sequence's name."""
    call = call_of(node.parent) if node.parent is not None else None
    return call is not None and call[0] in ("nextval", "currval", "setval")


def _converted(inner: exp.Expr, kind: Kind, to: PgType, planning: Planning) -> exp.Expr | None:
    if is_reg(to):
        return _to_reg(inner, kind, to, planning)
    if to.element_oid and to.name.startswith("_"):
        return _to_array(inner, kind, to, planning)
    if to is pg.OID or to is pg.XID:
        if is_reg(kind) or kind is to:
            return exp.Paren(this=inner)
        return cast(inner, to)
    if to.oid in _VECTORS:
        if isinstance(inner, exp.Literal):
            return list_literal(inner.name, to)
        return exp.Paren(this=inner) if kind is to else None
    if to.oid in _TEXTUAL:
        return _to_text(inner, kind, to, planning)
    if to is pg.CHAR:
        return exp.func("left", cast(inner, pg.TEXT), exp.Literal.number(1))
    return cast(inner, to) if to.oid in _ONLY_OURS or _is_qualified(inner) else None


def _is_qualified(inner: exp.Expr) -> bool:
    to = inner.parent.args["to"] if isinstance(inner.parent, exp.Cast) else None
    return isinstance(to, exp.DataType) and to.this == exp.DType.USERDEFINED


def _to_reg(inner: exp.Expr, kind: Kind, to: PgType, planning: Planning) -> exp.Expr:
    if is_reg(kind) or kind in (pg.OID, pg.INT4, pg.INT8, pg.INT2):
        return exp.Paren(this=inner)
    if isinstance(inner, exp.Null):
        return cast(inner, pg.INT8)
    return oid_of(inner, to, planning)


def _to_array(inner: exp.Expr, kind: Kind, to: PgType, planning: Planning) -> exp.Expr | None:
    if isinstance(inner, exp.Literal) and inner.is_string:
        return list_literal(inner.name, to)
    if to.oid in _TEXT_ARRAYS and kind is not None and kind.element_oid:
        element = pg.BY_OID.get(kind.element_oid)
        if element is pg.REGTYPE:
            return expand(
                "(SELECT list(coalesce(t_.shown, CAST(u_.o AS VARCHAR)) ORDER BY u_.n) FROM (SELECT unnest($1) AS o, "
                "unnest(range(1, len($1) + 1)) AS n) AS u_ LEFT JOIN support.printed_types AS t_ ON t_.oid = u_.o)",
                [inner], planning, to,
            )  # fmt: skip
    return cast(inner, to)


def _to_text(inner: exp.Expr, kind: Kind, to: PgType, planning: Planning) -> exp.Expr | None:
    if kind is not None and is_reg(kind):
        return name_of(inner, kind, planning)
    if kind is not None and kind.oid in _VECTORS:
        return expand("array_to_string($1, ' ')", [inner], planning, to)
    if kind is not None and kind.element_oid:
        return expand("'{' || array_to_string($1, ',') || '}'", [inner], planning, to)
    to_node = inner.parent.args["to"] if isinstance(inner.parent, exp.Cast) else None
    if isinstance(to_node, exp.DataType) and to_node.expressions:
        length = to_node.expressions[0].name
        return exp.func("left", cast(inner, pg.TEXT), exp.Literal.number(length))
    return cast(inner, to)
