"""Functions with any number of arguments that DuckDB has under another name; a macro could not stand for them.

jsonb_build_object('a', 1, 'b', 2)   →  json_object('a', 1, 'b', 2)
json_build_array(1, 'x')             →  json_array(1, 'x')
"""

from __future__ import annotations

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


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-2]):
        if not text.tokens[at + 1].is_symbol("(") or (at and text.tokens[at - 1].is_symbol(".")):
            continue
        new = _NAMES.get(token.upper)
        if new is not None:
            yield Edit(token.start, token.end, new)


RULE = Rule(
    "renamed functions",
    r"\bjsonb?_(?:build_|extract_path)",
    _edits,
    {
        "json_object": ("json_build_object", "jsonb_build_object"),
        "json_array": ("json_build_array", "jsonb_build_array"),
        "json_extract_path": ("jsonb_extract_path",),
        "json_extract_path_text": ("jsonb_extract_path_text",),
    },
    needles=("build_", "extract_path"),
)
