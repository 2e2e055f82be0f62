"""Functions with any number of arguments that DuckDB has under another name; a macro could not stand for them.

jsonb_build_object('a', 1, 'b', 2)   →  json_object('a', 1, 'b', 2)
json_build_array(1, 'x')             →  json_array(1, 'x')
format('%s: %I', a, b)               →  format('{}: "{}"', a, b)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlserver.plan.dialect.edit import Edit, Rule, Text

_NAMES = {
    "JSON_BUILD_OBJECT": "json_object",
    "JSONB_BUILD_OBJECT": "json_object",
    "JSON_BUILD_ARRAY": "json_array",
    "JSONB_BUILD_ARRAY": "json_array",
    "JSONB_EXTRACT_PATH": "json_extract_path",
    "JSONB_EXTRACT_PATH_TEXT": "json_extract_path_text",
}
_DIRECTIVE = re.compile(r"%([sIL%])")
_WRITTEN = {"s": "{}", "I": '"{}"', "L": "'{}'", "%": "%"}


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-2]):
        if not text.tokens[at + 1].is_symbol("(") or (at and text.tokens[at - 1].is_symbol(".")):
            continue
        new = _NAMES.get(token.upper)
        if new is not None:
            yield Edit(token.start, token.end, new)
        elif token.upper == "FORMAT" and text.tokens[at + 2].is_string:
            template = text.tokens[at + 2]
            if _DIRECTIVE.search(template.text):
                yield Edit(template.start, template.end, "'" + _braced(template.text).replace("'", "''") + "'")


def _braced(template: str) -> str:
    """PostgreSQL's template as DuckDB's: ``%s`` is ``{}``, ``%%`` a percent sign."""
    text = template.replace("{", "{{").replace("}", "}}")
    return _DIRECTIVE.sub(lambda found: _WRITTEN[found[1]], text)


RULE = Rule(
    "renamed functions",
    r"\bjsonb?_(?:build_|extract_path)|\bformat\s*\(",
    _edits,
    {
        "json_object": ("json_build_object", "jsonb_build_object"),
        "json_array": ("json_build_array", "jsonb_build_array"),
        "json_extract_path": ("jsonb_extract_path",),
        "json_extract_path_text": ("jsonb_extract_path_text",),
    },
)
