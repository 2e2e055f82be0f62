"""Reads the outline of a whole statement: queries, and the statements a query or an expression can stand in."""

from __future__ import annotations

from sqlserver.sql.expressions import read_expression, read_item, read_list, starts_query
from sqlserver.sql.keywords import QUERY_STARTS
from sqlserver.sql.outline import Change, Group, Leaf, Node, Opaque, Query, Relation, With, Wrapped
from sqlserver.sql.queries import read_query, read_with
from sqlserver.sql.relations import read_from
from sqlserver.sql.source import Source

Statement = Query | Change | Wrapped | Opaque

_CHANGE_CLAUSES = ("SET", "FROM", "USING", "WHERE", "RETURNING")


def read_statement(source: Source) -> Statement:
    """The outline of the one statement in ``source``; Opaque for those a call cannot stand in."""
    end = len(source.tokens)
    while end and source.is_symbol(end - 1, ";"):
        end -= 1
    at = 0
    with_: With | None = None
    word = source.upper(0)
    if word == "WITH":
        with_, at = read_with(source, 0, end)
        word = source.upper(at)
    if word in ("UPDATE", "DELETE"):
        return _read_change(source, at, end, word, with_)
    if word == "INSERT":
        return _read_insert(source, at, end, with_)
    if word == "CREATE":
        return _read_create(source, end)
    if word == "COPY":
        return _read_copy(source, end)
    if word in QUERY_STARTS or source.is_symbol(0, "("):
        return read_query(source, 0, end)
    return Opaque(source.tokens[0].start, source.tokens[end - 1].end, word or "this statement", _parts(source, 0, end))


def _parts(source: Source, at: int, end: int) -> tuple[Node, ...]:
    """Anything, as expressions and single tokens; a name before brackets is no call where it names a thing to make."""
    parts: list[Node] = []
    while at < end:
        if _names_a_thing(source, at):
            close = source.after(at + 1)
            parts.append(Group(source.tokens[at].start, source.tokens[close - 1].end, "(", _inner(source, at + 1)))
            at = close
            continue
        node, after = read_item(source, at, min(_next_thing(source, at + 1, end), end))
        if after > at:
            parts.append(node)
        at = max(after, at + 1)
    return tuple(parts)


_THING_WORDS = frozenset(
    (
        "TABLE",
        "INTO",
        "EXISTS",
        "ON",
        "REFERENCES",
        "MACRO",
        "FUNCTION",
        "VIEW",
        "INDEX",
        "TYPE",
        "UPDATE",
        "FROM",
        "JOIN",
    )
)


def _names_a_thing(source: Source, at: int) -> bool:
    return source.is_symbol(at + 1, "(") and source.upper(at - 1) in _THING_WORDS and not source.is_symbol(at, "(")


def _next_thing(source: Source, at: int, end: int) -> int:
    while at < end and not _names_a_thing(source, at):
        at = source.after(at)
    return at


def _inner(source: Source, opening: int) -> tuple[Node, ...]:
    close = source.closing[opening]
    return _parts(source, opening + 1, close)


def _read_insert(source: Source, at: int, end: int, with_: With | None) -> Statement:
    start = at
    while at < end:
        if source.upper(at) in QUERY_STARTS - {"TABLE"} or (source.is_symbol(at, "(") and starts_query(source, at)):
            break
        at = source.after(at)
    if at >= end or source.upper(at) in ("SHOW", "DESCRIBE", "SUMMARIZE"):
        return Opaque(source.tokens[0].start, source.tokens[end - 1].end, "INSERT", ())
    stop = _query_end(source, at, end)
    others = () if stop >= end else (_opaque(source, stop, end, "ON CONFLICT and RETURNING"),)
    query = read_query(source, at, stop)
    first = source.tokens[0].start if with_ is not None else source.tokens[start].start
    return Wrapped(first, source.tokens[end - 1].end, "INSERT", with_, query, others)


