"""Plans the conjuncts of a WHERE, HAVING, QUALIFY or ON: cheap ones narrow the inputs of the semantic ones.

``n > 5 AND a MEANS 'x' AND b MEANS 'y'``: a is asked where n > 5, b where also ``a MEANS 'x'`` came out true.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sqlserver.plan.semantic.frames import Frame, mentioned_names
from sqlserver.plan.semantic.functions import volatile_function
from sqlserver.plan.semantic.splice import Filter, conjuncts
from sqlserver.sql.outline import Node, SelectItem, calls_in

if TYPE_CHECKING:
    from sqlserver.plan.semantic.planner import Planner


Clause = Literal["where", "having", "qualify"]


@dataclass(frozen=True, slots=True)
class PlannedFilter:
    """``usable`` conjuncts may stand in later input queries; ``steady``: no other one picks rows at random."""

    usable: Filter
    steady: bool = True


def plan_filter(
    planner: Planner, frame: Frame, clause: Clause, condition: Node | None, borrowed: tuple[Node, ...] = ()
) -> PlannedFilter:
    """``clause`` is the frame's field that this filter grows. ``borrowed`` are cheap conjuncts of another clause."""
    if condition is None:
        return PlannedFilter(Filter((), (), (), borrowed))
    cheap: list[Node] = []
    unsteady: list[Node] = []
    semantic: list[Node] = []
    for node in conjuncts(condition):
        if planner.splicer.is_semantic(node) or _items_with_calls(planner, frame, node):
            semantic.append(node)
        elif volatile_function(node) is not None:
            unsteady.append(node)
        else:
            cheap.append(node)
    usable = Filter(tuple(cheap), (), (), borrowed)
    for node in semantic:
        now = _with_clause(frame, clause, usable)
        for item in _items_with_calls(planner, frame, node):
            planner.plan(item.expression, now)
        planner.plan(node, now)
        if volatile_function(node) is None:
            usable = replace(usable, semantic=(*usable.semantic, node))
    if semantic:
        planner.splicer.set_filter(condition, Filter(tuple(cheap), tuple(semantic), tuple(unsteady), borrowed))
    return PlannedFilter(usable, not unsteady and len(usable.semantic) == len(semantic))


def _with_clause(frame: Frame, clause: Clause, parts: Filter) -> Frame:
    if clause == "where":
        return replace(frame, where=parts)
    return replace(frame, having=parts) if clause == "having" else replace(frame, qualify=parts)


def _items_with_calls(planner: Planner, frame: Frame, node: Node) -> list[SelectItem]:
    """The select items with calls that a name in ``node`` may mean: DuckDB lets WHERE and HAVING use aliases."""
    found: list[SelectItem] = []
    for name in sorted(mentioned_names(planner.splicer, node)):
        item = frame.scope.aliases.get(name)
        if item is not None and calls_in(item):
            found.append(item)
    return found
