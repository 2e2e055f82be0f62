"""to_char() with a constant template: see ``time_templates`` and ``number_templates``."""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.number_templates import is_of_number, number_expression
from sqlserver.plan.dialect.operands import arguments
from sqlserver.plan.dialect.time_templates import expression_of, span_expression_of, strftime_of


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-4]):
        if token.upper != "TO_CHAR" or not text.tokens[at + 1].is_symbol("("):
            continue
        pieces = arguments(text, at + 1)
        end = text.closing(at + 1)
        if len(pieces) != 2 or pieces[1][0] != pieces[1][1] or end == len(text.tokens):
            continue
        template = text.tokens[pieces[1][0]]
        around = _around(template.text) if template.is_string else None
        if around is not None:
            opening, closing = around
            yield Edit(token.start, text.tokens[at + 1].end, opening)
            yield Edit(text.tokens[pieces[0][1]].end, text.tokens[end].end, closing)


def _around(template: str) -> tuple[str, str] | None:
    """What stands before and after the value; None where the macro is to read the template."""
    if is_of_number(template):
        return number_expression(template)
    span = span_expression_of(template)
    one = strftime_of(template)
    if one is not None and span is None:
        return "_pg_to_char(", f", {_quoted(one)})"
    shown = expression_of(template)
    if span is None:
        return "list_transform([CAST(", f" AS TIMESTAMP)], lambda _t: {shown})[1]"
    shown = (
        f"_pg_to_char(_t, {_quoted(one)})" if one is not None else shown.replace("(_t", "(TRY_CAST(_t AS TIMESTAMP)")
    )
    span = span.replace(", _t)", ", TRY_CAST(_t AS INTERVAL))")
    return "list_transform([", f"], lambda _t: CASE WHEN typeof(_t) = 'INTERVAL' THEN {span} ELSE {shown} END)[1]"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


RULE = Rule("to_char", r"\bto_char\s*\(", _edits, {"list_transform": ("to_char",)}, needles=("to_char",))
