"""Reads the outline of a FROM clause: comma lists, joins, brackets, LATERAL, function calls and aliases."""

from __future__ import annotations

from sqlserver.sql.expressions import leaf, read_expression, read_function, starts_query
from sqlserver.sql.keywords import JOIN_WORDS, NOT_FUNCTIONS
from sqlserver.sql.outline import From, Group, Join, JoinTree, Node, Relation
from sqlserver.sql.source import Source
from sqlserver.sql.tokens import TokenKind


def read_from(source: Source, at: int, end: int) -> From:
    """The relations between two token indices, the word FROM not among them."""
    trees: list[JoinTree] = []
    start = at
    while at < end:
        stop = at
        while stop < end and not source.is_symbol(stop, ","):
            stop = source.after(stop)
        trees.append(_read_tree(source, at, stop))
        at = stop + 1
    if not trees:
        raise source.fault(end)
    return From(source.tokens[start].start, source.tokens[end - 1].end, tuple(trees))


def _read_tree(source: Source, at: int, end: int) -> JoinTree:
    start = at
    stop = _next_join(source, at, end)
    first = _read_relation(source, at, stop)
    joins: list[Join] = []
    at = stop
    while at < end:
        word_at = at
        words: list[str] = []
        while source.upper(at) in JOIN_WORDS:
            words.append(source.upper(at))
            at += 1
        stop = _next_join(source, at, end)
        condition = _find(source, at, stop, ("ON", "USING"))
        relation = _read_relation(source, at, condition)
        on: Node | None = None
        if condition < stop and source.upper(condition) == "ON":
            on, after = read_expression(source, condition + 1, stop)
            if after < stop:
                raise source.fault(after)
        joins.append(Join(source.tokens[word_at].start, source.tokens[stop - 1].end, tuple(words), relation, on))
        at = stop
    if start >= end:
        raise source.fault(start)
    return JoinTree(source.tokens[start].start, source.tokens[end - 1].end, first, tuple(joins))


def _next_join(source: Source, at: int, end: int) -> int:
    while at < end:
        stop = at
        while source.upper(stop) in JOIN_WORDS and stop < end:
            if source.upper(stop) == "JOIN":
                return at
            stop += 1
        at = source.after(at)
    return end


def _find(source: Source, at: int, end: int, words: tuple[str, ...]) -> int:
    while at < end and source.upper(at) not in words:
        at = source.after(at)
    return at


def _read_relation(source: Source, at: int, end: int) -> Relation:
    if at >= end:
        raise source.fault(at)
    start, last = source.tokens[at].start, source.tokens[end - 1].end
    lateral = source.upper(at) == "LATERAL"
    at += lateral
    rest: list[Node] = []
    if source.is_symbol(at, "(") and at < end:
        if starts_query(source, at):
            query = source.read_query(source, at + 1, source.closing[at])
            rest.extend(_read_rest(source, source.after(at), end))
            return Relation(start, last, query, None, tuple(rest), lateral)
        nested = read_from(source, at + 1, source.closing[at])
        rest.extend(_read_rest(source, source.after(at), end))
        return Relation(start, last, None, nested, tuple(rest), lateral)
    return Relation(start, last, None, None, tuple(_read_rest(source, at, end)), lateral)


def _read_rest(source: Source, at: int, end: int) -> list[Node]:
    """Names, aliases, column lists, table functions. Only a function's own brackets hold expressions."""
    parts: list[Node] = []
    named = False
    while at < end:
        token = source.tokens[at]
        callable_name = token.kind in (TokenKind.WORD, TokenKind.QUOTED) and source.upper(at) not in NOT_FUNCTIONS
        if not named and callable_name and source.is_symbol(at + 1, "(") and at + 1 < end:
            name = source.tokens[at]
            close = source.closing[at + 1]
            if name.text.lower() in source.operators.by_function:
                # a scalar function in FROM stays the engine's to refuse
                parts.append(Group(source.tokens[at + 1].start, source.tokens[close].end, "(", ()))
                at = close + 1
            else:
                node, at = read_function(source, at)
                parts.append(node)
            named = True
        elif source.is_symbol(at, "("):
            close = source.closing[at]
            words = [source.upper(n) for n in range(at + 1, close)]
            inner: tuple[Node, ...] = ()
            if "FOR" in words or source.upper(at - 1) in ("PIVOT", "UNPIVOT"):
                inner = (read_expression(source, at + 1, close)[0],)
            parts.append(Group(token.start, source.tokens[close].end, "(", inner))
            at = close + 1
        else:
            named = named or not (source.is_symbol(at + 1, ".") or source.is_symbol(at, "."))
            parts.append(leaf(source, at))
            at += 1
    return parts
