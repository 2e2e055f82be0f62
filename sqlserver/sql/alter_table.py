"""ALTER TABLE as PostgreSQL writes it, taken apart into its actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlserver.sql.table_elements import Constraint, Element, name_of, qualified_name, read_element, split_at_commas
from sqlserver.sql.tokens import Token, TokenKind


class Kind(StrEnum):
    ADD_COLUMN = "add column"
    ADD_CONSTRAINT = "add constraint"
    DROP_CONSTRAINT = "drop constraint"
    RENAME_CONSTRAINT = "rename constraint"
    DROP_COLUMN = "drop column"
    TYPE = "type"
    SET_NOT_NULL = "set not null"
    DROP_NOT_NULL = "drop not null"
    DEFAULT = "default"
    RENAME_COLUMN = "rename column"
    RENAME = "rename"
    SET_SCHEMA = "set schema"
    ADD_IDENTITY = "add identity"
    SET_IDENTITY = "set identity"
    DROP_IDENTITY = "drop identity"
    NOTHING = "nothing"
    OTHER = "other"


_WITHOUT_EFFECT = (
    ("OWNER",), ("CLUSTER",), ("SET", "WITHOUT"), ("SET", "LOGGED"), ("SET", "UNLOGGED"), ("SET", "TABLESPACE"),
    ("SET", "("), ("RESET", "("), ("VALIDATE",), ("ENABLE",), ("DISABLE",), ("REPLICA",), ("FORCE",), ("NO", "FORCE"),
    ("ALTER", "CONSTRAINT"), ("SET", "ACCESS"),
)  # fmt: skip
"""What says nothing here: owners, storage, triggers and policies, which there are none of."""
_COLUMN_WITHOUT_EFFECT = frozenset({"STATISTICS", "STORAGE", "COMPRESSION", "("})


@dataclass(frozen=True, slots=True)
class Action:
    """``start`` and ``end`` are tokens. ``name`` is the column's or the constraint's; ``other`` a new name or schema.

    ``value``: the tokens of a type, ``using`` those of its expression; (0, 0) where there is none.
    """

    kind: Kind
    start: int
    end: int
    name: str = ""
    other: str = ""
    if_exists: bool = False
    cascade: bool = False
    element: Element | None = None
    value: tuple[int, int] = (0, 0)
    using: tuple[int, int] = (0, 0)
    always: bool = False
    index: str = ""
    """ADD … USING INDEX."""


@dataclass(frozen=True, slots=True)
class AlterTable:
    table: tuple[str, ...]
    table_end: int
    if_exists: bool
    actions: tuple[Action, ...]


def read_alter_table(tokens: Sequence[Token]) -> AlterTable | None:
    """None for anything else, and for what is cut short."""
    if [token.upper for token in tokens[:2]] != ["ALTER", "TABLE"]:
        return None
    at, if_exists = 2, False
    if [token.upper for token in tokens[at : at + 2]] == ["IF", "EXISTS"]:
        at, if_exists = at + 2, True
    if at < len(tokens) and tokens[at].upper == "ONLY":
        at += 1
    if at + 1 >= len(tokens) or tokens[at].kind not in (TokenKind.WORD, TokenKind.QUOTED):
        return None
    table, at = qualified_name(tokens, at)
    if at < len(tokens) and tokens[at].is_symbol("*"):
        at += 1
    end = len(tokens) - (1 if tokens[-1].is_symbol(";") else 0)
    actions = tuple(_action(tokens, start, stop) for start, stop in split_at_commas(tokens, at, end) if start < stop)
    return AlterTable(table, at, if_exists, actions) if actions else None


def _action(tokens: Sequence[Token], start: int, end: int) -> Action:
    texts = [_word(token) for token in tokens[start:end]]
    if any(tuple(texts[: len(one)]) == one for one in _WITHOUT_EFFECT):
        return Action(Kind.NOTHING, start, end)
    match texts[0]:
        case "ADD":
            return _add(tokens, start, end, texts)
        case "DROP":
            return _drop(tokens, start, end, texts)
        case "ALTER":
            return _alter_column(tokens, start, end, texts)
        case "RENAME":
            return _rename(tokens, start, end, texts)
    if texts[:2] == ["SET", "SCHEMA"] and end == start + 3:
        return Action(Kind.SET_SCHEMA, start, end, other=name_of(tokens[start + 2]))
    return Action(Kind.OTHER, start, end)


def _word(token: Token) -> str:
    return token.text if token.kind is TokenKind.SYMBOL else token.upper


def _add(tokens: Sequence[Token], start: int, end: int, texts: list[str]) -> Action:
    at = start + 1
    if texts[1:2] == ["COLUMN"]:
        at += 1
    elif texts[1:2] and texts[1] in ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"):
        if "INDEX" in texts and "USING" in texts and "(" not in texts:
            found = Constraint("p" if "PRIMARY" in texts else "u", at, end)
            name = name_of(tokens[start + 2]) if texts[1] == "CONSTRAINT" else ""
            index = name_of(tokens[start + texts.index("INDEX") + 1])
            return Action(
                Kind.ADD_CONSTRAINT, start, end, name, index=index, element=Element(at, end, "", (found,))
            )  # fmt: skip
        return Action(Kind.ADD_CONSTRAINT, start, end, element=read_element(tokens, at, end))
    if_exists = [_word(token) for token in tokens[at : at + 3]] == ["IF", "NOT", "EXISTS"]
    at += 3 * if_exists
    if at >= end:
        return Action(Kind.OTHER, start, end)
    element = read_element(tokens, at, end)
    return Action(Kind.ADD_COLUMN, start, end, element.column, if_exists=if_exists, element=element)


def _drop(tokens: Sequence[Token], start: int, end: int, texts: list[str]) -> Action:
    kind = Kind.DROP_CONSTRAINT if texts[1:2] == ["CONSTRAINT"] else Kind.DROP_COLUMN
    at = start + 1 + (texts[1:2] in (["CONSTRAINT"], ["COLUMN"]))
    if_exists = [_word(token) for token in tokens[at : at + 2]] == ["IF", "EXISTS"]
    at += 2 * if_exists
    if at >= end:
        return Action(Kind.OTHER, start, end)
    return Action(kind, start, end, name_of(tokens[at]), if_exists=if_exists, cascade=texts[-1] == "CASCADE")


def _alter_column(tokens: Sequence[Token], start: int, end: int, texts: list[str]) -> Action:
    at = start + 1 + (texts[1:2] == ["COLUMN"])
    if at + 1 >= end:
        return Action(Kind.OTHER, start, end)
    column = name_of(tokens[at])
    rest = texts[at + 1 - start :]
    if rest[:1] == ["TYPE"] or rest[:3] == ["SET", "DATA", "TYPE"]:
        first = at + 1 + (1 if rest[0] == "TYPE" else 3)
        using = next((n for n in range(first, end) if tokens[n].upper == "USING"), end)
        value = (first, using)
        return Action(Kind.TYPE, start, end, column, value=value, using=(min(using + 1, end), end))
    known = {
        ("SET", "NOT", "NULL"): Kind.SET_NOT_NULL, ("DROP", "NOT", "NULL"): Kind.DROP_NOT_NULL,
        ("SET", "DEFAULT"): Kind.DEFAULT, ("DROP", "DEFAULT"): Kind.DEFAULT, ("DROP", "IDENTITY"): Kind.DROP_IDENTITY,
        ("ADD", "GENERATED"): Kind.ADD_IDENTITY, ("SET", "GENERATED"): Kind.SET_IDENTITY, ("RESTART",): Kind.OTHER,
    }  # fmt: skip
    for words, kind in known.items():
        if tuple(rest[: len(words)]) == words:
            return Action(kind, start, end, column, if_exists="EXISTS" in rest, always="ALWAYS" in rest)
    if len(rest) > 1 and rest[0] in ("SET", "RESET") and rest[1] in _COLUMN_WITHOUT_EFFECT:
        return Action(Kind.NOTHING, start, end)
    return Action(Kind.OTHER, start, end)


def _rename(tokens: Sequence[Token], start: int, end: int, texts: list[str]) -> Action:
    new = name_of(tokens[end - 1])
    if texts[1:2] == ["TO"]:
        return Action(Kind.RENAME, start, end, other=new)
    if texts[1:2] == ["CONSTRAINT"] and len(texts) == 5:
        return Action(Kind.RENAME_CONSTRAINT, start, end, name_of(tokens[start + 2]), new)
    old = start + 1 + (texts[1:2] == ["COLUMN"])
    return Action(Kind.RENAME_COLUMN, start, end, name_of(tokens[old]), new)
