"""What PostgreSQL calls a result column, found from the name DuckDB gives it.

DuckDB names an expression without an alias by its own normalised text: ``count_star()``, ``(a + 1)``,
``CAST(x AS BIGINT)``. PostgreSQL takes a word from the expression (``FigureColname`` in parse_target.c): the function,
the column, else the type of a cast, else ``?column?``. So the label is read off that very text, and the statement
itself is only searched where the text alone could also be a column's real name:

    SELECT count(*), a + 1, a::bigint, 'x' AS "count(*)"   →   count, ?column?, int8, count(*)

Assumes nothing of the statement but its text; most columns have plain names and cost one look into a dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

NO_NAME = "?column?"

_PLAIN = re.compile(r"[a-z_\u0080-\U0010ffff][a-z0-9_$\u0080-\U0010ffff]*")
_WORD = re.compile(r"[^\W\d][\w$]*")
_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\W\d][\w$]*|\$\d+|\d[\w.+-]*|::|[-+*/<>=~!@#%^&|`]+|\s+|.""", re.DOTALL
)
_FROM_RELATION = re.compile(
    r"(?:\bselect|\bdistinct|\ball|[,.])\s*\*|\)\s*\*(?!\s*[\w('\"])|^\s*(?:from|table|show|describe|desc|summarize|pragma"
    r"|call|explain)\b|\bpivot\b|\bunpivot\b|\bcolumns\s*\(|\breturning\s*\*",
    re.IGNORECASE,
)
_CONSTANTS = frozenset({"NULL", "true", "false"})
_FUNCTIONS = {
    "count_star": "count", "list_value": "array", "trim": "btrim", "regexp_matches": NO_NAME,
    "regexp_full_match": NO_NAME, "like_escape": NO_NAME, "ilike_escape": NO_NAME, "struct_extract": NO_NAME,
    "list": "array_agg", "quantile_cont": "percentile_cont", "quantile_disc": "percentile_disc",
    **dict.fromkeys(("to_days", "to_months", "to_years", "to_hours", "to_minutes", "to_seconds"), "interval"),
    **dict.fromkeys(("_pg_extract", "_pg_extract_second", "_pg_extract_millisecond", "_pg_extract_epoch"), "extract"),
    **dict.fromkeys(
        ("_pg_date_part", "_pg_date_part_second", "_pg_date_part_millisecond", "_pg_date_part_epoch"), "date_part"
    ),
    **dict.fromkeys(("_pg_to_char", "_pg_field", "_pg_fits", "_pg_beside"), "to_char"),
    **dict.fromkeys(("_pg_regexp_rows", "_pg_regexp_row"), "regexp_matches"),
    "_pg_substring": "substring", "_pg_overlaps": "overlaps",
    **dict.fromkeys(
        ("_pg_like_any", "_pg_like_all", "_pg_ilike_any", "_pg_ilike_all", "_pg_json_has", "_pg_json_has_any",
         "_pg_json_has_all", "_pg_json_contains", "_pg_json_within", "_pg_json_merge", "_pg_json_without"), NO_NAME
    ),
}  # fmt: skip
"""Functions whose written form was another: an operator, a keyword, what a rule of the dialect put another for."""
_CAST_FUNCTIONS = {
    "_pg_text": "text", "_pg_float_text": "text", "_pg_interval_text": "text", "_pg_numeric_text": "text",
    "_pg_varchar": "varchar",
}  # fmt: skip
"""Functions that stand for a cast."""
_WRITTEN_AS = {"date_part": "extract"}
_TYPES = {
    "INTEGER": "int4", "INT": "int4", "INT4": "int4", "SIGNED": "int4", "BIGINT": "int8", "LONG": "int8",
    "SMALLINT": "int2", "SHORT": "int2", "TINYINT": "int2", "FLOAT": "float4", "REAL": "float4", "DOUBLE": "float8",
    "DECIMAL": "numeric", "NUMERIC": "numeric", "DEC": "numeric", "HUGEINT": "numeric", "VARCHAR": "varchar",
    "CHAR": "bpchar", "STRING": "text", "BOOLEAN": "bool", "LOGICAL": "bool", "BLOB": "bytea",
    "TIMESTAMP WITH TIME ZONE": "timestamptz", "TIME WITH TIME ZONE": "timetz", "DATETIME": "timestamp",
}  # fmt: skip
_REMEMBERED_TEXT = 1_000
"""Characters of a statement whose labels are kept: 4,096 of them stay below 4 MB."""
_DEFINITE, _TYPE, _NONE = 2, 1, 0
"""How good a name is: a cast keeps a definite one and replaces the others by its type's."""


