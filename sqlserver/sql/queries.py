"""Reads the outline of a query: WITH, set operations, VALUES and the clauses of SELECT, which may begin with FROM."""

from __future__ import annotations

from dataclasses import dataclass

from sqlserver.sql.expressions import read_brackets, read_expression, read_item, read_list, starts_query
from sqlserver.sql.keywords import SET_WORDS
from sqlserver.sql.outline import (
    Cte,
    Function,
    Leaf,
    Node,
    Opaque,
    Query,
    Run,
    Select,
    SelectItem,
    SetOperation,
    Values,
    Window,
    With,
)
from sqlserver.sql.relations import read_from
from sqlserver.sql.source import Source
from sqlserver.sql.tokens import TokenKind

_CLAUSES = ("SELECT", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY", "USING")
_TAIL = ("ORDER", "LIMIT", "OFFSET", "FETCH", "FOR")


def read_query(source: Source, at: int, end: int) -> Query:
    """The query between two token indices. Raises 42601 where the outline does not close."""
    if at >= end:
        raise source.fault(end)
    start = source.tokens[at].start
    with_: With | None = None
    if source.upper(at) == "WITH":
        with_, at = read_with(source, at, end)
    tail = _tail_start(source, at, end)
    body = _read_body(source, at, tail)
    order, limits = _read_tail(source, tail, end)
    return Query(start, source.tokens[end - 1].end, with_, body, order, limits)


def read_with(source: Source, at: int, end: int) -> tuple[With, int]:
    start = source.tokens[at].start
    at += 1
    recursive = source.upper(at) == "RECURSIVE" and not source.is_symbol(at + 1, "(")
    at += recursive
    ctes: list[Cte] = []
    while True:
        name_at = at
        while at < end and source.upper(at) != "AS":
            at = source.after(at)
        at += 1
        if source.upper(at) == "NOT":
            at += 1
        if source.upper(at) == "MATERIALIZED":
            at += 1
        if at >= end or not source.is_symbol(at, "("):
            raise source.fault(min(at, end))
        close = source.closing[at]
        body = source.read_query(source, at + 1, close) if starts_query(source, at) else None
        name = source.tokens[name_at]
        folded = name.text.lower()
        ctes.append(Cte(name.start, source.tokens[close].end, folded, body))
        at = close + 1
        if not source.is_symbol(at, ","):
            return With(start, source.tokens[at - 1].end, recursive, tuple(ctes)), at
        at += 1


def _tail_start(source: Source, at: int, end: int) -> int:
    cases = 0
    while at < end:
        word = source.upper(at)
        cases += (word == "CASE") - (word == "END")
        if word in _TAIL and cases <= 0 and (word != "ORDER" or source.upper(at + 1) == "BY"):
            return at
        at = source.after(at)
    return end


def _read_tail(source: Source, at: int, end: int) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    order: tuple[Node, ...] = ()
    limits: list[Node] = []
    while at < end:
        word = source.upper(at)
        stop = _tail_start(source, at + 1, end)
        if word == "ORDER":
            order = read_list(source, at + 2, stop)
        else:
            limits.extend(read_list(source, at + 1, stop))
        at = stop
    return order, tuple(limits)


def _read_body(source: Source, at: int, end: int) -> Node:
    arms: list[Node] = []
    start = at
    arm = at
    while at < end:
        star = source.is_symbol(at - 1, "*") and source.is_symbol(at + 1, "(") and not starts_query(source, at + 1)
        if source.upper(at) in SET_WORDS and not (source.upper(at) == "EXCEPT" and star):
            arms.append(_read_arm(source, arm, at))
            at += 1
            while source.upper(at) in ("ALL", "DISTINCT", "BY", "NAME"):
                at += 1
            arm = at
        else:
            at = source.after(at)
    arms.append(_read_arm(source, arm, end))
    if len(arms) == 1:
        return arms[0]
    return SetOperation(source.tokens[start].start, source.tokens[end - 1].end, tuple(arms))


def _read_arm(source: Source, at: int, end: int) -> Node:
    if at >= end:
        raise source.fault(end)
    word = source.upper(at)
    start, last = source.tokens[at].start, source.tokens[end - 1].end
    if source.is_symbol(at, "(") and source.after(at) == end:
        return read_query(source, at + 1, end - 1)
    if word == "VALUES":
        return Values(start, last, read_list(source, at + 1, end))
    if word in ("SELECT", "FROM"):
        return _read_select(source, at, end)
    if word == "WITH":
        return read_query(source, at, end)
    place = {"TABLE": "TABLE", "": "this query"}.get(word, word)
    return Opaque(start, last, place, _loose_parts(source, at, end))


def _loose_parts(source: Source, at: int, end: int) -> tuple[Node, ...]:
    parts: list[Node] = []
    while at < end:
        node, after = read_item(source, at, end)
        parts.append(node)
        at = max(after, at) + 1
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class _Clause:
    word: str
    at: int
    """The token after the clause's keyword."""
    end: int


def _clauses(source: Source, at: int, end: int) -> dict[str, _Clause]:
    found: dict[str, _Clause] = {}
    current: tuple[str, int] | None = None
    while at <= end:
        word = source.upper(at) if at < end else "END OF BLOCK"
        if word in _CLAUSES or at == end:
            words = _clause_length(source, at, word)
            if at == end or words:
                if current is not None:
                    if current[0] in found:
                        raise source.fault(current[1] - 1)
                    found[current[0]] = _Clause(current[0], current[1], at)
                if at == end:
                    break
                current = (word, at + words)
                at += words
                continue
        at = source.after(at)
    return found


def _clause_length(source: Source, at: int, word: str) -> int:
    """How many tokens the clause's keyword takes; 0 where the word is no clause here."""
    if word == "GROUP":
        return 2 if source.upper(at + 1) == "BY" else 0
    if word == "USING":
        return 2 if source.upper(at + 1) == "SAMPLE" else 0
    if word == "FROM":
        distinct = source.upper(at - 1) == "DISTINCT" and source.upper(at - 2) in ("IS", "NOT")
        return 0 if distinct else 1
    return 1


def _read_select(source: Source, at: int, end: int) -> Select:
    clauses = _clauses(source, at, end)
    start, last = source.tokens[at].start, source.tokens[end - 1].end
    distinct_on, items = _read_items(source, clauses.get("SELECT"))
    from_clause = clauses.get("FROM")
    from_ = None if from_clause is None else read_from(source, from_clause.at, from_clause.end)
    group_clause = clauses.get("GROUP")
    group: tuple[Node, ...] = ()
    group_all = False
    if group_clause is not None:
        group_all = source.upper(group_clause.at) == "ALL" or (
            source.is_symbol(group_clause.at, "*") and group_clause.end == group_clause.at + 1
        )
        group = () if group_all else read_list(source, group_clause.at, group_clause.end)
    window_clause = clauses.get("WINDOW")
    return Select(
        start,
        last,
        distinct_on,
        items,
        from_,
        _condition(source, clauses.get("WHERE")),
        group_clause is not None,
        group_all,
        group,
        _condition(source, clauses.get("HAVING")),
        () if window_clause is None else _read_windows(source, window_clause),
        _condition(source, clauses.get("QUALIFY")),
        "USING" in clauses,
        _span(source, window_clause),
        _span(source, group_clause),
    )


def _span(source: Source, clause: _Clause | None) -> tuple[int, int] | None:
    if clause is None or clause.at >= clause.end:
        return None
    return source.tokens[clause.at].start, source.tokens[clause.end - 1].end


def _condition(source: Source, clause: _Clause | None) -> Node | None:
    if clause is None:
        return None
    node, after = read_expression(source, clause.at, clause.end)
    if after < clause.end or node.start == node.end:
        raise source.fault(after)
    return node


def _read_windows(source: Source, clause: _Clause) -> tuple[Node, ...]:
    found: list[Node] = []
    at = clause.at
    while at < clause.end:
        if source.is_symbol(at, "("):
            group = read_brackets(source, at)
            found.append(Window(group.start, group.end, group.children))
        at = source.after(at)
    return tuple(found)


def _read_items(source: Source, clause: _Clause | None) -> tuple[tuple[Node, ...], tuple[SelectItem, ...]]:
    if clause is None:
        return (), ()
    at, end = clause.at, clause.end
    distinct_on: tuple[Node, ...] = ()
    if source.upper(at) == "ALL":
        at += 1
    if source.upper(at) == "DISTINCT":
        at += 1
        if source.upper(at) == "ON" and source.is_symbol(at + 1, "("):
            distinct_on = read_list(source, at + 2, source.closing[at + 1])
            at = source.after(at + 1)
    items: list[SelectItem] = []
    while at < end:
        item, at = _read_select_item(source, at, end)
        items.append(item)
        at += 1
    return distinct_on, tuple(items)


def _read_select_item(source: Source, at: int, end: int) -> tuple[SelectItem, int]:
    start = source.tokens[at].start
    alias: str | None = None
    named = source.tokens[at].kind in (TokenKind.WORD, TokenKind.QUOTED, TokenKind.STRING)
    if named and source.is_symbol(at + 1, ":"):
        alias = source.tokens[at].text
        at += 2
    expression, at = read_expression(source, at, end, alias=True)
    if alias is None and at < end and not source.is_symbol(at, ","):
        if source.upper(at) == "AS":
            at += 1
        if at >= end:
            raise source.fault(at)
        if source.tokens[at].kind not in (TokenKind.WORD, TokenKind.QUOTED, TokenKind.STRING):
            raise source.fault(at)
        alias = source.tokens[at].text
        at += 1
    if at < end and not source.is_symbol(at, ","):
        raise source.fault(at)
    last = source.tokens[at - 1].end
    return SelectItem(start, last, expression, alias, _is_star(expression)), at


def _is_star(expression: Node) -> bool:
    """``*``, ``t.*`` and ``COLUMNS(…)``: items that give any number of columns."""
    first = expression.parts[0] if isinstance(expression, Run) and expression.parts else expression
    if isinstance(first, Function):
        return first.name == "columns"
    if isinstance(first, Leaf) and first.token.is_symbol("*"):
        return True
    if isinstance(expression, Run):
        stars = (part for part in expression.parts if isinstance(part, Leaf) and part.token.is_symbol("*"))
        dots = [part for part in expression.parts if isinstance(part, Leaf) and part.token.is_symbol(".")]
        return any(dot.end <= star.start and star.start - dot.end < 1 for star in stars for dot in dots)
    return False
