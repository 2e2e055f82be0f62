"""The outline of a statement: the nodes that decide where a semantic call stands, each with its span in the text.

The outline keeps what answering calls outside the engine depends on (queries, their clauses, joins, AND/OR/NOT, CASE,
function calls, subqueries) and leaves everything between those nodes as the client wrote it: rewriting is splicing
spans, so the rest of a statement reaches the engine byte for byte.

Offsets count characters from 0, ``end`` exclusive. Nodes compare by identity. ``children`` stand in text order and
never overlap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlserver.core.operators import Operator
from sqlserver.sql.tokens import Token, TokenKind


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    start: int
    end: int

    @property
    def children(self) -> tuple[Node, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Leaf(Node):
    token: Token


@dataclass(frozen=True, slots=True, eq=False)
class Run(Node):
    """Parts side by side: operands and the operators between them."""

    parts: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.parts


@dataclass(frozen=True, slots=True, eq=False)
class Logic(Node):
    """``word`` is AND or OR."""

    word: str
    arms: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.arms


@dataclass(frozen=True, slots=True, eq=False)
class Negation(Node):
    arm: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.arm,)


@dataclass(frozen=True, slots=True, eq=False)
class Case(Node):
    operand: Node | None
    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None

    @property
    def children(self) -> tuple[Node, ...]:
        pairs = tuple(node for branch in self.branches for node in branch)
        return tuple(node for node in (self.operand, *pairs, self.otherwise) if node is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Function(Node):
    """``name`` is lower case, without its schema. ``rest`` is what stands beside the arguments: ORDER BY, FILTER, OVER.

    ``over`` holds the window's own brackets, where there are any; ``windowed`` is true also for ``OVER name``.
    """

    name: str
    arguments: tuple[Node, ...]
    rest: tuple[Node, ...]
    windowed: bool = False

    @property
    def children(self) -> tuple[Node, ...]:
        return (*self.arguments, *self.rest)


@dataclass(frozen=True, slots=True, eq=False)
class Window(Node):
    """The brackets after OVER, or a definition of the WINDOW clause."""

    parts: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.parts


@dataclass(frozen=True, slots=True, eq=False)
class Group(Node):
    """Brackets around expressions. ``comprehension`` is ``[x for x in list]``."""

    opening: str
    parts: tuple[Node, ...]
    comprehension: bool = False

    @property
    def children(self) -> tuple[Node, ...]:
        return self.parts


@dataclass(frozen=True, slots=True, eq=False)
class Lambda(Node):
    parts: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.parts


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    """A use of an operator. ``word`` is the offset an error points at; ``typed_name`` None for the infix form."""

    operator: Operator
    arguments: tuple[Node, ...]
    word: int
    negated: bool = False
    typed_name: str | None = None

    @property
    def children(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True, slots=True, eq=False)
class TraceOf(Node):
    """``trace_of(call)``."""

    call: Call

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.call,)


@dataclass(frozen=True, slots=True, eq=False)
class Subquery(Node):
    """A query in brackets. ``quantifier`` is what stands before it: '', EXISTS, ARRAY, IN, ANY, ALL, SOME."""

    query: Query

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.query,)


@dataclass(frozen=True, slots=True, eq=False)
class Cte(Node):
    """``name [(columns)] AS [[NOT] MATERIALIZED] (body)``. ``body`` None: not a query (a data-changing statement)."""

    name: str
    body: Query | None

    @property
    def children(self) -> tuple[Node, ...]:
        return () if self.body is None else (self.body,)


@dataclass(frozen=True, slots=True, eq=False)
class With(Node):
    recursive: bool
    ctes: tuple[Cte, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.ctes


@dataclass(frozen=True, slots=True, eq=False)
class Query(Node):
    """A query with its tail. ``body`` is a Select, Values, SetOperation or a Query in brackets.

    ``order`` and ``limits`` are the tail's expressions; for a plain SELECT the order belongs to it.
    """

    with_: With | None
    body: Node
    order: tuple[Node, ...]
    limits: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        head = () if self.with_ is None else (self.with_,)
        return (*head, self.body, *self.order, *self.limits)


@dataclass(frozen=True, slots=True, eq=False)
class SetOperation(Node):
    arms: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.arms


@dataclass(frozen=True, slots=True, eq=False)
class Values(Node):
    rows: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.rows


@dataclass(frozen=True, slots=True, eq=False)
class Opaque(Node):
    """Text whose structure is not read. ``place`` names it in an error about a call inside."""

    place: str
    parts: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.parts


@dataclass(frozen=True, slots=True, eq=False)
class Relation(Node):
    """One table, subquery, function call or join in brackets of a FROM clause, with its alias."""

    subquery: Query | None
    nested: From | None
    rest: tuple[Node, ...]
    lateral: bool = False

    @property
    def children(self) -> tuple[Node, ...]:
        head: tuple[Node, ...] = () if self.subquery is None else (self.subquery,)
        middle: tuple[Node, ...] = () if self.nested is None else (self.nested,)
        return tuple(sorted((*head, *middle, *self.rest), key=lambda node: node.start))


@dataclass(frozen=True, slots=True, eq=False)
class Join(Node):
    """``words`` are upper case (``("LEFT", "JOIN")``). The span runs from the first word to the end of ON or USING."""

    words: tuple[str, ...]
    relation: Relation
    on: Node | None

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.relation,) if self.on is None else (self.relation, self.on)


@dataclass(frozen=True, slots=True, eq=False)
class JoinTree(Node):
    first: Relation
    joins: tuple[Join, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.first, *self.joins)


@dataclass(frozen=True, slots=True, eq=False)
class From(Node):
    """The relations after the word FROM, without it."""

    trees: tuple[JoinTree, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.trees


@dataclass(frozen=True, slots=True, eq=False)
class SelectItem(Node):
    """``alias`` None: unnamed. ``star``: ``*``, ``t.*`` or ``COLUMNS(…)`` and what follows them."""

    expression: Node
    alias: str | None
    star: bool = False

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.expression,)


@dataclass(frozen=True, slots=True, eq=False)
class Select(Node):
    """One SELECT block. ``group_all`` is GROUP BY ALL; ``sample`` a USING SAMPLE clause."""

    distinct_on: tuple[Node, ...]
    items: tuple[SelectItem, ...]
    from_: From | None
    where: Node | None
    grouped: bool
    group_all: bool
    group: tuple[Node, ...]
    having: Node | None
    windows: tuple[Node, ...]
    qualify: Node | None
    sample: bool
    windows_span: tuple[int, int] | None
    group_span: tuple[int, int] | None

    @property
    def children(self) -> tuple[Node, ...]:
        single = tuple(node for node in (self.from_, self.where, self.having, self.qualify) if node is not None)
        nodes = (*self.distinct_on, *self.items, *self.group, *self.windows, *single)
        return tuple(sorted(nodes, key=lambda node: node.start))


@dataclass(frozen=True, slots=True, eq=False)
class Change(Node):
    """UPDATE or DELETE. ``target`` is the table with its alias, ``sources`` the FROM or USING clause."""

    command: str
    with_: With | None
    target: Relation
    sources: From | None
    assignments: tuple[Node, ...]
    where: Node | None
    returning: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        single = tuple(node for node in (self.with_, self.sources, self.where) if node is not None)
        nodes = (*single, self.target, *self.assignments, *self.returning)
        return tuple(sorted(nodes, key=lambda node: node.start))


@dataclass(frozen=True, slots=True, eq=False)
class Wrapped(Node):
    """A statement around one query: INSERT, CREATE TABLE AS, COPY. ``others`` are its parts where no call may stand."""

    command: str
    with_: With | None
    query: Query
    others: tuple[Opaque, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        head = () if self.with_ is None else (self.with_,)
        return tuple(sorted((*head, self.query, *self.others), key=lambda node: node.start))


def walk(node: Node) -> Iterator[Node]:
    """``node`` and everything below it, in text order, a parent before its children."""
    yield node
    for child in node.children:
        yield from walk(child)


def calls_in(node: Node) -> list[Call]:
    return [found for found in walk(node) if isinstance(found, Call)]


def is_name(node: Node) -> bool:
    return isinstance(node, Leaf) and node.token.kind in (TokenKind.WORD, TokenKind.QUOTED)