def column_labels(names: Sequence[str], sql: str) -> tuple[str, ...]:
    """The labels of a result whose columns DuckDB called ``names``, for the statement ``sql``."""
    label = _remembered_label if len(sql) <= _REMEMBERED_TEXT else _label
    return tuple(name if _PLAIN.fullmatch(name) and name not in _CONSTANTS else label(name, sql) for name in names)


def _label(name: str, sql: str) -> str:
    if '"' + name.replace('"', '""') + '"' in sql:
        return name
    if name in _CONSTANTS:
        return name if _FROM_RELATION.search(sql) else NO_NAME
    if _WORD.fullmatch(name):
        # An alias written without quotes folds to lower case; a name that is not in the text came out of the catalog.
        return name.lower() if re.search(rf"(?<![\w\"']){re.escape(name)}(?![\w\"'])", sql) else name
    found = expression_label(name)
    if found is None or (_FROM_RELATION.search(sql) and not _written(name, sql)):
        return name
    other = _WRITTEN_AS.get(found)
    if other is not None and found not in sql.lower() and other in sql.lower():
        return other
    return found


_remembered_label = lru_cache(maxsize=4096)(_label)


def _written(name: str, sql: str) -> bool:
    """Whether each word and constant of an expression stands in the statement: a relation's column can also be called
    ``2020`` or ``temp(C)``."""
    text = sql.lower()
    words = [token.strip("'\"").lower() for token in _TOKEN.findall(name) if token[0].isalnum() or token[0] in "'\"_"]
    if len(words) == 1 and name[0].isdigit():
        return False
    return all(word in text or word in _NORMALISED for word in words)


_NORMALISED = frozenset(
    ("cast", "as", "case", "else", "null", "end", "count_star", "list_value", "varchar", "integer", "double", "decimal",
     "float", "date_part", "regexp_matches", "regexp_full_match", "trim", "struct_pack", *_CAST_FUNCTIONS)
)  # fmt: skip


@lru_cache(maxsize=4096)
def expression_label(name: str) -> str | None:
    """The label of an expression in DuckDB's normalised text; None where the text is no expression."""
    tokens = [token for token in _TOKEN.findall(name) if not token.isspace()]
    if not tokens:
        return None
    first = tokens[0]
    whole = len(tokens) == 1
    if first.startswith(("'", "$")) or first[0].isdigit() or first in ("(", "-", "."):
        signed = first in ("-", ".") and len(tokens) == 2 and tokens[1][0].isdigit()
        recognised = first == "(" or whole or signed
    else:
        call = len(tokens) > 1 and tokens[1] in ("(", "[") and re.match(r'[\w"$]+[(\[]', name) is not None
        recognised = call or first in ("CASE", "NULL", "EXISTS") or (len(tokens) == 3 and tokens[1] == "COLLATE")
    if not recognised and first != "X":
        return None
    return _figure(tokens)[0]


def _figure(tokens: list[str]) -> tuple[str, int]:
    """(label, how good it is) of one expression."""
    nothing = (NO_NAME, _NONE)
    if not tokens:
        return nothing
    first = tokens[0]
    if first == "(":
        end = _closing(tokens, 0)
        inside, rest = tokens[1:end], tokens[end + 1 :]
        if rest[:1] == ["."] and len(rest) == 2:
            return _unquoted(rest[1]), _DEFINITE
        if rest[:1] == ["["]:
            return _figure(inside)
        return nothing if rest else _bracketed(inside)
    if first == "CASE":
        return _case(tokens)
    if first == "ARRAY":
        return "array", _DEFINITE
    if first in ("CAST", "TRY_CAST") and tokens[1:2] == ["("]:
        return _cast(tokens)
    if first == "EXISTS" and tokens[1:2] == ["("]:
        return "exists", _DEFINITE
    if tokens[1:2] == ["("]:
        end = _closing(tokens, 1)
        after = tokens[end + 1 : end + 2]
        if after and after[0] not in ("OVER", "FILTER", "[", "WITHIN", "IGNORE", "RESPECT", "COLLATE"):
            return nothing
        name = _unquoted(first).lower()
        if name in _CAST_FUNCTIONS:
            inside = next(_split(tokens[2:end], frozenset({","})))
            label, strength = _figure(inside)
            return (label, strength) if strength == _DEFINITE else (_CAST_FUNCTIONS[name], _TYPE)
        label = _FUNCTIONS.get(name, name)
        return (label, _NONE if label == NO_NAME else _DEFINITE)
    if not (_WORD.fullmatch(first) or first.startswith('"')) or first in ("NOT", "X", *_CONSTANTS):
        return nothing
    return _column(tokens)


