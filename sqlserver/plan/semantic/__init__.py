"""Semantic calls out of a statement: input queries before, lookups inside, nothing evaluated per row."""

from sqlserver.plan.semantic.planner import plan_statement

__all__ = ["plan_statement"]
