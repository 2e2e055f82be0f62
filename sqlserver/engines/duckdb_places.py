"""The type that a parameter's place asks for, where DuckDB's binder alone leaves it open.

i = ANY($1)                     the type of ``i = $1``, as a list
INSERT INTO t (b) SELECT $1     the type of ``INSERT INTO t (b) VALUES ($1)``
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from sqlserver.core.errors import ServerError
from sqlserver.engines.duckdb_binding import Signature
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


def place_types(sql: str, bind: BindText) -> dict[str, str]:
    """Types by parameter name (DuckDB's spelling), without those that stay open. Raises what the binder says."""
    lists = {found[1] for found in _ANY.finditer(sql)}
    try:
        told = bind(_ANY.sub(r"($\1)", sql) if lists else sql).parameters
    except ServerError:
        lists = set()
        told = bind(sql).parameters
    kinds = {
        name: f"{kind}[]" if name in lists else _without_width(kind) for name, kind in told.items() if kind not in _OPEN
    }
    if len(kinds) < len(told) and _INSERT.search(sql):
        kinds = {**_of_target(sql, bind), **kinds}
    return kinds


def operand_types(sql: str, names: AbstractSet[str], bind: BindText) -> dict[str, str | None]:
    """Of those ``names`` that stand beside an operator: PostgreSQL takes the other operand's type, if the operator has
    it on both sides. None where it has not; it is another type then, but no text."""
    found: dict[str, str | None] = {}
    tokens = tokenize(sql)
    for at, token in enumerate(tokens):
        name = token.text[1:]
        if token.kind is not TokenKind.PARAMETER or name not in names or found.get(name) is not None:
            continue
        for operator in (tokens[at - 1 : at] if at else []) + tokens[at + 1 : at + 2]:
            if operator.kind is not TokenKind.SYMBOL or operator.text not in _OPERATORS:
                continue
            if operator.text != "||":
                found.setdefault(name, None)
            try:
                kind = bind(f"{sql[: operator.start]}={sql[operator.end :]}").parameters.get(name, _OPEN[0])
                if kind not in _OPEN:
                    bind(f"{sql[: token.start]}CAST({token.text} AS {kind}){sql[token.end :]}")
                    found[name] = _without_width(kind)
            except ServerError:
                continue
    return found


def _without_width(kind: str) -> str:
    return "DECIMAL" if kind.startswith("DECIMAL(") and kind.endswith(")") else kind


def _of_target(sql: str, bind: BindText) -> Mapping[str, str]:
    """The types of parameters that stand alone in the select list of an INSERT."""
    tokens = tokenize(sql)
    items = _select_items(tokens)
    if items is None:
        return {}
    start, pieces = items
    names = {at: piece[0].text[1:] for at, piece in enumerate(pieces) if _is_parameter(piece)}
    if not names:
        return {}
    first = 1 + max(int(token.text[1:]) for token in tokens if token.kind is TokenKind.PARAMETER)
    probe = sql[: tokens[start].start] + f"VALUES ({', '.join(f'${first + at}' for at in range(len(pieces)))})"
    try:
        told = bind(probe).parameters
    except ServerError:
        return {}
    found = {name: told.get(str(first + at), _OPEN[0]) for at, name in names.items()}
    return {name: _without_width(kind) for name, kind in found.items() if kind not in _OPEN}


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
