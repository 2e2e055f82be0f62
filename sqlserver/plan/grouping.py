"""GROUP BY a table's primary key stands for all its columns: PostgreSQL knows, DuckDB wants them named.

SELECT a.id, a.name, count(*) FROM a JOIN b … GROUP BY a.id  →  … GROUP BY a.id, a.name
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

TableKey = tuple[str, ...]
"""Schema (or not) and name of a table, as written, in lower case."""


def grouped_tables(sql: str) -> list[TableKey]:
    """The tables of a query that groups; () where it cannot be read."""
    tree = _tree(sql)
    return [] if tree is None else list({_key(table) for table in tree.find_all(exp.Table)})


def group_by_all(sql: str, keys: Mapping[TableKey, tuple[Sequence[str], Sequence[str]]]) -> str | None:
    """``keys``: primary key and all columns of each table. None where no group holds a whole primary key."""
    tree = _tree(sql)
    if tree is None:
        return None
    changed = False
    for select in tree.find_all(exp.Select):
        group = select.args.get("group")
        if group is not None and group.expressions:
            changed = _complete(select, group, keys) or changed
    return tree.sql("duckdb") if changed else None


def _complete(
    select: exp.Select, group: exp.Expr, keys: Mapping[TableKey, tuple[Sequence[str], Sequence[str]]]
) -> bool:
    present = {(one.table.lower(), one.name.lower()) for one in group.expressions if isinstance(one, exp.Column)}
    names = {name for _, name in present}
    sources = [start.this for start in [select.args.get("from_")] if start is not None]
    sources += [join.this for join in select.args.get("joins") or ()]
    tables = [one for one in sources if isinstance(one, exp.Table)]
    added: list[tuple[str, str]] = []
    for table in tables:
        primary, columns = (tuple(map(str.lower, one)) for one in keys.get(_key(table), ((), ())))
        alias = table.alias_or_name.lower()
        if not primary or not all((alias, one) in present or ("", one) in present for one in primary):
            continue
        for column in _outside_aggregates(select):
            name, of = column.name.lower(), column.table.lower()
            if name in columns and of in (alias, "") and (of, name) not in present and (of or name not in names):
                present.add((of, name))
                group.append("expressions", column.copy())
                added.append((of, name))
    return bool(added)


def _outside_aggregates(select: exp.Select) -> list[exp.Column]:
    parts = [*select.expressions, *(select.args[one] for one in ("having", "order") if select.args.get(one))]
    found: list[exp.Column] = []
    for part in parts:
        for column in part.find_all(exp.Column):
            owner = column.find_ancestor(exp.AggFunc, exp.Select)
            if not isinstance(owner, exp.AggFunc):
                found.append(column)
    return found


def _key(table: exp.Table) -> TableKey:
    return tuple(part.lower() for part in (table.db, table.name) if part)


def _tree(sql: str) -> exp.Expr | None:
    try:
        tree = parse_one(sql, read="duckdb")
    except SqlglotError:
        return None
    return tree if isinstance(tree, exp.Query) and tree.find(exp.Group) is not None else None
