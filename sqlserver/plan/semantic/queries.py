"""Plans queries: WITH, set operations, VALUES, and SELECT blocks clause by clause in the order of evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlserver.plan.semantic.aliases import substitute_aliases
from sqlserver.plan.semantic.conditions import plan_filter
from sqlserver.plan.semantic.frames import (
    CteLevel,
    Environment,
    Frame,
    RowsText,
    Scope,
    mentioned_names,
    normal_form,
    ordinal,
)
from sqlserver.plan.semantic.functions import holds_aggregate
from sqlserver.plan.semantic.refusals import refuse_calls
from sqlserver.plan.semantic.relations import joined_rows, plan_from, rows_of
from sqlserver.plan.semantic.splice import Splicer
from sqlserver.sql.outline import (
    Leaf,
    Node,
    Opaque,
    Query,
    Select,
    SelectItem,
    SetOperation,
    Values,
    With,
    calls_in,
    is_name,
)

if TYPE_CHECKING:
    from sqlserver.plan.semantic.planner import Planner


def plan_query(planner: Planner, query: Query, environment: Environment) -> None:
    """Plans every call of a query. Raises 0A000 for its places that cannot be staged."""
    if not planner.splicer.is_semantic(query):
        return
    if query.with_ is not None:
        environment = plan_with(planner, query.with_, environment)
    refuse_calls(query.limits, "LIMIT or OFFSET", "Compute the number first.")
    _plan_body(planner, query.body, environment, query.order)


def plan_with(planner: Planner, with_: With, environment: Environment) -> Environment:
    for number, cte in enumerate(with_.ctes):
        if cte.body is None:
            continue
        if with_.recursive:
            _refuse_recursive_arm(planner, cte.name, cte.body)
        visible = CteLevel(with_, number)
        plan_query(planner, cte.body, replace(environment, ctes=(*environment.ctes, visible)))
    return replace(environment, ctes=(*environment.ctes, CteLevel(with_, len(with_.ctes))))


def _refuse_recursive_arm(planner: Planner, name: str, body: Query) -> None:
    if not isinstance(body.body, SetOperation):
        return
    for arm in body.body.arms:
        if name in mentioned_names(planner.splicer, arm):
            refuse_calls((arm,), "the recursive arm of WITH RECURSIVE", "Use it on the result of the recursion.")


def _plan_body(planner: Planner, body: Node, environment: Environment, order: tuple[Node, ...]) -> None:
    if isinstance(body, Select):
        plan_select(planner, body, environment, order)
        return
    refuse_calls(order, "ORDER BY of a set operation or of VALUES", "Put the query into FROM and order its rows.")
    if isinstance(body, SetOperation):
        for arm in body.arms:
            _plan_body(planner, arm, environment, ())
    elif isinstance(body, Query):
        plan_query(planner, body, environment)
    elif isinstance(body, Values):
        frame = Frame(Scope(environment, None, identity=planner.new_identity()))
        planner.plan_constants(body)
        for row in body.rows:
            planner.plan(row, frame)
    elif isinstance(body, Opaque):
        refuse_calls((body,), body.place, "Write it as a SELECT.")


def plan_select(planner: Planner, select: Select, environment: Environment, order: tuple[Node, ...]) -> None:
    scope = _scope(planner, select, environment)
    if select.from_ is not None:
        plan_from(planner, select.from_, scope, select.where)
    substitute_aliases(planner, select, scope, order)
    where = plan_filter(planner, Frame(scope), "where", select.where)
    if select.sample or not where.steady:
        scope = replace(scope, unstable=True)
    frame = _group(planner, select, Frame(scope, where.usable), order)
    having = plan_filter(planner, frame, "having", select.having)
    frame = replace(frame, having=having.usable)
    for window in select.windows:
        planner.plan(window, frame)
    if select.windows_span is not None:
        frame = replace(frame, window=_window_text(select))
    if select.qualify is not None:
        frame = replace(frame, before_qualify=frame)
        frame = replace(frame, qualify=plan_filter(planner, frame, "qualify", select.qualify).usable)
    for node in (*select.distinct_on, *select.items, *order):
        planner.plan(node, frame)


def _scope(planner: Planner, select: Select, environment: Environment) -> Scope:
    from_ = select.from_
    rows = None if from_ is None else rows_of(from_)
    outer = None if from_ is None else joined_rows(from_)
    named = [item for item in select.items if item.alias is not None]
    aliases = {item.alias.lower(): item for item in reversed(named) if item.alias is not None}
    return Scope(environment, rows, outer, aliases, tuple(named), planner.new_identity())


def _window_text(select: Select) -> RowsText:
    start, end = select.windows_span or (0, 0)
    return lambda splicer: splicer.span(start, end, select.windows)


def _group(planner: Planner, select: Select, rows: Frame, order: tuple[Node, ...]) -> Frame:
    """The frame after GROUP BY; the same frame where nothing is grouped."""
    after = tuple(node for node in (*select.distinct_on, *select.items, *order, select.having, select.qualify) if node)
    if not select.grouped and not any(holds_aggregate(node) for node in after):
        return rows
    splicer = planner.splicer
    keys: list[Node] = []
    if select.group_all:
        keys = [item.expression for item in select.items if not holds_aggregate(item.expression)]
        if any(item.star for item in select.items) and any(calls_in(node) for node in after):
            refuse_calls(after, "a query with GROUP BY ALL and *", "Name the grouping columns.")
    for node in select.group:
        item = _item_meant(select, node)
        keys.append(node if item is None else item.expression)
    for key in (*select.group, *keys):
        planner.plan(key, rows)
    forms = frozenset(normal_form(splicer, key) for key in keys)
    listed = keys if select.group_all else [_expression_of(select, node) for node in select.group]

    def text(splicer: Splicer) -> str:
        return ", ".join(splicer.text(node) for node in listed)

    return Frame(rows.scope, rows.where, text, tuple(listed), before_group=rows, group_keys=forms)


def _item_meant(select: Select, node: Node) -> SelectItem | None:
    """The select item that a grouping ordinal or name may stand for."""
    number = ordinal(node)
    if number is not None:
        return select.items[number - 1] if 0 < number <= len(select.items) else None
    if is_name(node) and isinstance(node, Leaf):
        name = node.token.text.lower()
        return next((item for item in select.items if item.alias is not None and item.alias.lower() == name), None)
    return None


def _expression_of(select: Select, node: Node) -> Node:
    item = _item_meant(select, node) if ordinal(node) is not None else None
    return node if item is None else item.expression
