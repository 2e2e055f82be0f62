"""``pg_catalog.f(x)`` is ``f(x)``: the schema of a built-in function says nothing."""

from __future__ import annotations

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.tree import kind_of, with_kind

SCHEMAS = ("pg_catalog", "information_schema")
_FIELDS = {
    "n": pg.INT4, "x": pg.INT2, "grantor": pg.OID, "grantee": pg.OID, "privilege_type": pg.TEXT,
    "is_grantable": pg.BOOL, "option_name": pg.TEXT, "option_value": pg.TEXT,
}  # fmt: skip


def strip_schemas(tree: exp.Expr) -> bool:
    """In place, before anything else is looked at, since the functions' nodes then have their own types."""
    found = False
    for dot in reversed(list(tree.find_all(exp.Dot))):
        if isinstance(dot.this, exp.Identifier) and dot.name and dot.this.name.lower() in SCHEMAS:
            inner = dot.expression
            if isinstance(inner, exp.Anonymous):
                inner = exp.func(inner.name, *inner.expressions, dialect="postgres", copy=False)
            dot.replace(inner)
            found = True
    return found


def rewrite_field(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    """``(keys).n`` of a row made here."""
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier) and kind_of(node) is None:
        kind = _FIELDS.get(node.expression.name.lower())
        if kind is not None:
            with_kind(node, kind)
    return None