def _query_end(source: Source, at: int, end: int) -> int:
    while at < end:
        conflict = source.upper(at) == "ON" and source.upper(at + 1) == "CONFLICT"
        if conflict or source.upper(at) == "RETURNING":
            return at
        at = source.after(at)
    return end


def _opaque(source: Source, at: int, end: int, place: str) -> Opaque:
    return Opaque(source.tokens[at].start, source.tokens[end - 1].end, place, _parts(source, at, end))


def _read_create(source: Source, end: int) -> Statement:
    words = [source.upper(n) for n in range(min(end, 8))]
    thing = next((word for word in words[1:] if word not in ("OR", "REPLACE", "TEMP", "TEMPORARY", "PERSISTENT")), "")
    start, last = source.tokens[0].start, source.tokens[end - 1].end
    at = 0
    if thing == "TABLE":
        while at < end and not (source.upper(at) == "AS" and _begins_query(source, at + 1)):
            at = source.after(at)
        if at < end:
            stop = end
            if source.upper(end - 1) == "DATA" and source.upper(end - 2) in ("WITH", "NO"):
                stop = end - 2 if source.upper(end - 2) == "WITH" else end - 3
            others = tuple(_opaque(source, s, e, "CREATE TABLE") for s, e in ((0, at), (stop, end)) if s < e)
            return Wrapped(start, last, "CREATE TABLE AS", None, read_query(source, at + 1, stop), others)
    return Opaque(start, last, f"CREATE {thing}".strip(), _parts(source, 0, end))


def _begins_query(source: Source, at: int) -> bool:
    return source.upper(at) in QUERY_STARTS or (source.is_symbol(at, "(") and starts_query(source, at))


def _read_copy(source: Source, end: int) -> Statement:
    start, last = source.tokens[0].start, source.tokens[end - 1].end
    if source.is_symbol(1, "(") and starts_query(source, 1):
        close = source.closing[1]
        return Wrapped(start, last, "COPY", None, read_query(source, 2, close), ())
    return Opaque(start, last, "COPY", ())


def _read_change(source: Source, at: int, end: int, command: str, with_: With | None) -> Statement:
    first = source.tokens[0].start if with_ is not None else source.tokens[at].start
    target_at = at + 1 + (command == "DELETE")
    marks: list[tuple[str, int]] = []
    scan = target_at
    while scan < end:
        word = source.upper(scan)
        distinct = word == "FROM" and source.upper(scan - 1) == "DISTINCT"
        if word in _CHANGE_CLAUSES and not distinct:
            marks.append((word, scan))
        scan = source.after(scan)
    marks.append(("", end))
    if marks[0][1] <= target_at:
        raise source.fault(marks[0][1])
    spans = {word: (begin + 1, marks[n + 1][1]) for n, (word, begin) in enumerate(marks[:-1])}
    where: Node | None = None
    if "WHERE" in spans:
        where, after = read_expression(source, *spans["WHERE"])
        if after < spans["WHERE"][1]:
            raise source.fault(after)
    sources_span = spans.get("FROM" if command == "UPDATE" else "USING")
    return Change(
        first,
        source.tokens[end - 1].end,
        command,
        with_,
        _target(source, target_at, marks[0][1]),
        None if sources_span is None else read_from(source, *sources_span),
        _read_assignments(source, *spans["SET"]) if "SET" in spans else (),
        where,
        read_list(source, *spans["RETURNING"]) if "RETURNING" in spans else (),
    )


def _read_assignments(source: Source, at: int, end: int) -> tuple[Node, ...]:
    """The expressions right of each ``column =``."""
    found: list[Node] = []
    while at < end:
        while at < end and not source.is_symbol(at, "="):
            at = source.after(at)
        node, at = read_expression(source, at + 1, end)
        found.append(node)
        if at < end and not source.is_symbol(at, ","):
            raise source.fault(at)
        at += 1
    return tuple(found)


def _target(source: Source, at: int, end: int) -> Relation:
    parts = tuple(Leaf(t.start, t.end, t) for t in source.tokens[at:end])
    return Relation(parts[0].start, parts[-1].end, None, None, parts)
