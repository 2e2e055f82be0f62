"""Plans the FROM clause: subqueries in it, and calls in the ON of joins, whose inputs are the pairs the join compares.

before   FROM a JOIN b ON a.k = b.k AND a.d MEANS b.d
input    the distinct (a.d, b.d) of a CROSS JOIN b WHERE (a.k = b.k)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlserver.plan.semantic.conditions import plan_filter
from sqlserver.plan.semantic.frames import Environment, Frame, RowsText, Scope, mentioned_names, qualifiers
from sqlserver.plan.semantic.functions import volatile_function
from sqlserver.plan.semantic.refusals import refuse_calls
from sqlserver.plan.semantic.splice import Splicer, conjuncts
from sqlserver.sql.outline import From, Join, JoinTree, Node, Relation, calls_in

if TYPE_CHECKING:
    from sqlserver.plan.semantic.planner import Planner

_INNER = (("JOIN",), ("INNER", "JOIN"))


def rows_of(from_: From) -> RowsText:
    return lambda splicer: splicer.children(from_)


def joined_rows(from_: From) -> RowsText:
    """The same relations as one join tree, to stand beside another: commas become CROSS JOIN."""
    return lambda splicer: _joined([_tree_text(splicer, tree) for tree in from_.trees])


def _joined(trees: Sequence[str]) -> str:
    return trees[0] if len(trees) == 1 else " CROSS JOIN ".join(trees)


def _tree_text(splicer: Splicer, tree: JoinTree) -> str:
    text = splicer.children(tree)
    return f"({text})" if tree.joins else text


def plan_from(planner: Planner, from_: From, scope: Scope, where: Node | None) -> None:
    """Plans all calls of a FROM clause. ``where`` is the block's condition: an inner join may borrow its conjuncts."""
    if not planner.splicer.is_semantic(from_):
        return
    for number, tree in enumerate(from_.trees):
        before = from_.trees[:number]
        _plan_relation(planner, tree.first, scope, _preceding(before, tree, None))
        for join in tree.joins:
            _plan_relation(planner, join.relation, scope, _preceding(before, tree, join))
            if join.on is not None and planner.splicer.is_semantic(join.on):
                last = len(from_.trees) == 1 and join is tree.joins[-1]
                pairs = _pairs(before, tree, join)
                _plan_on(planner, join, join.on, scope, pairs=pairs, where=where if last else None)


def _preceding(before: Sequence[JoinTree], tree: JoinTree, join: Join | None) -> RowsText | None:
    """What stands left of a relation, as one join tree; None at the head of the clause."""
    if join is None and not before:
        return None

    def text(splicer: Splicer) -> str:
        trees = [_tree_text(splicer, earlier) for earlier in before]
        if join is not None:
            trees.append(_head(splicer, tree, join))
        return _joined(trees)

    return text


def _head(splicer: Splicer, tree: JoinTree, join: Join) -> str:
    """The tree's text before ``join``."""
    return splicer.span(tree.start, join.start, [node for node in tree.children if node.start < join.start]).rstrip()


def _pairs(before: Sequence[JoinTree], tree: JoinTree, join: Join) -> RowsText:
    """Every pair of rows that ``join`` compares.

    A tree that may be lateral to those before it, or whose ON names one of them (DuckDB allows it), stands beside them.
    """

    def text(splicer: Splicer) -> str:
        head = _head(splicer, tree, join)
        lateral = "(" in splicer.source(tree.start, join.end)
        named = {name for earlier in before for name in mentioned_names(splicer, earlier)}
        beside = lateral or bool(named & qualifiers(splicer, join))
        trees = [_tree_text(splicer, earlier) for earlier in before] if beside else []
        if trees:
            head = f"({head})" if join is not tree.joins[0] else head
        return f"{' CROSS JOIN '.join((*trees, head))} CROSS JOIN {splicer.text(join.relation)}"

    return text


def _plan_relation(planner: Planner, relation: Relation, scope: Scope, preceding: RowsText | None) -> None:
    if not planner.splicer.is_semantic(relation):
        return
    environment = scope.environment
    if planner.resolves_names or relation.lateral:
        environment = environment.inside(preceding)
    if relation.subquery is not None:
        planner.plan_subquery(relation.subquery, environment)
    if relation.nested is not None:
        nested = Scope(environment, rows_of(relation.nested), joined_rows(relation.nested), identity=scope.identity)
        plan_from(planner, relation.nested, nested, None)
    for node in relation.rest:
        refuse_calls(
            (node,),
            "an argument of a table function or a PIVOT",
            "Compute the value in a subquery in FROM, then use its column.",
        )


def _plan_on(planner: Planner, join: Join, on: Node, scope: Scope, *, pairs: RowsText, where: Node | None) -> None:
    if "ASOF" in join.words or "POSITIONAL" in join.words:
        refuse_calls((on,), f"the ON of {' '.join(join.words)}", "Join plainly first, then filter with WHERE.")
    borrowed: tuple[Node, ...] = ()
    if where is not None and join.words in _INNER:
        borrowed = tuple(node for node in conjuncts(where) if _may_borrow(planner, scope, node))
    environment = Environment(scope.environment.ctes, scope.environment.outers)
    pairs_scope = Scope(environment, pairs, pairs, identity=planner.new_identity())
    plan_filter(planner, Frame(pairs_scope), "where", on, borrowed)


def _may_borrow(planner: Planner, scope: Scope, node: Node) -> bool:
    names = mentioned_names(planner.splicer, node)
    return not calls_in(node) and volatile_function(node) is None and not names & set(scope.aliases)
