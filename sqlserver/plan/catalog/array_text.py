"""``'{a,b}'``, PostgreSQL's array text, as a list of DuckDB's."""

from __future__ import annotations

from sqlglot import exp

from sqlserver.core.pgtypes import BY_OID, TEXT, PgType
from sqlserver.engines.array_text import parse_array_text
from sqlserver.plan.catalog.tree import cast


def list_literal(text: str, kind: PgType) -> exp.Expr:
    """``kind`` is the array's type; int2vector and oidvector are written with blanks between the numbers."""
    items = parse_array_text(text) if kind.name.startswith("_") else list(text.split())
    element = BY_OID.get(kind.element_oid, TEXT)
    values = [exp.null() if item is None else exp.Literal.string(str(item)) for item in items]
    del element
    return cast(exp.Array(expressions=values), kind)
