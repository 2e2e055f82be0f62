"""The PostgreSQL type of an expression whose parts have theirs. None: DuckDB's type stands."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import BY_OID, array_of
from sqlserver.plan.catalog.scope import Kind
from sqlserver.plan.catalog.tree import declared_kind, kind_of

_BOOLEAN = (
    exp.Predicate, exp.Connector, exp.Not, exp.Boolean, exp.Exists, exp.RegexpLike, exp.RegexpILike, exp.Between,
    exp.In, exp.Is, exp.LogicalAnd, exp.LogicalOr, exp.StartsWith, exp.ArrayContainsAll, exp.ArrayContainedBy,
)  # fmt: skip
_TEXT = (
    exp.Substring, exp.Lower, exp.Upper, exp.Replace, exp.Trim, exp.Concat, exp.ConcatWs, exp.Left, exp.Right,
    exp.GroupConcat, exp.ArrayToString, exp.RegexpReplace, exp.SplitPart, exp.Initcap, exp.Pad, exp.Format, exp.MD5,
    exp.Reverse, exp.Repeat, exp.Overlay, exp.ByteString, exp.Translate,
)  # fmt: skip
_SAME = (
    exp.Paren,
    exp.Alias,
    exp.Neg,
    exp.Abs,
    exp.Window,
    exp.Filter,
    exp.Order,
    exp.Distinct,
    exp.Collate,
    exp.WithinGroup,
)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod)
_RANKS = ("int2", "int4", "int8", "numeric", "float4", "float8")
_FIXED: dict[type[exp.Expr], pg.PgType] = {
    exp.Count: pg.INT8, exp.RowNumber: pg.INT8, exp.Rank: pg.INT8, exp.DenseRank: pg.INT8, exp.Length: pg.INT4,
    exp.StrPosition: pg.INT4, exp.Extract: pg.NUMERIC, exp.CurrentTimestamp: pg.TIMESTAMPTZ, exp.CurrentDate: pg.DATE,
    exp.ArraySize: pg.INT4, exp.Unicode: pg.INT4, exp.Localtimestamp: pg.TIMESTAMP,
}  # fmt: skip


def infer(node: exp.Expr) -> Kind:
    fixed = _FIXED.get(type(node))
    if fixed is not None:
        return fixed
    if isinstance(node, exp.Literal):
        return _literal(node)
    if isinstance(node, _SAME):
        return kind_of(node.this)
    if isinstance(node, exp.Cast):
        return declared_kind(node.args["to"])
    if isinstance(node, _BOOLEAN):
        return pg.BOOL
    if isinstance(node, _TEXT):
        return pg.TEXT
    return _composed(node)


def _literal(node: exp.Literal) -> Kind:
    if node.is_string:
        return None
    if not node.name.isdigit():
        return pg.NUMERIC
    return pg.INT4 if int(node.name) < 2**31 else pg.INT8


def _composed(node: exp.Expr) -> Kind:
    match node:
        case exp.Case():
            return common([*(one.args["true"] for one in node.args["ifs"]), node.args.get("default")])
        case exp.Coalesce() | exp.Greatest() | exp.Least():
            return common([node.this, *node.expressions])
        case exp.Nullif():
            return kind_of(node.this)
        case exp.DPipe():
            left, right = kind_of(node.this), kind_of(node.expression)
            return next((one for one in (left, right) if one is not None and one.element_oid), pg.TEXT)
        case exp.Min() | exp.Max() | exp.AnyValue():
            kind = kind_of(node.this)
            return pg.TEXT if kind in (pg.NAME, pg.CHAR, pg.VARCHAR) else kind
        case exp.Sum():
            kind = kind_of(node.this)
            return {pg.INT2: pg.INT8, pg.INT4: pg.INT8, pg.INT8: pg.NUMERIC}.get(kind, kind) if kind else None
        case exp.ArrayAgg():
            kind = kind_of(node.this)
            return None if kind is None else array_of(kind)
        case exp.Array():
            kind = common(node.expressions)
            return array_of(kind or pg.TEXT) if node.expressions else None
        case exp.Explode():
            return element_of(kind_of(node.this))
        case exp.ExplodingGenerateSeries():
            return common([node.args["start"], node.args["end"]])
        case exp.Bracket():
            return element_of(kind_of(node.this))
        case exp.Lag() | exp.Lead() | exp.FirstValue() | exp.LastValue() | exp.NthValue():
            return kind_of(node.this)
    return _arithmetic(node) if isinstance(node, _ARITHMETIC) else None


def element_of(kind: Kind) -> Kind:
    return None if kind is None or not kind.element_oid else BY_OID.get(kind.element_oid)


def common(nodes: Iterable[exp.Expr | None]) -> Kind:
    """The type PostgreSQL gives CASE, COALESCE and the like; literals take the others' type."""
    listed = [node for node in nodes if node is not None]
    kinds = [kind for node in listed if (kind := kind_of(node)) is not None]
    if not kinds:
        return None
    if all(kind.name in _RANKS for kind in kinds) and any(
        kind_of(node) is None and not isinstance(node, exp.Literal | exp.Null) for node in listed
    ):
        return None  # a number that only the engine knows may be of a wider type
    if all(kind is kinds[0] or kind.oid == kinds[0].oid for kind in kinds):
        return kinds[0]
    if all(kind.name in _RANKS for kind in kinds):
        return max(kinds, key=lambda kind: _RANKS.index(kind.name))
    if pg.OID in kinds and all(kind is pg.OID or kind.name in _RANKS for kind in kinds):
        return pg.OID
    return pg.TEXT if any(kind is pg.TEXT for kind in kinds) else kinds[0]


def _arithmetic(node: exp.Expr) -> Kind:
    kinds = [kind for one in (node.this, node.expression) if (kind := kind_of(one)) is not None]
    if len(kinds) < 2:
        return None
    ranked = [kind for kind in kinds if kind.name in _RANKS]
    if len(ranked) == 2:
        return max(ranked, key=lambda kind: _RANKS.index(kind.name))
    if ranked and any(kind is pg.OID for kind in kinds):
        return pg.OID
    return None
