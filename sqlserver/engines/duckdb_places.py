"""The types that the places of parameters ask for, where DuckDB's binder alone leaves them open.

    $1::bytea                       the type that is written there
    i = ANY($1)                     the type of ``i = $1``, as a list
    (d, id) < ($1, $2)              the types of ``d = $1`` and ``id = $2``
    INSERT INTO t (b) SELECT $1     the type of ``INSERT INTO t (b) VALUES ($1)``
    d - $1                          the type of ``d = $1``, where there is such an operator

The binder stops at some parameters that it finds no type for (in VALUES, in UNION, beside an operator) and then tells
none for those behind, so it is asked again with what is known or open put in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlserver.core.errors import QueryCanceled, ServerError
from sqlserver.engines.duckdb_binding import Signature
from sqlserver.engines.row_comparisons import compared_by_column, may_compare_rows
from sqlserver.sql.tokens import Token, TokenKind, tokenize

BindText = Callable[[str], Signature]
"""Binds a text without values. Raises ServerError."""

_OPEN = ("UNKNOWN", '"NULL"')
_ANY = re.compile(r"\b(?:any|all|some)\s*\(\s*\$(\d+)\s*\)", re.IGNORECASE)
_INSERT = re.compile(r"\binsert\b.*\bselect\b", re.IGNORECASE | re.DOTALL)
_ENDS_ITEMS = frozenset(
    {"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "ON", "RETURNING", "QUALIFY"}
)
_OPERATORS = frozenset({"+", "-", "*", "/", "%", "||"})
_SETS = frozenset({"UNION", "INTERSECT", "EXCEPT"})
_TYPE_WORDS = frozenset({"PRECISION", "VARYING", "WITH", "WITHOUT", "TIME", "ZONE"})
_FRUITLESS = 3
"""Times in a row that the binder is asked for nothing: behind so many open parameters all are, as in a long VALUES."""


@dataclass(frozen=True, slots=True)
class Places:
    """``kinds``: types by parameter name (DuckDB's spelling), without those that stay open. ``no_text``: open ones that
    an operator takes which has no text on that side."""

    kinds: dict[str, str] = field(default_factory=dict)
    no_text: set[str] = field(default_factory=set)


def place_types(sql: str, declared: Mapping[str, str], bind: BindText) -> Places:
    """``declared``: types that are known already. Raises what the binder says of ``sql``."""
    lists = {found[1] for found in _ANY.finditer(sql)}
    text = _ANY.sub(r"($\1)", sql) if lists else sql
    if may_compare_rows(text):
        text = compared_by_column(text, tokenize(text))
    told = _told(text, bind)
    if not told:
        lists, text = set(), sql
        try:
            told = bind(sql).parameters
        except ServerError as error:
            if error.sqlstate != "42725":
                raise
            told = {}  # of several functions the types decide, which are still to be found
    places = Places({**_closed(told, lists), **declared})
    if any(name not in places.kinds for name in told):
        _ask_again(text, told, lists, places, bind)
    return places


def _closed(told: Mapping[str, str], lists: Iterable[str] = ()) -> dict[str, str]:
    def spelled(name: str, kind: str) -> str:
        if name in lists:
            return f"{kind}[]"
        return "DECIMAL" if kind.startswith("DECIMAL(") and kind.endswith(")") else kind

    return {name: spelled(name, kind) for name, kind in told.items() if kind not in _OPEN}


def _ask_again(text: str, told: Mapping[str, str], lists: set[str], places: Places, bind: BindText) -> None:
    kinds = places.kinds
    tokens = tokenize(text)
    found = _written(text, tokens, bind) if "::" in text or "cast" in text.lower() else {}
    found |= _of_target(text, tokens, bind) if _INSERT.search(text) else {}
    kinds.update({**found, **kinds})
    order = dict.fromkeys(token.text[1:] for token in tokens if token.kind is TokenKind.PARAMETER)
    stopped_at = [name for name in order if told.get(name) in _OPEN]
    last = next((name for name in reversed(stopped_at) if name not in kinds), None)
    fruitless = 0
    for name in stopped_at:
        known = len(kinds)
        if name not in kinds:
            kind = _beside_operator(text, name, places, bind)
            if kind is not None:
                kinds[name] = kind
        if name == last or fruitless == _FRUITLESS:
            break
        hidden = f"CAST(NULL AS {kinds[name]})" if name in kinds and name not in lists else "NULL"
        text = re.sub(rf"\${name}(?!\d)", hidden, text)
        kinds.update({**_closed(_told(text, bind), lists), **kinds})
        fruitless = fruitless + 1 if len(kinds) == known else 0


def _told(text: str, bind: BindText) -> Mapping[str, str]:
    """Nothing where the text does not bind."""
    try:
        return bind(text).parameters
    except QueryCanceled:
        raise
    except ServerError:
        return {}


def _written(sql: str, tokens: Sequence[Token], bind: BindText) -> dict[str, str]:
    """The types of parameters that are cast where they stand."""
    types: dict[str, str] = {}
    for at, token in enumerate(tokens[:-2]):
        if token.kind is not TokenKind.PARAMETER or not (
            tokens[at + 1].is_symbol("::") or tokens[at + 1].upper == "AS"
        ):
            continue
        if tokens[at + 1].upper == "AS" and not (at > 1 and tokens[at - 2].upper == "CAST"):
            continue
        types.setdefault(token.text[1:], sql[tokens[at + 2].start : tokens[_type_end(tokens, at + 2)].end])
    probe = ", ".join(f"${name}::{written}" for name, written in types.items())
    return _closed(_told(f"SELECT {probe}", bind)) if types else {}


def _type_end(tokens: Sequence[Token], at: int) -> int:
    """The last token of the type that begins at ``at``."""
    while at + 1 < len(tokens):
        following = tokens[at + 1]
        if following.is_symbol("(") or following.is_symbol("["):
            closing = ")" if following.text == "(" else "]"
            at = next((end for end in range(at + 1, len(tokens)) if tokens[end].is_symbol(closing)), len(tokens) - 1)
        elif following.upper in _TYPE_WORDS:
            at += 1
        elif following.is_symbol(".") and at + 2 < len(tokens):
            at += 2
        else:
            break
    return at


def _beside_operator(sql: str, name: str, places: Places, bind: BindText) -> str | None:
    """PostgreSQL takes the other operand's type, if the operator has it on both sides."""
    tokens = tokenize(sql)
    for at, token in enumerate(tokens):
        if token.kind is not TokenKind.PARAMETER or token.text[1:] != name:
            continue
        for operator in (tokens[at - 1 : at] if at else []) + tokens[at + 1 : at + 2]:
            if operator.kind is not TokenKind.SYMBOL or operator.text not in _OPERATORS:
                continue
            if operator.text != "||":
                places.no_text.add(name)
            told = _told(f"{sql[: operator.start]}={sql[operator.end :]}", bind).get(name, _OPEN[0])
            if told in _OPEN:
                continue
            if _told(f"{sql[: token.start]}CAST({token.text} AS {told}){sql[token.end :]}", bind):
                return _closed({name: told})[name]
    return None


def _of_target(sql: str, tokens: Sequence[Token], bind: BindText) -> dict[str, str]:
    """The types of parameters that stand alone in the select list of an INSERT."""
    items = _select_items(tokens)
    if items is None:
        return {}
    start, pieces = items
    names = {at: piece[0].text[1:] for at, piece in enumerate(pieces) if _is_parameter(piece)}
    if not names:
        return {}
    first = 1 + max(int(token.text[1:]) for token in tokens if token.kind is TokenKind.PARAMETER)
    probe = sql[: tokens[start].start] + f"VALUES ({', '.join(f'${first + at}' for at in range(len(pieces)))})"
    told = _told(probe, bind)
    return _closed({name: told.get(str(first + at), _OPEN[0]) for at, name in names.items()})


def _select_items(tokens: Sequence[Token]) -> tuple[int, list[list[Token]]] | None:
    """Where the SELECT of an INSERT begins, and the items of its list; None where they are not the target's columns."""
    depth, start = 0, None
    inserts = False
    pieces: list[list[Token]] = [[]]
    ended = False
    for at, token in enumerate(tokens):
        opens = token.is_symbol("(") or token.is_symbol("[")
        depth += opens - (token.is_symbol(")") or token.is_symbol("]"))
        word = token.upper if depth == 0 else ""
        if start is None:
            inserts = inserts or word == "INSERT"
            if inserts and word == "VALUES":
                return None
            if inserts and word == "SELECT":
                start = at
            continue
        star = token.is_symbol("*") and not ended and (not pieces[-1] or tokens[at - 1].is_symbol("."))
        if word in _SETS or star:
            return None
        ended = ended or word in _ENDS_ITEMS
        if ended or (not pieces[0] and word in ("ALL", "DISTINCT")):
            continue
        if depth == 0 and token.is_symbol(","):
            pieces.append([])
        else:
            pieces[-1].append(token)
    return None if start is None else (start, pieces)


def _is_parameter(piece: Sequence[Token]) -> bool:
    """``$1``, ``$1 AS name`` and ``$1 name``."""
    if not piece or piece[0].kind is not TokenKind.PARAMETER or not piece[0].text[1:].isdigit():
        return False
    names = [token for token in piece[1:] if token.upper != "AS"]
    return len(piece) <= 3 and len(names) <= 1 and all(n.kind in (TokenKind.WORD, TokenKind.QUOTED) for n in names)
