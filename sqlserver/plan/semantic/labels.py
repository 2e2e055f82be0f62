"""The name PostgreSQL gives an unnamed column (its ``FigureColname``): a call's rewritten text must never be one."""

from __future__ import annotations

from sqlserver.sql.outline import (
    Call,
    Case,
    Function,
    Group,
    Leaf,
    Node,
    Query,
    Run,
    Select,
    Subquery,
    TraceOf,
    is_name,
)

NO_NAME = "?column?"

_TYPE_NAMES = {
    "BOOLEAN": "bool",
    "INT": "int4",
    "INTEGER": "int4",
    "SMALLINT": "int2",
    "BIGINT": "int8",
    "REAL": "float4",
    "DOUBLE": "float8",
    "DECIMAL": "numeric",
    "CHARACTER": "bpchar",
    "STRING": "text",
}


def column_label(expression: Node) -> str:
    """``coalesce`` for a COALESCE, the function's own name, the type for a bare cast, else ``?column?``."""
    return _label(expression)[0]


def _label(node: Node) -> tuple[str, int]:
    """A name and its strength as PostgreSQL counts it: 0 none, 1 from a type or CASE, 2 from a column or function."""
    if isinstance(node, Call):
        return (NO_NAME, 0) if node.typed_name is None else (node.typed_name.lower(), 2)
    if isinstance(node, TraceOf):
        return "trace_of", 2
    if isinstance(node, Function):
        if node.name in ("cast", "try_cast") and node.arguments:
            return _cast(node.arguments[0])
        return node.name, 2
    if isinstance(node, Case):
        name, strength = (NO_NAME, 0) if node.otherwise is None else _label(node.otherwise)
        return (name, strength) if strength > 1 else ("case", 1)
    if isinstance(node, Group) and node.opening == "(" and len(node.parts) == 1:
        return _label(node.parts[0])
    if isinstance(node, Subquery):
        return _subquery(node.query)
    if isinstance(node, Run):
        return _run(node)
    if is_name(node) and isinstance(node, Leaf):
        return node.token.text, 2
    return NO_NAME, 0


def _run(node: Run) -> tuple[str, int]:
    first, second = node.parts[0], node.parts[1] if len(node.parts) > 1 else None
    if isinstance(first, Leaf) and first.token.upper in ("EXISTS", "ARRAY"):
        return first.token.text.lower(), 2
    if isinstance(second, Leaf) and second.token.is_symbol("::"):
        name, strength = _label(first)
        return (name, strength) if strength > 1 else (_type_name(node.parts[2]), 1)
    if isinstance(second, Group) and second.opening == "[" and len(node.parts) == 2:
        return _label(first)
    return NO_NAME, 0


def _cast(argument: Node) -> tuple[str, int]:
    """``x AS type``."""
    if not isinstance(argument, Run) or len(argument.parts) < 3:
        return NO_NAME, 0
    name, strength = _label(argument.parts[0])
    return (name, strength) if strength > 1 else (_type_name(argument.parts[2]), 1)


def _type_name(node: Node) -> str:
    while isinstance(node, Run):
        node = node.parts[0]
    if isinstance(node, Leaf):
        return _TYPE_NAMES.get(node.token.upper, node.token.text.lower())
    return node.name if isinstance(node, Function) else NO_NAME


def _subquery(query: Query) -> tuple[str, int]:
    if isinstance(query.body, Select) and query.body.items:
        item = query.body.items[0]
        return (item.alias, 2) if item.alias is not None else _label(item.expression)
    return NO_NAME, 0
