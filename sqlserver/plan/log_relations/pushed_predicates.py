"""Which conditions and orders of a statement the store can apply while it reads.

Taken are conjuncts of the WHERE of the SELECT whose FROM names the relation, over that relation's columns and
constants alone. Each of them is true for no NULL, so taking it early is right on either side of an outer join; it is
wrong beside joins that pick by place or nearness (POSITIONAL, ASOF) and before a sample, and then nothing is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from sqlserver.catalog.log_relations import LogRelation
from sqlserver.core.log_relation_plan import (
    AllOf,
    AnyOf,
    Comparison,
    ComparisonSign,
    Constant,
    EngineConstant,
    Known,
    Parameter,
    Predicate,
    SortKey,
)
from sqlserver.plan.log_relations.clickhouse_functions import ROW_WISE
from sqlserver.plan.log_relations.references import Reference
from sqlserver.plan.log_relations.relations import ColumnKind, column_kind, sorts_alike

_SIGNS: dict[type[exp.Expr], ComparisonSign] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
_MIRRORED: dict[ComparisonSign, ComparisonSign] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_STEADY_FUNCTIONS = frozenset(
    {"now", "current_timestamp", "current_date", "today", "date_trunc", "transaction_timestamp"}
)


@dataclass(frozen=True, slots=True)
class PushedDown:
    """What one reference hands to the store."""

    predicates: tuple[Predicate, ...] = ()
    order_by: tuple[SortKey, ...] = ()
    limit: int | None = None


NOTHING = PushedDown()


def pushed_down(reference: Reference, relation: LogRelation) -> PushedDown:
    """``relation`` is the referenced one."""
    table = reference.table
    select = _own_select(table)
    if table is None or select is None or not _order_of_rows_is_free(table, select):
        return NOTHING
    sole = not select.args.get("joins") and not select.args.get("laterals")
    scope = _Scope(reference.alias, relation, sole)
    where = select.args.get("where")
    conjuncts = _conjuncts(where.this) if where is not None else []
    taken = [scope.predicate(conjunct) for conjunct in conjuncts]
    predicates = tuple(predicate for predicate in taken if predicate is not None)
    complete = len(predicates) == len(taken) and all(_exact(predicate) for predicate in predicates)
    if not complete or not sole or not _plain_rows(select):
        return PushedDown(predicates)
    limit, order_by = _limit(select), scope.sort_keys(select)
    if limit is None or order_by is None:
        return PushedDown(predicates)
    return PushedDown(predicates, order_by, limit)


def _own_select(table: exp.Table | None) -> exp.Select | None:
    holder = table.parent if table is not None else None
    if not isinstance(holder, exp.From | exp.Join):
        return None
    return holder.parent if isinstance(holder.parent, exp.Select) else None


def _order_of_rows_is_free(table: exp.Table, select: exp.Select) -> bool:
    if any(table.args.get(name) for name in ("sample", "pivots", "joins", "laterals", "when", "version")):
        return False
    if select.args.get("sample") or select.args.get("pivots"):
        return False
    joins = select.args.get("joins") or []
    return not any(str(join.args.get("method") or "").upper() in ("ASOF", "POSITIONAL") for join in joins)


def _plain_rows(select: exp.Select) -> bool:
    """Whether the SELECT gives one row for each row read, so that a LIMIT counts rows read."""
    if any(select.args.get(name) for name in ("group", "having", "qualify", "distinct", "windows", "with_")):
        return False
    if isinstance(select.parent, exp.SetOperation):
        return False
    many = (exp.AggFunc, exp.Window, exp.Unnest, exp.Explode, exp.Query)
    return not any(
        isinstance(node, many) or (isinstance(node, exp.Anonymous) and node.name.lower() not in ROW_WISE)
        for projection in select.expressions
        for node in projection.walk()
    )


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    if isinstance(condition, exp.Paren):
        return _conjuncts(condition.this)
    if isinstance(condition, exp.And):
        return _conjuncts(condition.this) + _conjuncts(condition.expression)
    return [condition]


def _exact(predicate: Predicate) -> bool:
    if isinstance(predicate, Comparison):
        return predicate.exact
    return all(_exact(part) for part in predicate.parts)


def _limit(select: exp.Select) -> int | None:
    limit, offset = select.args.get("limit"), select.args.get("offset")
    if not isinstance(limit, exp.Limit) or limit.args.get("limit_options"):
        return None
    counts = [limit.expression] + ([offset.expression] if offset is not None else [])
    if not all(isinstance(count, exp.Literal) and not count.is_string and count.name.isdigit() for count in counts):
        return None
    return sum(int(count.name) for count in counts)


@dataclass(frozen=True, slots=True)
class _Scope:
    """One reference inside its SELECT. ``sole``: nothing else stands in the FROM, so bare names are its columns."""

    alias: str
    relation: LogRelation
    sole: bool

    def column(self, node: exp.Expr) -> str | None:
        if not isinstance(node, exp.Column) or node.args.get("db") or not isinstance(node.this, exp.Identifier):
            return None
        name, qualifier = node.name.lower(), node.table.lower()
        if self.relation.column(name) is None or (qualifier != self.alias if qualifier else not self.sole):
            return None
        return name

    def kind(self, column: str) -> ColumnKind:
        found = self.relation.column(column)
        return column_kind(found) if found is not None else "other"

    def predicate(self, node: exp.Expr) -> Predicate | None:
        """The condition as the store understands it, or None where that is not certain."""
        if isinstance(node, exp.Paren):
            return self.predicate(node.this)
        if node.args.get("negate"):  # NOT LIKE, NOT IN, NOT BETWEEN: sqlglot marks the node itself
            return None
        if isinstance(node, exp.And | exp.Or):
            return self._connected(node)
        if isinstance(node, exp.Not):
            return self._flag(node.this, False)
        if isinstance(node, exp.Column):
            return self._flag(node, True)
        if isinstance(node, exp.Like | exp.ILike):
            return self._like(node)
        if isinstance(node, exp.In):
            return self._in(node)
        if isinstance(node, exp.Between):
            return self._between(node)
        sign = _SIGNS.get(type(node))
        return self._comparison(node.this, sign, node.expression) if sign is not None else None

    def _connected(self, node: exp.And | exp.Or) -> Predicate | None:
        left, right = self.predicate(node.this), self.predicate(node.expression)
        if left is None or right is None:
            return None
        return AllOf((left, right)) if isinstance(node, exp.And) else AnyOf((left, right))

    def _flag(self, node: exp.Expr, value: bool) -> Predicate | None:
        column = self.column(node)
        if column is None or self.kind(column) != "bool":
            return None
        return Comparison(column, "=", (Known(value),))

    def _comparison(self, left: exp.Expr, sign: ComparisonSign, right: exp.Expr) -> Predicate | None:
        column = self.column(left)
        if column is None:
            column, right, sign = self.column(right), left, _MIRRORED.get(sign, sign)
        if column is None:
            return None
        kind = self.kind(column)
        constant = _constant(right, kind)
        if constant is None or (kind in ("string", "bool") and sign not in ("=", "<>")):
            return None
        return Comparison(column, sign, (constant,))

    def _between(self, node: exp.Between) -> Predicate | None:
        if node.args.get("symmetric"):
            return None
        low = self._comparison(node.this, ">=", node.args["low"])
        high = self._comparison(node.this, "<=", node.args["high"])
        return AllOf((low, high)) if low is not None and high is not None else None

    def _in(self, node: exp.In) -> Predicate | None:
        column = self.column(node.this)
        if column is None or not node.expressions or any(node.args.get(name) for name in ("query", "unnest", "field")):
            return None
        constants = [_constant(item, self.kind(column)) for item in node.expressions]
        known = tuple(constant for constant in constants if constant is not None)
        return Comparison(column, "IN", known) if len(known) == len(constants) else None

    def _like(self, node: exp.Like | exp.ILike) -> Predicate | None:
        """A backslash is plain to DuckDB and escapes in ClickHouse: such a pattern stays here.

        ``_`` goes as ``%``, which keeps more: the two engines need not agree on what one character is.
        """
        column = self.column(node.this)
        pattern = node.expression
        if column is None or self.kind(column) != "string":
            return None
        if not isinstance(pattern, exp.Literal) or not pattern.is_string or "\\" in pattern.name:
            return None
        sign: ComparisonSign = "ILIKE" if isinstance(node, exp.ILike) else "LIKE"
        if sign == "ILIKE" and not pattern.name.isascii():
            return None
        exact = "_" not in pattern.name and sign == "LIKE"
        return Comparison(column, sign, (Known(pattern.name.replace("_", "%")),), exact)

    def sort_keys(self, select: exp.Select) -> tuple[SortKey, ...] | None:
        """The ORDER BY as columns that sort alike in both engines; None where one does not."""
        order = select.args.get("order")
        renamed = {projection.alias.lower() for projection in select.expressions if isinstance(projection, exp.Alias)}
        keys: list[SortKey] = []
        for ordered in order.expressions if order is not None else []:
            column = self.column(ordered.this)
            found = self.relation.column(column) if column is not None else None
            if column is None or found is None or column in renamed or not sorts_alike(found):
                return None
            keys.append(SortKey(column, bool(ordered.args.get("desc"))))
        return tuple(keys)


def _constant(node: exp.Expr, kind: ColumnKind) -> Constant | None:
    if isinstance(node, exp.Paren):
        return _constant(node.this, kind)
    if isinstance(node, exp.Placeholder | exp.Parameter) and kind == "string" and node.name.isdigit():
        return Parameter(int(node.name))
    if kind == "string":
        return Known(node.name) if isinstance(node, exp.Literal) and node.is_string else None
    if kind == "bool":
        return Known(bool(node.this)) if isinstance(node, exp.Boolean) else None
    if kind == "integer":
        whole = isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit()
        return Known(int(node.name)) if whole and len(node.name) < 18 else None
    if kind == "timestamp" and _is_steady(node):
        return EngineConstant(f"TRY_CAST({node.sql(dialect='duckdb')} AS TIMESTAMPTZ)")
    return None


def _is_steady(node: exp.Expr) -> bool:
    """Literals, casts, intervals and the transaction's own clock: the same value wherever it is asked."""
    if isinstance(node, exp.CurrentTimestamp | exp.CurrentDate | exp.Literal | exp.DataType | exp.Var):
        return True
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in _STEADY_FUNCTIONS and all(_is_steady(part) for part in node.expressions)
    if isinstance(node, exp.Cast | exp.Interval | exp.Add | exp.Sub | exp.Paren | exp.Neg):
        return all(_is_steady(part) for part in node.iter_expressions())
    return False