def _column(tokens: list[str]) -> tuple[str, int]:
    """``t.a``, ``a[1]``, ``a COLLATE c``: the last name."""
    name = tokens[0]
    at = 1
    while tokens[at : at + 1] == ["."] and at + 1 < len(tokens):
        name, at = tokens[at + 1], at + 2
    if at < len(tokens) and tokens[at] not in ("[", "COLLATE"):
        return NO_NAME, _NONE
    return _unquoted(name), _DEFINITE


def _bracketed(tokens: list[str]) -> tuple[str, int]:
    """What stands between brackets that hold the whole expression."""
    match tokens[0] if tokens else "":
        case "ARRAY":
            return "array", _DEFINITE
        case "SELECT":
            return _subquery(tokens)
        case "NOT" | "-" | "+" | "~":
            return NO_NAME, _NONE
    return _figure(tokens) if len(list(_split(tokens, None))) == 1 else (NO_NAME, _NONE)


def _subquery(tokens: list[str]) -> tuple[str, int]:
    """The name of its one column."""
    if "#1" in "".join(tokens) and "array_agg" in tokens:  # how DuckDB writes ARRAY(SELECT …)
        return "array", _DEFINITE
    body = tokens[2:] if tokens[1:2] == ["DISTINCT"] else tokens[1:]
    target = next(_split(body, frozenset({"FROM", "WHERE", "LIMIT", "ORDER", "UNION", "GROUP", "HAVING", ","})), [])
    if len(target) > 2 and target[-2] == "AS":
        return _unquoted(target[-1]), _DEFINITE
    return _figure(target)


def _case(tokens: list[str]) -> tuple[str, int]:
    depth, otherwise = 0, None
    for at, word in enumerate(tokens):
        depth += word in ("(", "CASE")
        depth -= word in (")", "END")
        if word == "ELSE" and depth == 1:
            otherwise = at
        if depth == 0:
            if at != len(tokens) - 1:
                return NO_NAME, _NONE
            break
    if otherwise is not None:
        label, strength = _figure(tokens[otherwise + 1 : -1])
        if strength == _DEFINITE:
            return label, strength
    return "case", _TYPE


def _cast(tokens: list[str]) -> tuple[str, int]:
    end = _closing(tokens, 1)
    if end != len(tokens) - 1:
        return _figure(tokens[2 : _last_as(tokens[:end])]) if tokens[end + 1] == "[" else (NO_NAME, _NONE)
    at = _last_as(tokens[:end])
    label, strength = _figure(tokens[2:at])
    return (label, strength) if strength == _DEFINITE else (_type_name(tokens[at + 1 : end]), _TYPE)


def _last_as(tokens: list[str]) -> int:
    return len(tokens) - 1 - tokens[::-1].index("AS")


def _type_name(tokens: list[str]) -> str:
    words = []
    for token in tokens:
        if not (_WORD.fullmatch(token) or token.startswith('"')):
            break
        words.append(_unquoted(token))
    name = " ".join(words)
    return _TYPES.get(name.upper(), name.lower())


def _closing(tokens: list[str], opening: int) -> int:
    """Where the bracket at ``opening`` closes."""
    depth = 0
    for at in range(opening, len(tokens)):
        depth += tokens[at] in ("(", "[")
        depth -= tokens[at] in (")", "]")
        if depth == 0:
            return at
    return len(tokens) - 1


def _split(tokens: list[str], ends: frozenset[str] | None) -> Iterator[list[str]]:
    """Pieces between ``ends`` (None: any operator or AND, OR, IS, IN …) outside brackets."""
    depth = 0
    piece: list[str] = []
    for token in tokens:
        depth += token in ("(", "[", "CASE")
        if depth == 0 and (token in ends if ends is not None else _joins(token)):
            yield piece
            piece = []
        else:
            piece.append(token)
        depth -= token in (")", "]", "END")
    yield piece


def _joins(token: str) -> bool:
    return token in ("AND", "OR", "IS", "IN", "NOT", "BETWEEN", ",") or not (
        token[0].isalnum() or token[0] in "\"'_()[].$"
    )


def _unquoted(token: str) -> str:
    return token[1:-1].replace('""', '"') if token.startswith('"') else token
