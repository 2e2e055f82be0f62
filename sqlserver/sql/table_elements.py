"""The column list of CREATE TABLE, taken apart: columns, and the constraints in them and beside them.

Works on tokens, so that everything it does not know stays as it was written. ``(a int REFERENCES p ON DELETE CASCADE,
CONSTRAINT c CHECK (a > 0))`` gives one column, a foreign key over it and a named check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlserver.sql.tokens import Token, TokenKind

_NAMES = (TokenKind.WORD, TokenKind.QUOTED)
_TABLE_CONSTRAINTS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE", "LIKE"})
_ACTIONS = {("NO", "ACTION"): "a", ("RESTRICT",): "r", ("CASCADE",): "c", ("SET", "NULL"): "n", ("SET", "DEFAULT"): "d"}


@dataclass(slots=True)
class Constraint:
    """``start`` and ``end`` are tokens, ``end`` exclusive, the name included. ``kind`` as in ``pg_constraint``;
    i and d for an identity. ``inner`` are the tokens of a check's condition."""

    kind: str
    start: int
    end: int
    name: str = ""
    columns: tuple[str, ...] = ()
    inner: tuple[int, int] = (0, 0)
    table: tuple[str, ...] = ()
    referenced: tuple[str, ...] = ()
    on_update: str = "a"
    on_delete: str = "a"
    deferrable: bool = False
    deferred: bool = False
    timing: list[tuple[int, int]] = field(default_factory=list)
    """Where DEFERRABLE and its like stand."""
    body: int = 0
    """The token behind the name."""


@dataclass(frozen=True, slots=True)
class Element:
    """One piece between two commas: a column, or (``column`` '') a constraint or LIKE."""

    start: int
    end: int
    column: str
    constraints: tuple[Constraint, ...]


def name_of(token: Token) -> str:
    return token.text if token.kind is TokenKind.QUOTED else token.text.lower()


def closing(tokens: Sequence[Token], opening: int) -> int:
    """The index of the bracket that closes the one at ``opening``; the last token's where none does."""
    depth = 0
    for at in range(opening, len(tokens)):
        depth += tokens[at].is_symbol("(") - tokens[at].is_symbol(")")
        if depth == 0:
            return at
    return len(tokens) - 1


