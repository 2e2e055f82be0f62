"""PostgreSQL's functions that DuckDB lacks or has otherwise, each as an expression over the catalog's tables.

They stand in ``functions.sql``; here are those whose expression depends on more than the arguments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

from sqlglot import exp

from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import PgType
from sqlserver.plan.catalog.calls import call_of
from sqlserver.plan.catalog.kinds import common, element_of
from sqlserver.plan.catalog.lookups import NAMED, oid_of, path_sql, visible_sql
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.tree import expand, kind_of, pg_type_named, with_kind

_VISIBLE = {
    "pg_table_is_visible": "pg_class",
    "pg_type_is_visible": "pg_type",
    "pg_function_is_visible": "pg_proc",
    "pg_operator_is_visible": "pg_operator",
    "pg_opclass_is_visible": "pg_opclass",
    "pg_opfamily_is_visible": "pg_opfamily",
    "pg_collation_is_visible": "pg_collation",
    "pg_conversion_is_visible": "pg_conversion",
    "pg_ts_config_is_visible": "pg_ts_config",
    "pg_ts_dict_is_visible": "pg_ts_dict",
    "pg_ts_parser_is_visible": "pg_ts_parser",
    "pg_ts_template_is_visible": "pg_ts_template",
    "pg_statistics_obj_is_visible": "pg_statistic_ext",
}


def _read(text: str) -> dict[str, tuple[str, PgType | None]]:
    found: dict[str, tuple[str, PgType | None]] = {}
    for block in text.split("\n\n")[1:]:
        head, _, body = block.partition("\n")
        kind, _, names = head.removeprefix("-- ").partition(": ")
        found |= dict.fromkeys(names.split(), (body.strip(), pg_type_named(kind)))
    return found


FUNCTIONS: Mapping[str, tuple[str, PgType | None]] = _read(
    files("sqlserver.plan.catalog").joinpath("functions.sql").read_text(encoding="utf-8")
)
"""By name: the expression, and the type of its result."""

_TO_REG = {
    f"to_{kind.name}": kind
    for kind in (
        pg.REGCLASS, pg.REGPROC, pg.REGPROCEDURE, pg.REGTYPE, pg.REGNAMESPACE, pg.REGROLE, pg.REGOPER, pg.REGOPERATOR,
        pg.REGCOLLATION,
    )
}  # fmt: skip
_SAME_ELEMENTS = frozenset({"array_remove", "array_append", "array_prepend", "array_cat", "array_replace"})


def rewrite_function(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    call = call_of(node)
    if call is None:
        return None
    name, arguments = call
    found = _by_arguments(name, node, arguments, planning) if arguments else None
    if found is None and name in _VISIBLE:
        found = expand(visible_sql(_VISIBLE[name], planning), arguments, planning, pg.BOOL)
    if found is None and name in FUNCTIONS and not (name == "age" and len(arguments) != 1):
        template, kind = FUNCTIONS[name]
        user = planning.session.user.replace("'", "''")
        template = template.replace("{user}", user).replace("{path}", path_sql(planning))
        found = expand(template, arguments, planning, kind)
    return found


def _by_arguments(name: str, node: exp.Expr, arguments: list[exp.Expr], planning: Planning) -> exp.Expr | None:
    """Those whose type or form follows their arguments."""
    match name:
        case "json_build_object" | "jsonb_build_object":
            return _call("json_object", arguments, pg.JSON if name.startswith("json_") else pg.JSONB)
        case "json_agg" | "jsonb_agg":
            return _call("json_group_array", arguments, pg.JSON if name == "json_agg" else pg.JSONB)
        case "generate_series" if isinstance(node, exp.ExplodingGenerateSeries):
            planning.needed = True  # DuckDB's gives one list
            with_kind(node, common(arguments))
        case "generate_subscripts" if kind_of(arguments[0]) in (pg.INT2VECTOR, pg.OIDVECTOR):
            return expand("unnest(range(0, len($1)))", arguments, planning, pg.INT4)
        case "nextval" | "currval" | "setval" if (sequence := arguments[0].meta.get(NAMED)) is not None:
            return _call(name, [exp.Literal.string(sequence), *arguments[1:]], pg.INT8)
        case "array_remove":
            kind = kind_of(arguments[0])
            return expand("list_filter($1, lambda e_: e_ IS DISTINCT FROM $2)", arguments, planning, kind)
        case "format" if isinstance(arguments[0], exp.Literal) and "%" in arguments[0].name:
            return _formatted(arguments[0].name, arguments[1:], planning)
        case "pg_typeof":
            return _type_of(arguments[0], planning)
        case _ if name in _TO_REG:
            return oid_of(arguments[0], _TO_REG[name], planning, must_exist=False)
    return None


_DIRECTIVE = re.compile(r"%(?:(\d+)\$)?([sIL%])")
_WRITTEN = {
    "s": "coalesce(CAST($1 AS VARCHAR), '')",
    "I": FUNCTIONS["quote_ident"][0],
    "L": FUNCTIONS["quote_nullable"][0],
}


def _formatted(template: str, values: list[exp.Expr], planning: Planning) -> exp.Expr | None:
    """``format('%I.%s', a, b)``; None where there are too few values, or a directive of another kind."""
    pieces: list[exp.Expr] = []
    at = following = 0
    for found in _DIRECTIVE.finditer(template):
        pieces.append(exp.Literal.string(template[at : found.start()] + "%" * (found[2] == "%")))
        at = found.end()
        if found[2] == "%":
            continue
        number = int(found[1]) - 1 if found[1] else following
        following = number + 1
        if number >= len(values):
            return None
        pieces.append(expand(_WRITTEN[found[2]], [values[number]], planning, pg.TEXT))
    pieces.append(exp.Literal.string(template[at:]))
    return _call("concat", pieces, pg.TEXT)


def _type_of(argument: exp.Expr, planning: Planning) -> exp.Expr:
    kind = kind_of(argument)
    if kind is None and isinstance(argument, exp.Literal | exp.Null):
        kind = pg.UNKNOWN
    if kind is None:
        return expand("_pg_type_name(typeof($1))", [argument], planning, pg.TEXT)
    return expand(str(kind.oid), [], planning, pg.REGTYPE)


def _call(name: str, arguments: list[exp.Expr], kind: PgType | None) -> exp.Expr:
    return with_kind(exp.Anonymous(this=name, expressions=arguments), kind)


def element_function(node: exp.Expr, planning: Planning) -> exp.Expr | None:
    """Functions whose result follows their list argument."""
    call = call_of(node)
    if call is not None and call[1]:
        name, arguments = call
        if name in _SAME_ELEMENTS:
            with_kind(node, kind_of(arguments[0]))
        elif name == "unnest":
            with_kind(node, element_of(kind_of(arguments[0])))
    return None
