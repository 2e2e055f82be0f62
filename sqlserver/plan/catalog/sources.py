"""What stands in FROM: catalog relations get the engine's names, set-returning functions become subqueries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp, parse_one

from sqlserver.catalog.postgres_rows import catalog_relations
from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import BY_OID
from sqlserver.plan.catalog.calls import call_of
from sqlserver.plan.catalog.derived import DERIVED
from sqlserver.plan.catalog.functions import FUNCTIONS
from sqlserver.plan.catalog.kinds import common
from sqlserver.plan.catalog.scope import Output, Scope, Source
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.table_functions import TABLE_FUNCTIONS, VIEW_FUNCTIONS
from sqlserver.plan.catalog.tree import expand, kind_of, stored

if TYPE_CHECKING:
    from sqlserver.plan.catalog.walk import Walk

_SCHEMAS = ("pg_catalog", "information_schema")
STORED = {
    "__stored_authid": ("pg_catalog", "pg_authid"),
    "__stored_auth_members": ("pg_catalog", "pg_auth_members"),
    "__stored_settings": ("pg_catalog", "pg_settings"),
}
"""Names by which derived relations reach the stored one that they replace."""


class Sources:
    """``add`` rewrites one source and puts it into the scope."""

    def __init__(self, walk: Walk, planning: Planning) -> None:
        self._walk = walk
        self._planning = planning

    def add(self, node: exp.Expr, scope: Scope) -> exp.Expr:
        match node:
            case exp.Subquery():
                return self._subquery(node, scope)
            case exp.Lateral():
                return self._lateral(node, scope)
            case exp.Unnest():
                return self._unnest(node, scope)
            case exp.Values():
                outputs = self._walk.query(node, scope, scope.ctes) or ()
                alias = node.args.get("alias")
                if alias is not None and not alias.args.get("columns"):  # DuckDB calls them col0, col1, …
                    alias.set("columns", [exp.to_identifier(one.name, quoted=True) for one in outputs])
                scope.sources.append(Source(node.alias, _renamed(outputs, node)))
                return node
            case exp.Table():
                return self._table(node, scope)
        self._walk.visit(node, scope)
        return node

    def _subquery(self, node: exp.Subquery, scope: Scope) -> exp.Expr:
        if isinstance(node.this, exp.Table | exp.Subquery):  # a join in brackets
            node.set("this", self.add(node.this, scope))
            for join in node.args.get("joins") or ():
                self._join(join, scope)
            return node
        outputs = self._walk.query(node.this, scope, scope.ctes)
        scope.sources.append(Source(node.alias, _renamed(outputs, node)))
        for join in node.args.get("joins") or ():
            self._join(join, scope)
        return node

    def _join(self, join: exp.Expr, scope: Scope) -> None:
        join.set("this", self.add(join.this, scope))
        if join.args.get("on") is not None:
            self._walk.visit(join.args["on"], scope)

    def _lateral(self, node: exp.Lateral, scope: Scope) -> exp.Expr:
        inner = node.this
        if isinstance(inner, exp.Subquery):
            outputs = self._walk.query(inner.this, scope, scope.ctes)
            scope.sources.append(Source(node.alias, _renamed(outputs, node)))
            return node
        if isinstance(inner, exp.Unnest):
            inner.set("alias", node.args.get("alias"))
            return self._unnest(inner, scope)
        table = exp.Table(this=inner, alias=node.args.get("alias"))
        return self._function(table, inner, scope) or node

    def _unnest(self, node: exp.Unnest, scope: Scope) -> exp.Expr:
        """``unnest(a, b) WITH ORDINALITY AS t(x, y, n)`` becomes a subquery that unnests in its select list."""
        kinds = []
        for one in list(node.expressions):
            kinds.append(_element(kind_of(self._walk.visit(one, scope))))
        alias = node.args.get("alias")
        names = [column.name for column in (alias.args.get("columns") or ())] if alias is not None else []
        table = alias.name if alias is not None and alias.name else "unnest"
        lists = list(node.expressions)
        default = [table if len(lists) == 1 else "unnest"] * len(lists)
        labels = [*names, *default[len(names) :]][: len(lists)]
        select = exp.Select(
            expressions=[
                exp.alias_(exp.Explode(this=one), label, quoted=True) for one, label in zip(lists, labels, strict=True)
            ]
        )
        outputs = [Output(label, kind) for label, kind in zip(labels, kinds, strict=True)]
        offset = node.args.get("offset")
        if offset:
            last = offset.name if isinstance(offset, exp.Expr) else "ordinality"
            count = exp.func("range", exp.Literal.number(1), exp.func("len", lists[0].copy()) + 1)
            select.select(exp.alias_(exp.Explode(this=count), last, quoted=True), copy=False)
            outputs.append(Output(last, pg.INT8))
        scope.sources.append(Source(table, outputs))
        return exp.Subquery(this=select, alias=exp.TableAlias(this=exp.to_identifier(table, quoted=True)))

    def _table(self, node: exp.Table, scope: Scope) -> exp.Expr:
        found = self._named(node, scope)
        joins = node.args.get("joins") or ()
        for join in joins:
            self._join(join, scope)
        if joins and found is not node:
            found.set("joins", joins)
        return found

    def _named(self, node: exp.Table, scope: Scope) -> exp.Expr:
        rows_from = node.args.get("rows_from")
        if rows_from:
            only = rows_from[0]
            only.set("alias", node.args.get("alias"))
            return self._named(only, scope)
        if isinstance(node.this, exp.Func):
            return self._function(node, node.this, scope) or node
        name, schema = node.name.lower(), node.db.lower()
        alias = node.alias or node.name
        if not schema and name in scope.ctes:
            columns = scope.ctes[name]
            scope.sources.append(Source(alias, _renamed(columns, node) if columns else None))
            return node
        relation = STORED.get(name) or self._relation(schema, name)
        if relation is None:
            self._planning.reads_user_relations = True
            scope.sources.append(Source(alias, None))
            return node
        node.set("only", None)
        columns = [Output(column.name, column.type) for column in catalog_relations()[relation].columns]
        oid = catalog_relations()[relation].oid
        scope.sources.append(Source(alias, _renamed(columns, node), oid))
        named = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
        query = None if name in STORED else DERIVED.get(relation)
        self._planning.needed = True
        if query is None:
            return stored(self._planning, relation, named)
        inner = parse_one(query(self._planning), read="postgres")
        self._walk.query(inner, None, {})
        return exp.Subquery(this=inner, alias=named)

    def _relation(self, schema: str, name: str) -> tuple[str, str] | None:
        if schema:
            found = (schema, name)
            return found if schema in _SCHEMAS and found in catalog_relations() else None
        for each in self._planning.schemas:
            if each in _SCHEMAS and (each, name) in catalog_relations():
                return each, name
        return None

    def _function(self, node: exp.Table, function: exp.Expr, scope: Scope) -> exp.Expr | None:
        """A set-returning function in FROM; None for one that is not PostgreSQL's."""
        for child in list(function.iter_expressions()):
            self._walk.visit(child, scope)
        name, arguments = call_of(function) or ("", [])
        if name in VIEW_FUNCTIONS and not arguments:
            shown = exp.Table(
                this=exp.to_identifier(VIEW_FUNCTIONS[name]), db=exp.to_identifier("pg_catalog"),
                alias=node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name, quoted=True)),
            )  # fmt: skip
            return self._named(shown, scope)
        known = TABLE_FUNCTIONS.get(name)
        alias = node.args.get("alias")
        streams = name == "generate_series" and not node.args.get("ordinality")
        if streams and not any(one.find(exp.Column) for one in arguments):
            return self._series(node, arguments, scope)
        if known is None:
            changed = self._walk.visit(function, scope)
            label = node.alias or name
            if isinstance(changed, exp.Anonymous) and name not in FUNCTIONS:
                # One of DuckDB's own (``duckdb_tables()``, ``read_csv(…)``) or a user's macro: a relation like a table.
                self._planning.reads_user_relations = True
                scope.sources.append(Source(label, None))
                return None
            names = [column.name for column in (alias.args.get("columns") or ())] if alias is not None else []
            column = names[0] if names else label
            scope.sources.append(Source(label, [Output(column, kind_of(changed))]))
            select = exp.Select(expressions=[exp.alias_(changed.copy(), column, quoted=True)])
            return exp.Subquery(this=select, alias=exp.TableAlias(this=exp.to_identifier(label, quoted=True)))
        template, columns = known
        label = node.alias or name
        outputs = [Output(column or label, kind) for column, kind in columns]
        if name == "generate_series":
            outputs = [Output(label, _of_series(arguments))]
        if node.args.get("ordinality"):
            template = f"(SELECT *, row_number() OVER () AS ordinality FROM {template} AS s_)"
            outputs.append(Output("ordinality", pg.INT8))
        subquery = expand(template, arguments, self._planning, None)
        renamed = _renamed(outputs, node) or ()
        subquery.set(
            "alias",
            exp.TableAlias(
                this=exp.to_identifier(label, quoted=True),
                columns=[exp.to_identifier(one.name, quoted=True) for one in renamed],
            ),
        )
        scope.sources.append(Source(label, renamed))
        self._planning.needed = True
        return subquery

    def _series(self, node: exp.Table, arguments: Sequence[exp.Expr], scope: Scope) -> exp.Expr:
        """DuckDB's own function streams; PostgreSQL names its column after the alias."""
        node.set("db", None)
        alias = node.args.get("alias")
        if alias is not None and not alias.args.get("columns"):
            alias.set("columns", [exp.to_identifier(node.alias, quoted=True)])
        outputs = [Output("generate_series", _of_series(arguments))]
        scope.sources.append(Source(node.alias or "generate_series", _renamed(outputs, node)))
        self._planning.holds_series = True
        return node


def _of_series(arguments: Sequence[exp.Expr]) -> pg.PgType | None:
    """A series of times has DuckDB's type, which is not that of its first argument."""
    kind = common(arguments)
    return kind if kind in (pg.INT2, pg.INT4, pg.INT8, pg.NUMERIC) else None


def _renamed(outputs: Sequence[Output] | None, node: exp.Expr) -> Sequence[Output] | None:
    alias = node.args.get("alias")
    if outputs is None or alias is None or isinstance(alias, str):
        return outputs
    names = [column.name for column in alias.args.get("columns") or ()]
    return [Output(names[n] if n < len(names) else one.name, one.kind) for n, one in enumerate(outputs)]


def _element(kind: pg.PgType | None) -> pg.PgType | None:
    return None if kind is None or not kind.element_oid else BY_OID.get(kind.element_oid)
