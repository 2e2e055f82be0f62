"""``x = ANY (list)``, ``x <> ALL (list)``, ``x OPERATOR(pg_catalog.~) y``, LIKE's escape, COLLATE."""

from __future__ import annotations

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import array_of
from sqlserver.plan.catalog.array_text import list_literal
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.tree import cast, expand, kind_of, with_kind

_OPERATORS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ, "<>": exp.NEQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE, "~~": exp.Like,
    "~~*": exp.ILike, "||": exp.DPipe, "+": exp.Add, "-": exp.Sub, "*": exp.Mul, "/": exp.Div, "%": exp.Mod,
}  # fmt: skip
_QUANTIFIED = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike)


def rewrite_operator(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    """``a OPERATOR(pg_catalog.=) b`` is ``a = b``."""
    if not isinstance(node, exp.Operator):
        return None
    sign = str(node.args["operator"]).split(".")[-1].strip()
    left, right = node.this, node.expression
    negated = sign.startswith("!") and sign != "!="
    sign = sign.removeprefix("!") if negated else sign
    if sign in ("~", "~*"):
        found: exp.Expr = (exp.RegexpLike if sign == "~" else exp.RegexpILike)(this=left, expression=right)
    elif sign in _OPERATORS:
        found = _OPERATORS[sign](this=left, expression=right)
    else:
        return None
    changed = rewrite_pattern(found, planning) or rewrite_quantified(found, planning) or found
    return with_kind(exp.Not(this=exp.Paren(this=changed)) if negated else changed, pg.BOOL)


def rewrite_pattern(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    r"""PostgreSQL's LIKE escapes with ``\`` by default, DuckDB's with nothing."""
    if not isinstance(node, exp.Like | exp.ILike) or isinstance(node.parent, exp.Escape):
        return None
    if isinstance(node.expression, exp.Any | exp.All) or _is_all(node.expression):
        return None
    if isinstance(node.expression, exp.Literal) and "\\" not in node.expression.name:
        return None
    escape = exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))
    return with_kind(escape, pg.BOOL)


def rewrite_collation(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    """Texts compare by their bytes here, as under PostgreSQL's collation C."""
    if not isinstance(node, exp.Collate):
        return None
    inner: exp.Expr = node.this
    return inner


def rewrite_quantified(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    if not isinstance(node, _QUANTIFIED):
        return None
    quantifier = node.expression
    everything = isinstance(quantifier, exp.All) or _is_all(quantifier)
    if not everything and not isinstance(quantifier, exp.Any):
        return None
    values = quantifier.expressions[0] if isinstance(quantifier, exp.Anonymous) else quantifier.this
    while isinstance(values, exp.Paren):
        values = values.this
    if isinstance(values, exp.Query):
        kind = kind_of(values)
        if kind is None or not kind.element_oid or not isinstance(values, exp.Subquery):
            return None
    left = node.this
    kind = kind_of(left) or pg.TEXT
    if isinstance(values, exp.Literal) and values.is_string:
        values = list_literal(values.name, array_of(kind) if kind.array_oid else array_of(pg.TEXT))
    elif isinstance(values, exp.Parameter):
        array = array_of(kind) if kind.array_oid else array_of(pg.TEXT)
        planning.parameter_kinds.setdefault(int(values.name), array)
        values = cast(values, array)
    if isinstance(node, exp.EQ) and not everything:
        return expand("list_contains($1, $2)", [values, left], planning, pg.BOOL)
    if isinstance(node, exp.NEQ) and everything:
        return expand("(NOT list_contains($1, $2))", [values, left], planning, pg.BOOL)
    each: exp.Expr = type(node)(this=left.copy(), expression=exp.column("e", "u_"))
    each = rewrite_pattern(each, planning) or each
    fold = "bool_and" if everything else "bool_or"
    found = expand(f"(SELECT {fold}(holds_) FROM (SELECT unnest($1) AS e) AS u_)", [values], planning, pg.BOOL)
    for column in list(found.find_all(exp.Column)):
        if column.name == "holds_":
            column.replace(each)
    return found


def _is_all(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == "all"


def type_parameters(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    """A parameter takes the type of what it is compared with."""
    if not isinstance(node, exp.EQ | exp.NEQ | exp.In):
        return None
    sides = [node.this, *(node.expressions if isinstance(node, exp.In) else [node.expression])]
    kind = next((found for side in sides if (found := kind_of(side)) is not None), None)
    for side in sides:
        if kind is not None and isinstance(side, exp.Parameter) and side.name.isdigit():
            planning.parameter_kinds.setdefault(int(side.name), kind)
    return None
