"""``substring(options FROM 'fillfactor=([0-9]*)')``: what the first group of a pattern matches, or the whole of it."""

from __future__ import annotations

import re

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.tree import expand

_GROUP = re.compile(r"(?<!\\)\((?!\?)")


def rewrite_substring(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    if not isinstance(node, exp.Substring):
        return None
    pattern = node.args.get("start")
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        return None
    group = 1 if _GROUP.search(pattern.name) else 0
    template = f"CASE WHEN regexp_matches($1, $2) THEN regexp_extract($1, $2, {group}) END"
    return expand(template, [node.this, pattern], planning, pg.TEXT)
