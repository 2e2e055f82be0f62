"""A function call as PostgreSQL writes it, whatever node the parser made of it: lower-case name and arguments."""

from __future__ import annotations

from sqlglot import exp

_NAMES: dict[type[exp.Expr], tuple[str, tuple[str, ...]]] = {
    exp.CurrentSchemas: ("current_schemas", ("this",)),
    exp.CurrentSchema: ("current_schema", ()),
    exp.CurrentUser: ("current_user", ()),
    exp.SessionUser: ("session_user", ()),
    exp.CurrentDatabase: ("current_database", ()),
    exp.CurrentCatalog: ("current_catalog", ()),
    exp.CurrentRole: ("current_role", ()),
    exp.CurrentVersion: ("version", ()),
    exp.ArrayToString: ("array_to_string", ("this", "expression", "null")),
    exp.ArraySize: ("array_length", ("this", "expression")),
    exp.Explode: ("unnest", ("this",)),
    exp.ExplodingGenerateSeries: ("generate_series", ("start", "end", "step")),
    exp.GenerateSeries: ("generate_series", ("start", "end", "step")),
    exp.StringToArray: ("string_to_array", ("this", "expression", "null")),
    exp.ArrayRemove: ("array_remove", ("this", "expression")),
    exp.ArrayPosition: ("array_position", ("this", "expression")),
    exp.RegexpReplace: ("regexp_replace", ("this", "expression", "replacement", "modifiers")),
    exp.JSONArrayAgg: ("json_agg", ("this",)),
    exp.ToChar: ("to_char", ("this", "format")),
    exp.TimeToStr: ("to_char", ("this", "format")),
    exp.ArrayContainsAll: ("@>", ("this", "expression")),
    exp.ArrayContainedBy: ("<@", ("this", "expression")),
}


def call_of(node: exp.Expr) -> tuple[str, list[exp.Expr]] | None:
    """None for what is no call."""
    if isinstance(node, exp.Anonymous):
        name = node.this if isinstance(node.this, str) else node.this.name
        return str(name).lower(), list(node.expressions)
    if isinstance(node, exp.Format):
        return "format", [node.this, *node.expressions]
    known = _NAMES.get(type(node))
    if known is None:
        return None
    name, arguments = known
    given = (node.args.get(argument) for argument in arguments)
    return name, [one for one in given if isinstance(one, exp.Expr)]
