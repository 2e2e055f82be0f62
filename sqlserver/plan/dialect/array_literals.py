"""Array constants in PostgreSQL's text form, in DuckDB's.

'{1,2,NULL}'::int[]              →  '["1", "2", NULL]'::int[]
'{{1,2},{3,4}}'::int[]           →  '[["1", "2"], ["3", "4"]]'::int[][]: DuckDB's types know their depth
x = ANY('{1,2}')                 →  x = ANY([1, 2])
INSERT … VALUES ('{1,2}')        →  as it is: the column's type is not in the text
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlserver.core.errors import ServerError
from sqlserver.engines.array_text import parse_array_text
from sqlserver.plan.dialect.bytea_literals import duckdb_hex
from sqlserver.plan.dialect.edit import Edit, Rule, Text
from sqlserver.sql.tokens import Token

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def _edits(text: Text) -> Iterator[Edit]:
    for at, token in enumerate(text.tokens):
        if not token.is_string or not token.text.lstrip().startswith("{"):
            continue
        brackets = _cast_to_array(text.tokens, at)
        in_any = text.words(at - 2, 1) in (("ANY",), ("ALL",), ("SOME",)) and text.tokens[at - 1].is_symbol("(")
        if not brackets and not in_any:
            continue
        try:
            values = parse_array_text(token.text)
        except ServerError:
            continue  # the engine's own error names the value
        if in_any:
            yield Edit(token.start, token.end, _list(values))
            continue
        if "BYTEA" in text.words(at + 2, 1):
            values = _bytes(values)
        yield Edit(token.start, token.end, "'" + _written(values).replace("'", "''") + "'")
        missing = _depth(values) - len(brackets)
        if missing > 0:
            end = text.tokens[brackets[-1]].end
            yield Edit(end, end, "[]" * missing)


def _cast_to_array(tokens: Sequence[Token], at: int) -> list[int]:
    """The closing brackets of the type that the constant is cast to; none where it is not an array's."""
    after = at + 1
    found: list[int] = []
    if after < len(tokens) and (tokens[after].is_symbol("::") or tokens[after].upper == "AS"):
        for index in range(after + 1, min(after + 16, len(tokens))):
            token = tokens[index]
            if token.is_symbol("]"):
                found.append(index)
                continue
            ends = not token.is_symbol("[") if found else token.kind == "symbol" and token.text not in "[(),."
            if ends:
                break
    return found


def _depth(value: object) -> int:
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def _written(value: object) -> str:
    """DuckDB's text form: every element in quotes, so that none is read as something else."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    if value is None:
        return "NULL"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bytes(values: list[Any]) -> list[Any]:
    """bytea's hexadecimal form as DuckDB has it."""
    return [_bytes(value) if isinstance(value, list) else _hex(value) for value in values]


def _hex(value: str | None) -> str | None:
    return value if value is None else duckdb_hex(value) or value


def _list(values: Sequence[object]) -> str:
    numbers = all(value is None or _NUMBER.fullmatch(str(value)) for value in values)
    return "[" + ", ".join(_element(value, numbers) for value in values) + "]"


def _element(value: object, numbers: bool) -> str:
    if value is None:
        return "NULL"
    return str(value) if numbers else "'" + str(value).replace("'", "''") + "'"


RULE = Rule("array constants", r"'\s*\{", _edits)
