"""Which result columns are a table's column, or a cast, of a type that the engine has no like of.

Read off the statement's tree: a column stands for its type through subqueries, common tables, stars and RETURNING;
whatever is made of one by an operator or function is the engine's type. Where the text cannot be read, or leaves a
doubt, the answer is the engine's type as well.

    SELECT v AS x, upper(v), t.* FROM t   →   character varying(10), '', what t's columns are
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import SqlglotError

from sqlserver.core.declared_type import declared_type
from sqlserver.sql.parsed import POSTGRES, sqlglot_tree

Columns = Mapping[str, str]
"""Column in lower case to declared type, '' where it is known to have none."""
Relations = Callable[[tuple[str, ...]], Columns]
CAST_FUNCTION = "_pg_varchar"
"""Stands in a rewritten text for a cast to ``varchar(n)``: its arguments are the value and n."""


@dataclass(frozen=True, slots=True)
class _Output:
    """A select item; with ``star`` any number of columns, by name."""

    name: str
    declared: str
    star: Columns | None = None


@dataclass(frozen=True, slots=True)
class _Scope:
    relations: Relations
    common: Mapping[str, Columns] = field(default_factory=dict)


def told_columns(sql: str, names: Sequence[str], relations: Relations) -> tuple[str, ...]:
    """For each of the result's columns (``names``) its declared type, '' for the engine's own.

    ``relations`` gives the declared columns of a table or view by the parts of its name.
    """
    nothing = ("",) * len(names)
    try:
        tree = sqlglot_tree(sql, POSTGRES)
    except SqlglotError:
        return nothing
    outputs = _outputs(tree, _Scope(relations))
    starred = [at for at, one in enumerate(outputs) if one.star is not None]
    if not starred:
        return tuple(one.declared for one in outputs) if len(outputs) == len(names) else nothing
    first, behind = starred[0], len(outputs) - 1 - starred[-1]
    if first + behind > len(names):
        return nothing
    by_name: dict[str, str] = {}
    for one in outputs[first : starred[-1] + 1]:
        by_name |= one.star if one.star is not None else {one.name: one.declared}
    middle = names[first : len(names) - behind]
    return (
        *(one.declared for one in outputs[:first]),
        *(by_name.get(name.lower(), "") for name in middle),
        *(one.declared for one in outputs[len(outputs) - behind :]),
    )


def _outputs(tree: exp.Expr | None, scope: _Scope) -> list[_Output]:
    if tree is None:
        return []
    scope = _with_common_tables(tree, scope)
    if isinstance(tree, exp.Subquery):
        return _outputs(tree.this, scope)
    if isinstance(tree, exp.Select):
        return _items(tree.expressions, _sources(tree, scope), scope)
    if isinstance(tree, exp.SetOperation):
        return _both(_outputs(tree.this, scope), _outputs(tree.expression, scope))
    returning = tree.args.get("returning")
    if returning is not None:
        return _items(returning.expressions, _sources(tree, scope), scope)
    return []


def _both(left: list[_Output], right: list[_Output]) -> list[_Output]:
    if len(left) != len(right) or any(one.star is not None for one in (*left, *right)):
        return [_Output("", "", {})] if left else []
    return [
        _Output(one.name, one.declared if one.declared == other.declared else "")
        for one, other in zip(left, right, strict=True)
    ]


def _with_common_tables(tree: exp.Expr, scope: _Scope) -> _Scope:
    with_ = tree.args.get("with_")
    if with_ is None:
        return scope
    common = dict(scope.common)
    for table in with_.expressions:
        recursive = bool(with_.args.get("recursive"))
        inner = _Scope(scope.relations, common | {table.alias.lower(): {}} if recursive else common)
        common[table.alias.lower()] = _renamed(_outputs(table.this, inner), table.alias_column_names)
    return _Scope(scope.relations, common)


def _renamed(outputs: Sequence[_Output], aliases: Sequence[str]) -> Columns:
    columns: dict[str, str] = {}
    for at, one in enumerate(outputs):
        if one.star is not None:
            if aliases:
                return {}
            columns |= one.star
        else:
            columns[(aliases[at] if at < len(aliases) else one.name).lower()] = one.declared
    return columns


def _sources(tree: exp.Expr, scope: _Scope) -> list[tuple[str, Columns]]:
    """(alias, columns) of what stands in FROM and JOIN, and of the table that is changed."""
    found = []
    from_ = tree.args.get("from_")
    places = [] if from_ is None else [from_.this, *from_.expressions]
    if not isinstance(tree, exp.Select):
        places.append(tree.this)
        using = tree.args.get("using")
        places += using if isinstance(using, list) else [using] if using is not None else []
    places += [join.this for join in tree.args.get("joins") or ()]
    places += [lateral.this for lateral in tree.args.get("laterals") or ()]
    for place in places:
        if isinstance(place, exp.Schema):
            place = place.this  # noqa: PLW2901 - INSERT INTO t (a, b)
        if isinstance(place, exp.Table):
            found.append((place.alias_or_name.lower(), _table(place, scope)))
            found += [(join.this.alias_or_name.lower(), _table(join.this, scope))
                      for join in place.args.get("joins") or () if isinstance(join.this, exp.Table)]  # fmt: skip
        elif isinstance(place, exp.Subquery):
            found.append((place.alias.lower(), _renamed(_outputs(place, scope), place.alias_column_names)))
        elif isinstance(place, exp.Lateral) and isinstance(place.this, exp.Subquery):
            found.append((place.alias.lower(), _renamed(_outputs(place.this, scope), place.alias_column_names)))
    return found


def _table(table: exp.Table, scope: _Scope) -> Columns:
    if table.alias_column_names or not isinstance(table.this, exp.Identifier):
        return {}
    path = tuple(part.name for part in table.parts)
    common = scope.common.get(path[0].lower()) if len(path) == 1 else None
    return scope.relations(path) if common is None else common


def _items(items: Sequence[exp.Expr], sources: list[tuple[str, Columns]], scope: _Scope) -> list[_Output]:
    return [_item(one, sources, scope) for one in items]


def _item(item: exp.Expr, sources: list[tuple[str, Columns]], scope: _Scope) -> _Output:
    star = item if isinstance(item, exp.Star) else None
    qualifier = ""
    if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
        star, qualifier = item.this, item.table.lower()
    if star is not None:
        columns: dict[str, str] = {}
        for alias, known in sources:
            if qualifier in ("", alias):
                columns |= known
        for replaced in star.args.get("replace") or ():
            columns.pop(replaced.alias_or_name.lower(), None)
        return _Output("", "", columns)
    inner = item.this if isinstance(item, exp.Alias) else item
    return _Output(item.alias_or_name.lower(), _declared(inner, sources, scope))


def _declared(node: exp.Expr, sources: list[tuple[str, Columns]], scope: _Scope) -> str:
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Column):
        name, qualifier = node.name.lower(), node.table.lower()
        found = {known[name] for alias, known in sources if qualifier in ("", alias) and name in known}
        return found.pop() if len(found) == 1 else ""
    if isinstance(node, exp.Cast):
        return _of_cast(node.to)
    if isinstance(node, exp.Anonymous) and node.name.lower() == CAST_FUNCTION and len(node.expressions) > 1:
        return f"character varying({node.expressions[1].name})"
    if isinstance(node, exp.JSONExtract) and not isinstance(node, exp.JSONExtractScalar):
        return "jsonb" if _declared(node.this, sources, scope) == "jsonb" else ""
    if isinstance(node, exp.Subquery):
        outputs = _outputs(node, scope)
        return outputs[0].declared if len(outputs) == 1 else ""
    return ""


def _of_cast(kind: exp.Expr) -> str:
    if isinstance(kind, exp.DataType) and kind.is_type(exp.DataType.Type.JSONB):
        return "jsonb"
    # A cast to varchar(n) that is no CAST_FUNCTION does not cut its value: it is told as text.
    if isinstance(kind, exp.DataType) and kind.is_type("CHAR", "BPCHAR", "NCHAR"):
        length = kind.expressions[0].name if kind.expressions else "1"
        return f"bpchar({length})" if declared_type(f"char({length})") else ""
    return ""
