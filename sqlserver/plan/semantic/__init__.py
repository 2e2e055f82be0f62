"""Semantic calls out of a statement: input queries before, lookups inside, nothing evaluated per row."""

from sqlserver.core.plan import MISSING_ANSWER
from sqlserver.plan.semantic.asking import plan_statement_asking
from sqlserver.plan.semantic.planner import plan_statement

__all__ = ["MISSING_ANSWER", "plan_statement", "plan_statement_asking"]
