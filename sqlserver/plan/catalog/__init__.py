"""Statements over PostgreSQL's catalog: recognised by a word, read as PostgreSQL's SQL, rewritten to DuckDB's.

One rewrite a file; ``planner.RULES`` shows their order.
"""

from __future__ import annotations

from sqlserver.plan.catalog.planner import plan_catalog
from sqlserver.plan.catalog.session import Backend, CatalogPlan, CatalogSession, OpenCursor, PreparedText
from sqlserver.plan.catalog.words import may_read_catalog

__all__ = ["Backend", "CatalogPlan", "CatalogSession", "OpenCursor", "PreparedText", "may_read_catalog", "plan_catalog"]
