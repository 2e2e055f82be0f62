"""What reaches the client: an OID of a reg… type as the name of its object."""

from __future__ import annotations

from sqlglot import exp

from sqlserver.plan.catalog.lookups import name_of
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.tree import is_reg, kind_of, with_kind


def show_names(tree: exp.Expr, planning: Planning) -> None:
    """In place, in the select list of the outermost query (every arm of a set operation)."""
    if isinstance(tree, exp.SetOperation):
        show_names(tree.this, planning)
        show_names(tree.expression, planning)
    elif isinstance(tree, exp.Subquery):
        show_names(tree.this, planning)
    elif isinstance(tree, exp.Select):
        for one in list(tree.expressions):
            kind = kind_of(one)
            if kind is None or not is_reg(kind):
                continue
            value = one.this if isinstance(one, exp.Alias) else one
            alias = one.alias if isinstance(one, exp.Alias) else (one.name if isinstance(one, exp.Column) else "")
            shown = name_of(value.copy(), kind, planning)
            if alias:
                shown = exp.alias_(shown, alias, quoted=True)
            one.replace(with_kind(shown, kind))
