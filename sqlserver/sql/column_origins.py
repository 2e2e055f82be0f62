"""Which result columns are a relation's column as it stands, read off a statement's tokens.

    SELECT o.id, total AS t, total + 1, c.* FROM orders o JOIN customers AS c ON …   →   o.id, total, nothing, all of c

Common tables, set operations and NATURAL joins are left alone: no column of such a statement is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sqlserver.core.errors import SyntaxFault
from sqlserver.sql.keywords import JOIN_WORDS
from sqlserver.sql.tokens import Token, TokenKind, tokenize

Path = tuple[str, ...]


class Origin(NamedTuple):
    """The OID of a relation and the number of its column, 0 and 0 for none. ``cast``: an expression with a cast to
    ``numeric(p, s)`` in it."""

    relation: int
    column: int
    cast: bool = False

    @property
    def has_modifier(self) -> bool:
        """Whether the type's modifier is the column's or a cast's, where PostgreSQL tells none of what it computes."""
        return bool(self.relation) or self.cast


@dataclass(frozen=True, slots=True)
class RelationColumns:
    """A relation's columns in their order, by lower-case name."""

    oid: int
    numbers: Mapping[str, int]


Relations = Callable[[Path], RelationColumns | None]


@dataclass(frozen=True, slots=True)
class _Source:
    """``path`` is empty for what is no relation by name: a query, a function."""

    alias: str
    path: Path


@dataclass(frozen=True, slots=True)
class _Item:
    """``name`` is ``*`` for all columns, '' for what is no column as it stands."""

    qualifier: str
    name: str
    cast: bool = False


@dataclass(frozen=True, slots=True)
class _Reading:
    items: tuple[_Item, ...]
    sources: tuple[_Source, ...]


def column_origins(sql: str, count: int, relations: Relations) -> tuple[Origin, ...] | None:
    """For each of the ``count`` result columns; None where the statement cannot be told."""
    reading = _read(sql)
    if reading is None:
        return None
    known = {one.alias: relations(one.path) if one.path else None for one in reading.sources}
    found: list[Origin] = []
    for item in reading.items:
        chosen = [item.qualifier] if item.qualifier else list(known)
        tables = [known.get(alias) for alias in chosen]
        if item.name == "*":
            for table in tables:
                if table is None:
                    return None
                found += [Origin(table.oid, number) for number in table.numbers.values()]
            continue
        holding = [one for one in tables if one is not None and item.name in one.numbers]
        told = len(holding) == 1 and (item.qualifier or None not in tables)
        found.append(Origin(holding[0].oid, holding[0].numbers[item.name]) if told else Origin(0, 0, item.cast))
    return tuple(found) if len(found) == count else None


@lru_cache(maxsize=512)
def _read(sql: str) -> _Reading | None:
    try:
        reader = _Reader(tokenize(sql))
    except SyntaxFault:
        return None
    return reader.read()


