"""Statements that read log relations (``unified_logs``, ``training_examples_mv``, …) next to DuckDB tables."""

from sqlserver.core.log_relation_plan import LogRelationPlan, RelationRead
from sqlserver.plan.log_relations.planner import mentions_log_relation, plan_log_relations
from sqlserver.plan.log_relations.relations import RELATIONS

__all__ = ["RELATIONS", "LogRelationPlan", "RelationRead", "mentions_log_relation", "plan_log_relations"]
