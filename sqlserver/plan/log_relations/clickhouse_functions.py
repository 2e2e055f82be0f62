"""ClickHouse functions that statements on log relations may call in DuckDB: each a macro of the same meaning.

The macros are made in the session's temporary schema when a statement calls one, and only for names DuckDB lacks. JSON
paths are given as ClickHouse takes them (literal keys, and positions from 1 or from the end: ``'messages', -1``), which
``path_splices`` turns into one path, or as one path (``'$.messages[-1].content'``). As in ClickHouse, what is missing
or not a string is ``''``, never NULL.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlglot import Token, TokenType

from sqlserver.core.log_relation_plan import Splice


class Macro(NamedTuple):
    """``definition``: what follows the name in CREATE MACRO, overloads included. ``row_wise``: one row in, one out."""

    definition: str
    row_wise: bool = True


def _json(shape: str) -> Macro:
    """``shape`` holds ``{value}``, the JSON value at the path (NULL where there is none or the text is no JSON)."""
    json = "CASE WHEN json_valid(j::VARCHAR) THEN j::VARCHAR END"
    whole, inside = (shape.format(value=f"json_extract({json}, {path})") for path in ("'$'", "p"))
    return Macro(f"(j) AS {whole}, (j, p) AS {inside}")


_STRING = "CASE WHEN json_type({value}) = 'VARCHAR' THEN json_extract_string({value}, '$') ELSE '' END"
_NUMBERS = "('BIGINT', 'UBIGINT', 'DOUBLE', 'HUGEINT')"

MACROS: Mapping[str, Macro] = {
    "jsonextractstring": _json(_STRING),
    "jsonextractint": _json(
        f"CASE WHEN json_type({{value}}) IN {_NUMBERS} THEN coalesce(TRY_CAST({{value}} AS BIGINT), 0) ELSE 0 END"
    ),
    "jsonextractfloat": _json(
        f"CASE WHEN json_type({{value}}) IN {_NUMBERS} THEN CAST({{value}} AS DOUBLE) ELSE 0 END"
    ),
    "jsonextractbool": _json("coalesce(json_type({value}) = 'BOOLEAN' AND {value}::VARCHAR = 'true', false)"),
    "jsonextractraw": _json("coalesce({value}::VARCHAR, '')"),
    "jsonhas": _json("{value} IS NOT NULL"),
    "jsonlength": _json(
        "CASE json_type({value}) WHEN 'ARRAY' THEN json_array_length({value})"
        " WHEN 'OBJECT' THEN len(json_keys({value})) ELSE 0 END"
    ),
    "sumif": Macro("(x, c) AS coalesce(sum(x) FILTER (WHERE c), 0)", False),
    "avgif": Macro("(x, c) AS avg(x) FILTER (WHERE c)", False),
    "minif": Macro("(x, c) AS min(x) FILTER (WHERE c)", False),
    "maxif": Macro("(x, c) AS max(x) FILTER (WHERE c)", False),
    "uniq": Macro("(x) AS count(DISTINCT x)", False),
    "uniqexact": Macro("(x) AS count(DISTINCT x)", False),
    "grouparray": Macro("(x) AS coalesce(list(x) FILTER (WHERE x IS NOT NULL), [])", False),
    "groupuniqarray": Macro("(x) AS coalesce(list(DISTINCT x) FILTER (WHERE x IS NOT NULL), [])", False),
    "anylast": Macro("(x) AS last(x)", False),
    "arrayjoin": Macro("(x) AS unnest(x)", False),
    "todate": Macro("(x) AS CAST(x AS DATE)"),
    "todatetime": Macro("(x) AS CAST(x AS TIMESTAMPTZ)"),
    "tostring": Macro("(x) AS CAST(x AS VARCHAR)"),
    "toint64": Macro("(x) AS CAST(x AS BIGINT)"),
    "tofloat64": Macro("(x) AS CAST(x AS DOUBLE)"),
    "tostartofminute": Macro("(x) AS date_trunc('minute', x)"),
    "tostartofhour": Macro("(x) AS date_trunc('hour', x)"),
    "tostartofday": Macro("(x) AS date_trunc('day', x)"),
    "tostartofmonth": Macro("(x) AS CAST(date_trunc('month', x) AS DATE)"),
    "tomonday": Macro("(x) AS CAST(date_trunc('week', x) AS DATE)"),
    "toyyyymm": Macro("(x) AS CAST(year(x) * 100 + month(x) AS INTEGER)"),
    "toyyyymmdd": Macro("(x) AS CAST(year(x) * 10000 + month(x) * 100 + day(x) AS INTEGER)"),
    "tohour": Macro("(x) AS CAST(hour(x) AS INTEGER)"),
    "empty": Macro("(x) AS len(x) = 0"),
    "notempty": Macro("(x) AS len(x) > 0"),
    "has": Macro("(a, x) AS list_contains(a, x)"),
    "lowerutf8": Macro("(x) AS lower(x)"),
    "upperutf8": Macro("(x) AS upper(x)"),
    "positioncaseinsensitive": Macro("(x, y) AS strpos(lower(x), lower(y))"),
    "tounixtimestamp": Macro("(x) AS CAST(epoch(CAST(x AS TIMESTAMPTZ)) AS BIGINT)"),
}
"""Lower-case ClickHouse function name to macro."""

_JSON = frozenset(name for name in MACROS if name.startswith("json"))
ROW_WISE = frozenset(name for name, macro in MACROS.items() if macro.row_wise)


def macro_definition(name: str) -> str:
    """The statement that makes the macro; nothing happens where it is there already."""
    return f"CREATE TEMP MACRO IF NOT EXISTS {name}{MACROS[name].definition}"


def called_functions(tokens: Sequence[Token]) -> tuple[str, ...]:
    """Lower-case names of the functions a statement calls, each once: words directly before ``(``."""
    names = (
        token.text.lower()
        for token, following in itertools.pairwise(tokens)
        if following.token_type == TokenType.L_PAREN and token.token_type == TokenType.VAR
    )
    return tuple(dict.fromkeys(names))


def path_splices(tokens: Sequence[Token]) -> list[Splice]:
    """``JSONExtractString(j, 'messages', -1, 'content')`` → ``JSONExtractString(j, '$."messages"[#-1]."content"')``."""
    found = [_path_splice(tokens, at) for at in range(len(tokens) - 1) if _opens_json_call(tokens, at)]
    return [splice for splice in found if splice is not None]


def _opens_json_call(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at].text.lower() in _JSON and tokens[at + 1].token_type == TokenType.L_PAREN


def _path_splice(tokens: Sequence[Token], call: int) -> Splice | None:
    """None where the path is one string already, or is not made of literals alone."""
    depth = 0
    commas: list[int] = []
    for at in range(call + 1, len(tokens)):
        kind = tokens[at].token_type
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        if kind == TokenType.COMMA and depth == 1:
            commas.append(at)
        if depth == 0:
            bounds = [*commas, at]
            arguments = [tokens[left + 1 : right] for left, right in itertools.pairwise(bounds)]
            if not arguments or (len(arguments) == 1 and arguments[0][0].token_type == TokenType.STRING):
                return None
            steps = [_path_step(argument) for argument in arguments]
            if None in steps:
                return None
            path = "".join(step for step in steps if step is not None).replace("'", "''")
            return Splice(arguments[0][0].start, arguments[-1][-1].end + 1, f"'${path}'")
    return None


def _path_step(argument: Sequence[Token]) -> str | None:
    match [token.token_type for token in argument]:
        case [TokenType.STRING]:
            key = argument[0].text.replace("\\", "\\\\").replace('"', '\\"')
            return f'."{key}"'
        case [TokenType.NUMBER] if argument[0].text.isdigit() and int(argument[0].text) > 0:
            return f"[{int(argument[0].text) - 1}]"
        case [TokenType.DASH, TokenType.NUMBER] if argument[1].text.isdigit():
            return f"[#-{argument[1].text}]"
    return None
