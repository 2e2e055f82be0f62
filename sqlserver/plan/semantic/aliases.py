"""Select aliases used inside expressions, where the item they name holds a call.

before   SELECT d MEANS 'x' AS m FROM t WHERE n > 5 AND m
after    SELECT d MEANS 'x' AS m FROM t WHERE n > 5 AND (d MEANS 'x')

DuckDB resolves such a name itself (column first, then alias), but not to an expression with a subquery, which a lookup
is. A bare name in GROUP BY or ORDER BY needs no help: there the engine takes the item as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlserver.plan.semantic.frames import Scope
from sqlserver.sql.outline import Leaf, Node, Query, Select, SelectItem, Subquery, calls_in, is_name
from sqlserver.sql.quote import quote_identifier

if TYPE_CHECKING:
    from sqlserver.plan.semantic.planner import Planner


def substitute_aliases(planner: Planner, select: Select, scope: Scope, order: Sequence[Node]) -> None:
    """Marks the names to write out. Without name resolution none is: the engine then refuses the alias itself."""
    with_calls = {name: item for name, item in scope.aliases.items() if calls_in(item)}
    if not with_calls or not planner.resolves_names:
        return
    ordered = [node for node in order if not is_name(node)]
    clauses = (*select.items, select.where, select.having, select.qualify, *select.distinct_on, *ordered)
    meant: dict[str, bool] = {}
    for clause in clauses:
        if clause is not None:
            _visit(planner, clause, with_calls, scope, meant)


def _visit(planner: Planner, node: Node, items: Mapping[str, SelectItem], scope: Scope, meant: dict[str, bool]) -> bool:
    """Marks names below ``node``; true where there was one, so that every node above is rewritten too."""
    if isinstance(node, Query | Subquery):
        return False
    if isinstance(node, Leaf) and is_name(node):
        name = node.token.text.lower()
        item = items.get(name)
        if item is None or _is_qualified(planner, node) or item.start <= node.start < item.end:
            return False
        if name not in meant:
            meant[name] = not planner.is_column(scope, quote_identifier(node.token.text))
        if meant[name]:
            planner.splicer.substitute(node, item.expression)
        return meant[name]
    inside = [_visit(planner, child, items, scope, meant) for child in node.children]
    if any(inside):
        planner.splicer.mark(node)
        return True
    return False


def _is_qualified(planner: Planner, leaf: Leaf) -> bool:
    text = planner.statement.sql
    return text[: leaf.start].rstrip().endswith(".") or text[leaf.end :].lstrip().startswith(".")
