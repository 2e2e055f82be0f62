"""Visits a statement as PostgreSQL's analyser does: sources first, then expressions, innermost first.

Names are qualified with the source they belong to, so that what a rule puts around them cannot catch them; every
expression gets its PostgreSQL type; the rules (``RULES``) rewrite each node when its children are done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.plan.catalog.kinds import infer
from sqlserver.plan.catalog.labels import label_of
from sqlserver.plan.catalog.scope import Output, Scope, Source
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.sources import Sources
from sqlserver.plan.catalog.tree import kind_of, with_kind

Rule = Callable[[exp.Expr, Planning], exp.Expr | None]
"""A node whose children are rewritten to what stands for it; None where the rule has nothing to say."""

_CLAUSES = ("distinct", "where", "group", "having", "windows", "qualify", "order", "limit", "offset")
_HIDDEN = {"xmin": (pg.XID, "1"), "cmin": (pg.XID, "0"), "xmax": (pg.XID, "0"), "ctid": (pg.TEXT, "'(0,1)'")}
Ctes = Mapping[str, Sequence[Output]]


class Walk:
    """One statement's. ``query`` rewrites in place and tells the columns a query gives.

    Where one of the rules ``needed`` changes something, DuckDB could not have run the statement as it was.
    """

    def __init__(self, planning: Planning, rules: Sequence[Rule], needed: Sequence[Rule] = ()) -> None:
        self._planning = planning
        self._rules = rules
        self._needed = needed
        self._sources = Sources(self, planning)

    def query(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Sequence[Output] | None:
        """None where a star stands for columns that are not known."""
        ctes = self._with(node, outer, ctes)
        match node:
            case exp.Select():
                return self._select(node, outer, ctes)
            case exp.SetOperation():
                left = self.query(node.this, outer, ctes)
                right = self.query(node.expression, outer, ctes)
                self._tail(node, Scope(outer, ctes))
                return _combined(left, right)
            case exp.Subquery():
                found = self.query(node.this, outer, ctes)
                self._tail(node, Scope(outer, ctes))
                return found
            case exp.Values():
                return self._values(node, Scope(outer, ctes))
            case exp.Table():  # TABLE name
                return None
        return None

    def _with(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Ctes:
        clause = node.args.get("with_")
        if clause is None:
            return ctes
        known = dict(ctes)
        for cte in clause.expressions:
            names = [column.name for column in cte.args["alias"].args.get("columns") or ()]
            body = cte.this
            if clause.args.get("recursive") and isinstance(body, exp.SetOperation):
                first = self.query(body.this.copy(), outer, self._with(body, outer, known))
                known[cte.alias.lower()] = renamed(first or (), names)
            known[cte.alias.lower()] = renamed(self.query(body, outer, known) or (), names)
        return known

    def _select(self, node: exp.Select, outer: Scope | None, ctes: Ctes) -> Sequence[Output] | None:
        scope = Scope(outer, ctes)
        start = node.args.get("from_")
        if start is not None:
            start.set("this", self._sources.add(start.this, scope))
        for join in node.args.get("joins") or ():
            join.set("this", self._sources.add(join.this, scope))
            if join.args.get("on") is not None:
                join.set("on", self.visit(join.args["on"], scope))
        outputs = self._projections(node, scope)
        aliases = {one.alias.lower() for one in node.expressions if isinstance(one, exp.Alias)}
        for clause in _CLAUSES:
            self._clause(node, clause, scope, aliases)
        return outputs

    def _clause(self, node: exp.Expr, clause: str, scope: Scope, aliases: set[str]) -> None:
        value = node.args.get(clause)
        for one in value if isinstance(value, list) else [value] if value is not None else []:
            if clause == "order":
                for ordered in one.expressions:
                    key = ordered.this if isinstance(ordered, exp.Ordered) else ordered
                    if not (isinstance(key, exp.Column) and not key.table and key.name.lower() in aliases):
                        self.visit(ordered, scope)
            else:
                self.visit(one, scope)

    def _projections(self, node: exp.Select, scope: Scope) -> Sequence[Output] | None:
        outputs: list[Output] = []
        projections: list[exp.Expr] = []
        known = True
        for one in node.expressions:
            expanded = self._star(one, node, scope)
            if expanded is None and _is_star(one):
                known = False
                projections.append(one)
                continue
            for each in expanded or (one,):
                label = label_of(each)
                visited = self.visit(each, scope)
                outputs.append(Output(label, kind_of(visited)))
                projections.append(visited)
        node.set("expressions", projections)
        return outputs if known else None

    def _star(self, one: exp.Expr, node: exp.Select, scope: Scope) -> list[exp.Expr] | None:
        """The columns a star stands for; None where one of its sources is a user's relation."""
        if not _is_star(one) or any(join.args.get("using") for join in node.args.get("joins") or ()):
            return None
        table = one.table.lower() if isinstance(one, exp.Column) else ""
        chosen = [source for source in scope.sources if not table or source.alias.lower() == table]
        columns: list[exp.Expr] = []
        for source in chosen:
            if source.columns is None:
                return None
            columns += [exp.column(output.name, source.alias, quoted=True) for output in source.columns]
        return columns or None

    def _values(self, node: exp.Values, scope: Scope) -> Sequence[Output]:
        for row in node.expressions:
            self.visit(row, scope)
        first = node.expressions[0].expressions if node.expressions else []
        return [Output(f"column{number}", kind_of(value)) for number, value in enumerate(first, 1)]

    def _tail(self, node: exp.Expr, scope: Scope) -> None:
        for clause in ("limit", "offset"):
            if node.args.get(clause) is not None:
                self.visit(node.args[clause], scope)

    def visit(self, node: exp.Expr, scope: Scope) -> exp.Expr:
        """What stands for ``node``, put into its place as well."""
        if isinstance(node, exp.Subquery | exp.Select | exp.SetOperation):
            outputs = self.query(node, scope, scope.ctes)
            return with_kind(node, outputs[0].kind if outputs else None)
        if isinstance(node, exp.Column):
            return self._put(node, self._column(node, scope))
        for child in list(node.iter_expressions()):
            self.visit(child, scope)
        current = node
        for rule in self._rules:
            changed = rule(current, self._planning)
            if changed is not None and changed is not current:
                if rule in self._needed:
                    self._planning.needed = True
                self._planning.helpful = True
                current = self._put(current, changed)
        if kind_of(current) is None:
            with_kind(current, infer(current))
        return current

    @staticmethod
    def _put(node: exp.Expr, changed: exp.Expr) -> exp.Expr:
        if changed is not node and node.parent is not None:
            node.replace(changed)
        return changed

    def _column(self, node: exp.Column, scope: Scope) -> exp.Expr:
        name, table = node.name.lower(), node.table.lower()
        if isinstance(node.this, exp.Star):
            return node
        if table:
            source = scope.source(table)
            if source is None:
                return node
            node.set("db", None)
            node.set("catalog", None)
            output = source.find(name)
            if output is None and source.oid:
                return self._hidden(name, source) or node
            return with_kind(node, output.kind if output else None)
        holder = scope.holder(name)
        if holder is not None:
            source, output = holder
            return with_kind(exp.column(node.this.copy(), source.alias), output.kind)
        if name == "user" and not node.this.args.get("quoted"):
            self._planning.helpful = True
            return with_kind(exp.Literal.string(self._planning.session.user), pg.NAME)
        own = next((one for one in scope.sources if one.oid), None)
        return (self._hidden(name, own) if own is not None else None) or node

    @staticmethod
    def _hidden(name: str, source: Source) -> exp.Expr | None:
        """PostgreSQL's system columns of a catalog relation."""
        if name == "tableoid":
            return with_kind(exp.Literal.number(source.oid), pg.OID)
        if name not in _HIDDEN:
            return None
        kind, text = _HIDDEN[name]
        value = exp.Literal.string(text.strip("'")) if text.startswith("'") else exp.Literal.number(text)
        return with_kind(value, kind)


def renamed(outputs: Sequence[Output], names: Sequence[str]) -> Sequence[Output]:
    """The first columns take the names of an alias's column list."""
    return [Output(names[n] if n < len(names) else one.name, one.kind) for n, one in enumerate(outputs)]


def _is_star(one: exp.Expr) -> bool:
    return isinstance(one, exp.Star) or (isinstance(one, exp.Column) and isinstance(one.this, exp.Star))


def _combined(left: Sequence[Output] | None, right: Sequence[Output] | None) -> Sequence[Output] | None:
    if left is None or right is None or len(left) != len(right):
        return left
    return [Output(one.name, one.kind or other.kind) for one, other in zip(left, right, strict=True)]
