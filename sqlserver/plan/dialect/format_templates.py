"""format(): PostgreSQL's templates have ``%s``, DuckDB's ``{}``.

format('%s of %I', a, b)      →  format('{} of {}', coalesce(_pg_output(a), ''), quote_ident(b))
format('%2$s %1$L', a, b)     →  format('{1} {0}', quote_nullable(a), coalesce(_pg_output(b), ''))
format('%-10s|', a)           →  format('{:<10}|', coalesce(_pg_output(a), ''))
format('{} {}', a, b)         →  as it is: DuckDB's own template
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlserver.core.errors import ServerError
from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.plan.dialect.operands import arguments

_DIRECTIVE = re.compile(r"%(?:(\d+)\$)?(-?\d+)?([sIL%])")
_CALLS = {"s": ("coalesce(_pg_output(", "), '')"), "I": ("quote_ident(", ")"), "L": ("quote_nullable(", ")")}


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-2]):
        if token.upper != "FORMAT" or not text.tokens[at + 1].is_symbol("("):
            continue
        template = text.tokens[at + 2]
        if not template.is_string or (at and text.tokens[at - 1].is_symbol(".")):
            continue
        values = arguments(text, at + 1)[1:]
        if _DIRECTIVE.search(template.text) is None and (values or not re.search("[{}]", template.text)):
            continue
        written, kinds = _braced(template.text)
        if any(number >= len(values) for number in kinds):
            raise ServerError("too few arguments for format()", sqlstate="22023")
        yield Edit(template.start, template.end, "'" + written.replace("'", "''") + "'")
        for number, kind in kinds.items():
            first, last = values[number]
            opening, closing = _CALLS[kind]
            yield Edit(text.tokens[first].start, text.tokens[first].start, opening)
            yield Edit(text.tokens[last].end, text.tokens[last].end, closing)


def _braced(template: str) -> tuple[str, dict[int, str]]:
    """DuckDB's template, and how each argument (from 0) is written; one named twice is written as it is first."""
    kinds: dict[int, str] = {}
    following = 0

    def one(found: re.Match[str]) -> str:
        nonlocal following
        position, width, kind = found.groups()
        if kind == "%":
            return "%"
        number = int(position) - 1 if position else following
        following = number + 1
        kinds.setdefault(number, kind)
        if width is None:
            return f"{{{number}}}"
        return f"{{{number}:{'<' if width.startswith('-') else '>'}{width.lstrip('-')}}}"

    return _DIRECTIVE.sub(one, template.replace("{", "{{").replace("}", "}}")), kinds


RULE = Rule("templates of format", r"\bformat\s*\(", _edits, needles=("format",))