_ENDS = frozenset(
    {"WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "WINDOW", "RETURNING", "QUALIFY"}
)
_UNREAD = frozenset(
    {"UNION", "INTERSECT", "EXCEPT", "NATURAL", "PIVOT", "UNPIVOT", "POSITIONAL", "ASOF", "SEMI", "ANTI"}
)
_CHANGING = frozenset({"INSERT", "UPDATE", "DELETE"})


class _Reader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = [token for token in tokens if not token.is_symbol(";")]
        self._depths = self._nesting()

    def read(self) -> _Reading | None:
        words = {token.upper for token, depth in zip(self._tokens, self._depths, strict=True) if depth == 0}
        first = self._tokens[0].upper if self._tokens else ""
        if words & _UNREAD:
            return None
        if first == "SELECT":
            start = self._after_distinct()
            end = next((at for at in range(start, len(self._tokens)) if self._ends_items(at)), len(self._tokens))
            sources = self._sources(end + 1) if self._upper(end) == "FROM" else ()
        elif first in _CHANGING and "RETURNING" in words:
            start, end = self._find("RETURNING") + 1, len(self._tokens)
            sources = self._changed(first, words)
        else:
            return None
        if sources is None:
            return None
        items = tuple(self._item(*piece) for piece in self._pieces(start, end))
        return _Reading(items, sources)

    def _nesting(self) -> list[int]:
        depth, found = 0, []
        for token in self._tokens:
            depth -= token.kind is TokenKind.SYMBOL and token.text in (")", "]", "}")
            found.append(depth)
            depth += token.kind is TokenKind.SYMBOL and token.text in ("(", "[", "{")
        return found

    def _find(self, word: str, at: int = 0) -> int:
        while at < len(self._tokens) and (self._depths[at] or self._tokens[at].upper != word):
            at += 1
        return at

    def _after_distinct(self) -> int:
        if self._upper(1) not in ("DISTINCT", "ALL"):
            return 1
        if self._upper(2) != "ON":
            return 2
        return next((at for at in range(4, len(self._tokens)) if not self._depths[at] and self._symbol(at, ")")), 3) + 1

    def _changed(self, verb: str, words: set[str]) -> tuple[_Source, ...] | None:
        if (verb == "UPDATE" and "FROM" in words) or (verb == "DELETE" and "USING" in words):
            return None
        at = 1 if verb == "UPDATE" else 2
        path, at = self._path(at + (self._upper(at) == "ONLY"))
        alias = self._name(at + 1) if self._upper(at) == "AS" else ""
        return (_Source(alias or path[-1], path),) if path else None

    def _sources(self, at: int) -> tuple[_Source, ...] | None:
        found: list[_Source] = []
        while at < len(self._tokens) and self._upper(at) not in _ENDS:
            source, at = self._source(at)
            found.append(source)
            while at < len(self._tokens) and not self._ends_source(at):
                at += 1
            at += 1 if at < len(self._tokens) and self._upper(at) not in _ENDS else 0
        aliases = [one.alias for one in found]
        return tuple(found) if len(set(aliases)) == len(aliases) else None

    def _ends_items(self, at: int) -> bool:
        return not self._depths[at] and (self._upper(at) == "FROM" or self._upper(at) in _ENDS)

    def _ends_source(self, at: int) -> bool:
        return not self._depths[at] and (self._symbol(at, ",") or self._upper(at) == "JOIN" or self._upper(at) in _ENDS)

    def _source(self, at: int) -> tuple[_Source, int]:
        while self._upper(at) in ("ONLY", "LATERAL"):
            at += 1
        path, at = self._path(at)
        if self._symbol(at, "("):
            path = ()
            at += 1
            while at < len(self._tokens) and self._depths[at]:
                at += 1
            at += 1
        alias = path[-1] if path else ""
        if self._upper(at) == "AS":
            alias, at = self._name(at + 1), at + 2
        elif self._name(at) and self._upper(at) not in JOIN_WORDS | _ENDS | {"ON", "USING", "TABLESAMPLE"}:
            alias, at = self._name(at), at + 1
        return _Source(alias, () if self._symbol(at, "(") else path), at

    def _pieces(self, start: int, end: int) -> list[tuple[int, int]]:
        commas = [at for at in range(start, end) if not self._depths[at] and self._symbol(at, ",")]
        return list(zip([start, *(at + 1 for at in commas)], [*commas, end], strict=True))

    def _item(self, start: int, end: int) -> _Item:
        if end - start == 1 and self._symbol(start, "*"):
            return _Item("", "*")
        path, at = self._path(start)
        if path and at == end - 2 and self._symbol(at, ".") and self._symbol(at + 1, "*"):
            return _Item(path[-1], "*")
        rest = end - at - (self._upper(at) == "AS" and at < end)
        if not path or rest not in (0, 1) or (rest == 1 and not self._name(end - 1)):
            return _Item("", "*" if self._symbol(start, "*") else "", self._casts_numeric(start, end))
        return _Item(path[-2] if len(path) > 1 else "", path[-1])

    def _casts_numeric(self, start: int, end: int) -> bool:
        """Whether that is the last thing done: ``x::numeric(5, 2)``, ``CAST(x AS numeric(5, 2))``."""
        end -= 2 * (self._upper(end - 2) == "AS") or (self._symbol(end - 2, ")") and bool(self._name(end - 1)))
        end -= self._upper(start) == "CAST"
        opening = next((at for at in range(end - 2, start, -1) if self._symbol(at, "(")), start)
        return self._symbol(end - 1, ")") and self._upper(opening - 1) in ("NUMERIC", "DECIMAL")

    def _path(self, at: int) -> tuple[Path, int]:
        parts: list[str] = []
        while name := self._name(at):
            parts.append(name)
            at += 1
            if not (self._symbol(at, ".") and self._name(at + 1)):
                break
            at += 1
        return tuple(parts), at

    def _name(self, at: int) -> str:
        token = self._tokens[at] if at < len(self._tokens) else None
        return token.text.lower() if token is not None and token.kind in (TokenKind.WORD, TokenKind.QUOTED) else ""

    def _upper(self, at: int) -> str:
        return self._tokens[at].upper if at < len(self._tokens) else ""

    def _symbol(self, at: int, text: str) -> bool:
        return at < len(self._tokens) and self._tokens[at].is_symbol(text)
