"""Where a call is evaluated: the rows that reach it, as SQL.

A frame is one point of a query block's evaluation (before WHERE is done, after it, after GROUP BY, …). Its ``rows``
give any expressions over exactly the rows, or more, that the engine looks at there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sqlserver.plan.semantic.functions import holds_aggregate
from sqlserver.plan.semantic.splice import Filter, Splicer
from sqlserver.sql.outline import Call, Leaf, Node, SelectItem, With
from sqlserver.sql.quote import quote_identifier
from sqlserver.sql.tokens import Token, TokenKind, tokenize

RowsText = Callable[[Splicer], str]
"""A FROM list as SQL, without the word."""


NO_FILTER = Filter((), ())


@dataclass(frozen=True, slots=True)
class CteLevel:
    """The first ``visible`` common table expressions of one WITH."""

    with_: With
    visible: int


@dataclass(frozen=True, slots=True)
class Environment:
    """What encloses a query: WITH clauses, and the rows of outer queries that it may refer to; the outermost first."""

    ctes: tuple[CteLevel, ...] = ()
    outers: tuple[RowsText, ...] = ()

    def inside(self, rows: RowsText | None) -> Environment:
        return self if rows is None else Environment(self.ctes, (*self.outers, rows))


@dataclass(frozen=True, slots=True)
class Scope:
    """One query block. ``unstable``: a sample or volatile predicate picks its rows.

    ``from_rows`` is the FROM clause (None: there is none), ``outer_rows`` the same as one join tree, for subqueries.
    """

    environment: Environment
    from_rows: RowsText | None
    outer_rows: RowsText | None = None
    aliases: Mapping[str, SelectItem] = field(default_factory=dict)
    order: tuple[SelectItem, ...] = ()
    identity: int = 0
    unstable: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """``group_by`` None: rows before GROUP BY. ``before_group`` is where aggregates' arguments are evaluated.

    ``group_keys`` are the normal forms of grouping expressions: what equals one is evaluated with the keys.
    """

    scope: Scope
    where: Filter = NO_FILTER
    group_by: RowsText | None = None
    group_nodes: tuple[Node, ...] = ()
    having: Filter = NO_FILTER
    window: RowsText | None = None
    qualify: Filter = NO_FILTER
    before_group: Frame | None = None
    before_qualify: Frame | None = None
    group_keys: frozenset[tuple[str, ...]] = frozenset()

    @property
    def stage(self) -> str:
        """Which expressions mean the same here: those without aggregates and windows mean it everywhere."""
        return "rows" if self.before_group is None and self.group_by is None else "groups"

    def conditions(self) -> tuple[Node, ...]:
        filters = (self.where, self.having, self.qualify)
        return tuple(node for f in filters for node in (*f.cheap, *f.borrowed, *f.semantic))

    def rows(self, splicer: Splicer, columns: Sequence[str], mentioned: Sequence[Node], *, grouped: bool) -> str:
        """``columns`` over this frame's rows. Aliases that ``mentioned`` nodes may mean are carried along, so that
        the engine resolves names as it does in the statement itself (column first, then alias)."""
        aliases = self._aliases(splicer, mentioned, grouped=grouped)
        parts = ["SELECT", ", ".join((*aliases, *columns))]
        if self.scope.from_rows is not None:
            parts.extend(("FROM", self.scope.from_rows(splicer)))
        if self.where != NO_FILTER:
            parts.extend(("WHERE", splicer.filter_text(_with_borrowed(self.where))))
        if self.group_by is not None:
            keys = self.group_by(splicer)
            parts.extend(("GROUP BY", keys) if keys else ())
        if self.having != NO_FILTER:
            parts.extend(("HAVING", splicer.filter_text(self.having)))
        if self.window is not None:
            parts.extend(("WINDOW", self.window(splicer)))
        if self.qualify != NO_FILTER:
            # DuckDB wants a window function in a QUALIFY, and the conjuncts at hand may hold none
            parts.extend(("QUALIFY", f"row_number() OVER () > 0 AND {splicer.filter_text(self.qualify)}"))
        return " ".join(parts)

    def _aliases(self, splicer: Splicer, mentioned: Sequence[Node], *, grouped: bool) -> list[str]:
        wanted: set[str] = set()
        waiting = [*mentioned, *self.conditions(), *self.group_nodes]
        while waiting:
            for name in mentioned_names(splicer, waiting.pop()):
                item = self.scope.aliases.get(name)
                if item is None or name in wanted or (holds_aggregate(item.expression) and not grouped):
                    continue
                if any(isinstance(n, Call) and n not in splicer.tables for n in _walk_calls(item)):
                    continue
                wanted.add(name)
                waiting.append(item.expression)
        return [
            f"{splicer.text(item.expression)} AS {quote_identifier(item.alias or '')}"
            for item in self.scope.order
            if item.alias is not None and item.alias.lower() in wanted
        ]


def _with_borrowed(parts: Filter) -> Filter:
    """Borrowed conjuncts guard in the final query; in an input query they are plain conditions."""
    return replace(parts, cheap=(*parts.cheap, *parts.borrowed), borrowed=())


def _walk_calls(node: Node) -> list[Call]:
    if isinstance(node, Call):
        return [node]
    return [call for child in node.children for call in _walk_calls(child)]


def mentioned_names(splicer: Splicer, node: Node) -> set[str]:
    """Every name in the node's text that could be a column or alias, lower case; qualified ones left out."""
    return bare_names(tokenize(splicer.statement.sql[node.start : node.end]))


def qualifiers(splicer: Splicer, node: Node) -> set[str]:
    """The names before a dot in the node's text, lower case."""
    tokens = tokenize(splicer.statement.sql[node.start : node.end])
    return {token.text.lower() for token, dot in pairwise(tokens) if dot.is_symbol(".")}


def bare_names(tokens: Sequence[Token]) -> set[str]:
    return {
        token.text.lower()
        for n, token in enumerate(tokens)
        if token.kind in (TokenKind.WORD, TokenKind.QUOTED) and not (n and tokens[n - 1].is_symbol("."))
    }


def normal_form(splicer: Splicer, node: Node) -> tuple[str, ...]:
    """The node's tokens, words in lower case: two expressions that differ only in blanks, comments and case are one."""
    return tuple(
        token.text.lower() if token.kind is TokenKind.WORD else f"{token.kind}{token.text}"
        for token in tokenize(splicer.statement.sql[node.start : node.end])
    )


def ordinal(node: Node) -> int | None:
    if isinstance(node, Leaf) and node.token.kind is TokenKind.NUMBER and node.token.text.isdigit():
        return int(node.token.text)
    return None
