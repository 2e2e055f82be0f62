"""Column labels as PostgreSQL forms them (``FigureColname``), from the tree before anything is rewritten."""

from __future__ import annotations

from sqlglot import exp

from sqlserver.plan.catalog.calls import call_of

UNNAMED = "?column?"
_TYPE_NAMES = {
    "INT": "int4", "SMALLINT": "int2", "BIGINT": "int8", "BOOLEAN": "bool", "DOUBLE": "float8", "FLOAT": "float4",
    "DECIMAL": "numeric", "VARBINARY": "bytea", "CHAR": "bpchar", "TIMESTAMPNTZ": "timestamp",
}  # fmt: skip
_CALLS: dict[type[exp.Expr], str] = {
    exp.GroupConcat: "string_agg", exp.LogicalAnd: "bool_and", exp.LogicalOr: "bool_or", exp.Explode: "unnest",
    exp.StrPosition: "strpos", exp.CurrentTimestamp: "now", exp.Trim: "btrim", exp.Extract: "extract",
    exp.DPipe: UNNAMED, exp.TimestampTrunc: "date_trunc", exp.Exists: "exists", exp.Array: "array",
    exp.Case: "case", exp.Coalesce: "coalesce", exp.Nullif: "nullif", exp.Greatest: "greatest", exp.Least: "least",
    exp.ArrayAgg: "array_agg", exp.CurrentDate: "current_date", exp.RegexpLike: UNNAMED, exp.RegexpILike: UNNAMED,
    exp.ArrayContainsAll: UNNAMED, exp.ArrayContainedBy: UNNAMED, exp.JSONExtract: UNNAMED, exp.Connector: UNNAMED,
}  # fmt: skip


def label_of(node: exp.Expr) -> str:
    if isinstance(node, exp.Alias):
        return _folded(node.args["alias"])
    if isinstance(node, exp.Cast) and isinstance(node.this.unnest(), exp.Cast | exp.Literal):
        inner = node.this.unnest()
        while isinstance(inner, exp.Cast):
            inner = inner.this.unnest()
        if _name(inner) is None:  # a type's name gives way to the outer type's
            return _type_name(node.args["to"]) or UNNAMED
    return _name(node) or UNNAMED


def _folded(identifier: exp.Expr) -> str:
    name = identifier.name
    return name if identifier.args.get("quoted") else name.lower()


def _name(node: exp.Expr) -> str | None:
    match node:
        case exp.Column():
            return _folded(node.this)
        case exp.Paren() | exp.Collate() | exp.Window() | exp.Filter() | exp.Bracket() | exp.WithinGroup():
            return _name(node.this)
        case exp.Dot():
            return _folded(node.expression) if isinstance(node.expression, exp.Identifier) else _name(node.expression)
        case exp.Cast():
            inner = _name(node.this)
            return inner if inner not in (None, UNNAMED) else _type_name(node.args["to"])
        case exp.Case():
            default = node.args.get("default")
            return (_name(default) if default is not None else None) or "case"
        case exp.Subquery() | exp.Select():
            first = node.unnest() if isinstance(node, exp.Subquery) else node
            return label_of(first.selects[0]) if isinstance(first, exp.Select) and first.selects else None
        case exp.Trim():
            return {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position")).upper(), "btrim")
        case exp.Boolean():
            return "bool"
    known = _CALLS.get(type(node))
    if known is not None:
        return known
    call = call_of(node)
    if call is not None:
        return call[0]
    return node.sql_name().lower() if isinstance(node, exp.Func) and not isinstance(node, exp.Connector) else None


def _type_name(to: exp.Expr) -> str | None:
    if isinstance(to, exp.DataType) and to.this == exp.DType.ARRAY:
        return _type_name(to.expressions[0]) if to.expressions else None
    if isinstance(to, exp.DataType) and to.this == exp.DType.USERDEFINED:
        kind = to.args.get("kind")
        return str(kind.expression.name if isinstance(kind, exp.Dot) else getattr(kind, "name", kind)).removeprefix("_")
    name = to.this if isinstance(to.this, str) else to.this.value
    return _TYPE_NAMES.get(name, name.lower())
