"""Planning where the engine is asked asynchronously whether a query's names resolve.

The planner itself is plain code: a question it has no answer to stops it, the engine is asked, and it starts again. A
plan has at most a few questions (one or two for a call inside a subquery), and planning takes well under a millisecond
a call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlserver.core.plan import SemanticPlan
from sqlserver.plan.semantic.planner import plan_statement
from sqlserver.sql.recognise import SemanticStatement


class _Unanswered(BaseException):
    """Not an error: nothing between the planner and its caller may take it for one."""

    def __init__(self, sql: str) -> None:
        super().__init__(sql)
        self.sql = sql


async def plan_statement_asking(
    statement: SemanticStatement, *, prefix: str, binds: Callable[[str], Awaitable[bool]]
) -> SemanticPlan:
    """As ``plan_statement``, with ``binds`` awaited: whether the engine can bind a plain query (it must not run it)."""
    answers: dict[str, bool] = {}

    def known(sql: str) -> bool:
        if sql not in answers:
            raise _Unanswered(sql)
        return answers[sql]

    while True:
        try:
            return plan_statement(statement, prefix=prefix, binds=known)
        except _Unanswered as question:
            sql = question.sql
        answers[sql] = await binds(sql)
