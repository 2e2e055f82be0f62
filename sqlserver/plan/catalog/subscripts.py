"""``indkey[0]``: int2vector, oidvector and the characters of a name count from 0, lists from 1."""

from __future__ import annotations

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.plan.catalog.kinds import element_of
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.tree import expand, kind_of

VECTORS = (pg.INT2VECTOR, pg.OIDVECTOR, pg.NAME)


def rewrite_subscript(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    """The parser counts constant subscripts from 0 already, so that ``x[1]`` has 0 in the tree."""
    if not isinstance(node, exp.Bracket) or len(node.expressions) != 1:
        return None
    index = node.expressions[0]
    if isinstance(index, exp.Slice):
        return None
    inner = node.this.unnest() if isinstance(node.this, exp.Paren) else node.this
    kind = kind_of(node.this)
    at: exp.Expr = index
    if isinstance(index, exp.Literal) or (isinstance(index, exp.Neg) and isinstance(index.this, exp.Literal)):
        at = exp.Literal.number(int(index.sql()) + 1)
    if kind in VECTORS:
        at = exp.Paren(this=exp.Add(this=at, expression=exp.Literal.number(1)))
    return expand("list_extract($1, $2)", [inner, at], planning, element_of(kind))