def split_at_commas(tokens: Sequence[Token], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Pieces of ``tokens[start:end]`` between commas outside all brackets."""
    depth, begin = 0, start
    for at in range(start, end):
        depth += tokens[at].text in ("(", "[", "{") and tokens[at].kind is TokenKind.SYMBOL
        depth -= tokens[at].text in (")", "]", "}") and tokens[at].kind is TokenKind.SYMBOL
        if depth == 0 and tokens[at].is_symbol(","):
            yield begin, at
            begin = at + 1
    if begin < end:
        yield begin, end


def read_elements(tokens: Sequence[Token], opening: int) -> list[Element]:
    """The elements of the column list whose bracket opens at ``opening``."""
    pieces = split_at_commas(tokens, opening + 1, closing(tokens, opening))
    return [read_element(tokens, start, end) for start, end in pieces]


def read_element(tokens: Sequence[Token], start: int, end: int) -> Element:
    if tokens[start].upper in _TABLE_CONSTRAINTS:
        return Element(start, end, "", tuple(_constraints(tokens, start, end, ())))
    column = name_of(tokens[start])
    return Element(start, end, column, tuple(_constraints(tokens, start + 1, end, (column,))))


def read_names(tokens: Sequence[Token], opening: int) -> tuple[str, ...]:
    """The names in a bracket: ``(a, "B")``."""
    inside = tokens[opening + 1 : closing(tokens, opening)]
    return tuple(name_of(token) for token in inside if token.kind in _NAMES)


def qualified_name(tokens: Sequence[Token], at: int) -> tuple[tuple[str, ...], int]:
    """The parts of a name at ``at``, and the token behind it."""
    parts = [name_of(tokens[at])]
    at += 1
    while at + 1 < len(tokens) and tokens[at].is_symbol("."):
        parts.append(name_of(tokens[at + 1]))
        at += 2
    return tuple(parts), at


def _constraints(tokens: Sequence[Token], start: int, end: int, columns: tuple[str, ...]) -> Iterator[Constraint]:
    at = start
    name, named_at = "", None
    found: Constraint | None = None
    while at < end:
        word = tokens[at].upper
        if tokens[at].is_symbol("("):
            at = closing(tokens, at) + 1
            continue
        if word == "CONSTRAINT" and at + 1 < end:
            name, named_at = name_of(tokens[at + 1]), at
            at += 2
            continue
        begun = _one(tokens, at, end, columns)
        if begun is not None:
            found = begun
            found.name, found.body = name, at
            if named_at is not None:
                found.start = named_at
            name, named_at = "", None
            yield found
            at = found.end
        elif found is not None and (timed := _timing(tokens, at, found)):
            at += timed
        else:
            at += 1


def _one(tokens: Sequence[Token], at: int, end: int, columns: tuple[str, ...]) -> Constraint | None:
    word = tokens[at].upper
    following = tokens[at + 1].upper if at + 1 < end else ""
    if word == "PRIMARY" and following == "KEY":
        return _keyed("p", tokens, at, at + 2, end, columns)
    if word == "UNIQUE":
        stop = at + 1
        while stop < end and tokens[stop].upper in ("NULLS", "NOT", "DISTINCT"):
            stop += 1
        return _keyed("u", tokens, at, stop, end, columns)
    if word == "CHECK" and at + 1 < end and tokens[at + 1].is_symbol("("):
        close = closing(tokens, at + 1)
        stop = close + 1
        if [token.upper for token in tokens[stop : min(stop + 2, end)]] == ["NO", "INHERIT"]:
            stop += 2
        return Constraint("c", at, stop, columns=columns, inner=(at + 2, close))
    if word == "FOREIGN" and following == "KEY":
        own = read_names(tokens, at + 2)
        stop = closing(tokens, at + 2) + 1
        return _reference(tokens, at, stop, end, own)
    if word == "REFERENCES":
        return _reference(tokens, at, at, end, columns)
    if word == "GENERATED":
        words = [token.upper for token in tokens[at + 1 : min(at + 5, end)]]
        if "IDENTITY" in words:
            stop = at + 2 + words.index("IDENTITY")
            return Constraint("i" if words[0] == "ALWAYS" else "d", at, stop, columns=columns)
    return None


def _keyed(  # noqa: PLR0917 - a kind, and a place in the tokens
    kind: str, tokens: Sequence[Token], at: int, stop: int, end: int, columns: tuple[str, ...]
) -> Constraint:
    if stop < end and tokens[stop].is_symbol("("):
        return Constraint(kind, at, closing(tokens, stop) + 1, columns=read_names(tokens, stop))
    return Constraint(kind, at, stop, columns=columns)


def _reference(tokens: Sequence[Token], at: int, references: int, end: int, columns: tuple[str, ...]) -> Constraint:
    table, stop = qualified_name(tokens, references + 1)
    found = Constraint("f", at, stop, columns=columns, table=table)
    if stop < end and tokens[stop].is_symbol("("):
        found.referenced = read_names(tokens, stop)
        stop = closing(tokens, stop) + 1
    while stop < end:
        words = [token.upper for token in tokens[stop : min(stop + 4, end)]]
        if words[:1] == ["MATCH"]:
            stop += 2
        elif words[:1] == ["ON"] and words[1] in ("DELETE", "UPDATE"):
            action = next((one for one in _ACTIONS if tuple(words[2 : 2 + len(one)]) == one), ())
            if words[1] == "DELETE":
                found.on_delete = _ACTIONS.get(action, "a")
            else:
                found.on_update = _ACTIONS.get(action, "a")
            stop += 2 + len(action)
            if stop < end and tokens[stop].is_symbol("("):
                stop = closing(tokens, stop) + 1
        elif timed := _timing(tokens, stop, found):
            stop += timed
        else:
            break
    found.end = stop
    return found


def _timing(tokens: Sequence[Token], at: int, found: Constraint) -> int:
    """How many tokens here say when the constraint is checked."""
    words = [token.upper for token in tokens[at : at + 2]]
    if words[:1] == ["DEFERRABLE"]:
        found.deferrable, count = True, 1
    elif words in (["NOT", "DEFERRABLE"], ["NOT", "VALID"], ["INITIALLY", "IMMEDIATE"]):
        count = 2
    elif words == ["INITIALLY", "DEFERRED"]:
        found.deferrable, found.deferred, count = True, True, 2
    else:
        return 0
    found.timing.append((at, at + count))
    return count
