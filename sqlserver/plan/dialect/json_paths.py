"""JSON by path: PostgreSQL's ``#>`` and ``#>>`` with an array of keys, DuckDB's ``->`` and ``->>`` with a path.

j #>> '{a,0,b}'   →  j ->> '$."a"[0]."b"'
j #> '{a}'        →  j -> '$."a"'
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.core.errors import ServerError
from sqlserver.engines.array_text import parse_array_text
from sqlserver.plan.dialect.edit import Edit, Rule, Text

_ARROWS = {"#>": "->", "#>>": "->>"}


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens[:-1]):
        keys = text.tokens[at + 1]
        if token.kind != "symbol" or token.text not in _ARROWS or not keys.is_string:
            continue
        try:
            path = parse_array_text(keys.text)
        except ServerError:
            continue
        steps = "".join(f"[{key}]" if str(key).isdigit() else f'."{key}"' for key in path)
        yield Edit(token.start, token.end, _ARROWS[token.text])
        yield Edit(keys.start, keys.end, "'$" + steps.replace("'", "''") + "'")


RULE = Rule("JSON paths", r"#>", _edits, needles=("#>",))
