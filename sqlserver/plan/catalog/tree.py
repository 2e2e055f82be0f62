"""Small things every rewrite needs: the kind of a node, templates of SQL, PostgreSQL's names of types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sqlglot import exp, parse_one

from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import PgType, array_of
from sqlserver.plan.catalog.scope import Kind
from sqlserver.plan.catalog.session import Planning

_KIND = "pg_kind"
_DONE = "pg_done"
_SCHEMAS = {"catalog": "pg_catalog", "standard": "information_schema", "support": ""}


def kind_of(node: exp.Expr | None) -> Kind:
    # Nodes are copied with what they carry: a number is copied for nothing.
    return None if node is None else pg.BY_OID.get(node.meta.get(_KIND, 0))


def with_kind(node: exp.Expr, kind: Kind) -> exp.Expr:
    if kind is not None:
        node.meta[_KIND] = kind.oid
    return node


@lru_cache(maxsize=1024)
def _parsed(template: str) -> exp.Expr:
    return parse_one(template, read="duckdb")


def expand(template: str, arguments: Sequence[exp.Expr], planning: Planning, kind: Kind) -> exp.Expr:
    """DuckDB's SQL with ``$1`` … as the arguments and ``catalog.x``, ``support.x`` as the catalog's tables."""
    tree = _parsed(_with_queries_once(template, arguments)).copy()
    for table in list(tree.find_all(exp.Table)):
        schema = _SCHEMAS.get(table.db)
        if schema is not None:
            alias = table.args.get("alias")
            table.replace(stored(planning, (schema, table.name), alias))
    for parameter in list(tree.find_all(exp.Parameter, exp.Placeholder)):
        number = int(parameter.name) - 1
        value: exp.Expr = arguments[number].copy() if number < len(arguments) else exp.null()
        if not isinstance(value, (exp.Column, exp.Literal, exp.Func, exp.Paren, exp.Subquery, exp.Parameter)):
            value = exp.Paren(this=value)
        if parameter is tree:
            return with_kind(value, kind)
        parameter.replace(value)
    if isinstance(tree, (exp.Select, exp.SetOperation)):
        tree = exp.Subquery(this=tree)
    elif not isinstance(tree, (exp.Subquery, exp.Func, exp.Literal, exp.Paren)):
        tree = exp.Paren(this=tree)
    tree.meta[_DONE] = True
    return with_kind(tree, kind)


def _with_queries_once(template: str, arguments: Sequence[exp.Expr]) -> str:
    """An argument that holds a query is planned once, however often the template names it.

    A lambda's body takes no query: a template with one of its own stays as it is.
    """
    if "SELECT" in template.upper():
        return template
    for number, one in enumerate(arguments, 1):
        parameter = re.compile(rf"\${number}(?!\d)")
        if len(parameter.findall(template)) > 1 and one.find(exp.Query) is not None:
            template = f"list_transform([${number}], lambda a{number}_: {parameter.sub(f'a{number}_', template)})[1]"
    return template


def stored(planning: Planning, relation: tuple[str, str], alias: exp.Expr | None) -> exp.Table:
    parts = planning.table(relation).split(".")
    names = dict(zip(("this", "db", "catalog"), (exp.to_identifier(part) for part in reversed(parts)), strict=False))
    return exp.Table(**names, alias=alias.copy() if alias is not None else None)


_BY_DTYPE = {
    "TEXT": pg.TEXT, "VARCHAR": pg.VARCHAR, "NVARCHAR": pg.VARCHAR, "CHAR": pg.BPCHAR, "NCHAR": pg.BPCHAR,
    "BPCHAR": pg.BPCHAR, "NAME": pg.NAME, "INT": pg.INT4, "SMALLINT": pg.INT2, "TINYINT": pg.INT2, "BIGINT": pg.INT8,
    "BOOLEAN": pg.BOOL, "DOUBLE": pg.FLOAT8, "FLOAT": pg.FLOAT4, "DECIMAL": pg.NUMERIC, "DATE": pg.DATE,
    "TIME": pg.TIME, "TIMETZ": pg.TIMETZ, "TIMESTAMP": pg.TIMESTAMP, "TIMESTAMPNTZ": pg.TIMESTAMP,
    "TIMESTAMPTZ": pg.TIMESTAMPTZ, "INTERVAL": pg.INTERVAL, "UUID": pg.UUID, "JSON": pg.JSON, "JSONB": pg.JSONB,
    "VARBINARY": pg.BYTEA, "BINARY": pg.BYTEA, "INET": pg.INET, "BIT": pg.BIT, "UNKNOWN": pg.TEXT,
}  # fmt: skip
_BY_NAME = {one.name: one for one in pg.BY_OID.values()} | {
    "cardinal_number": pg.INT4, "sql_identifier": pg.NAME, "character_data": pg.VARCHAR, "yes_or_no": pg.VARCHAR,
    "time_stamp": pg.TIMESTAMPTZ, "unknown": pg.TEXT, "xid8": pg.INT8, "cid": pg.XID, "decimal": pg.NUMERIC,
    "bool": pg.BOOL, "int": pg.INT4, "integer": pg.INT4, "bigint": pg.INT8, "smallint": pg.INT2,
}  # fmt: skip


def pg_type_named(name: str) -> PgType | None:
    return _BY_NAME.get(name.lower())


def declared_kind(to: exp.Expr) -> Kind:
    """The type a cast names; None for a type of the user's."""
    if isinstance(to, exp.DataType) and to.this == exp.DType.ARRAY:
        inner = declared_kind(to.expressions[0]) if to.expressions else None
        return None if inner is None else array_of(inner)
    if isinstance(to, exp.DataType) and to.this == exp.DType.USERDEFINED:
        kind = to.args.get("kind")
        name = kind.expression.name if isinstance(kind, exp.Dot) else getattr(kind, "name", str(kind))
        return pg_type_named(name)
    name = to.this if isinstance(to.this, str) else to.this.value
    return _BY_DTYPE.get(name) or pg_type_named(name)


_PHYSICAL = {
    "bool": "BOOLEAN", "int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT", "oid": "BIGINT", "xid": "BIGINT",
    "float4": "FLOAT", "float8": "DOUBLE", "numeric": "DECIMAL(38, 9)", "date": "DATE", "time": "TIME",
    "timetz": "TIMETZ", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMPTZ", "interval": "INTERVAL", "uuid": "UUID",
    "json": "JSON", "jsonb": "JSON", "bytea": "BLOB", "int2vector": "SMALLINT[]", "oidvector": "BIGINT[]",
}  # fmt: skip


def physical(kind: PgType) -> str:
    """DuckDB's type for it, as the catalog's tables hold it."""
    if kind.element_oid and kind.name.startswith("_"):
        return physical(pg.BY_OID[kind.element_oid]) + "[]"
    return "BIGINT" if is_reg(kind) else _PHYSICAL.get(kind.name, "VARCHAR")


def is_reg(kind: Kind) -> bool:
    return kind is not None and kind.name.startswith("reg") and kind.size == 4


def cast(node: exp.Expr, kind: PgType) -> exp.Expr:
    """A cast to the physical type, which no rule touches any more."""
    made = with_kind(exp.Cast(this=node, to=exp.DataType.build(physical(kind), dialect="duckdb")), kind)
    made.meta[_DONE] = True
    return made


def is_done(node: exp.Expr) -> bool:
    return _DONE in node.meta
