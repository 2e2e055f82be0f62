"""Plans UPDATE and DELETE: WHERE as in a query over the target and its FROM or USING, SET on the rows it leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlserver.plan.semantic.conditions import plan_filter
from sqlserver.plan.semantic.frames import Environment, Frame, RowsText, Scope
from sqlserver.plan.semantic.queries import plan_with
from sqlserver.plan.semantic.refusals import refuse_calls
from sqlserver.plan.semantic.relations import joined_rows, plan_from, rows_of
from sqlserver.sql.outline import Change

if TYPE_CHECKING:
    from sqlserver.plan.semantic.planner import Planner


def plan_change(planner: Planner, change: Change) -> None:
    """Plans every call of an UPDATE or DELETE. Raises 0A000 for RETURNING, whose values exist only afterwards."""
    refuse_calls(change.returning, "RETURNING", "Select the changed rows afterwards.")
    environment = Environment()
    if change.with_ is not None:
        environment = plan_with(planner, change.with_, environment)
    scope = Scope(environment, _rows(change, ", "), _rows(change, " CROSS JOIN "), identity=planner.new_identity())
    if change.sources is not None:
        plan_from(planner, change.sources, replace(scope, outer_rows=None), None)
    where = plan_filter(planner, Frame(scope), "where", change.where)
    frame = Frame(replace(scope, unstable=not where.steady), where.usable)
    for assignment in change.assignments:
        planner.plan(assignment, frame)


def _rows(change: Change, between: str) -> RowsText:
    """The target beside its sources."""
    sources = change.sources
    if sources is None:
        return lambda splicer: splicer.text(change.target)
    rest = rows_of(sources) if between == ", " else joined_rows(sources)
    return lambda splicer: f"{splicer.text(change.target)}{between}{rest(splicer)}"
