"""Reads the outline of expressions: logic, CASE, calls, brackets, subqueries; the rest stays leaves in runs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.sql.infix import as_node, ends_operand, fold_infix, match_infix
from sqlserver.sql.keywords import NOT_FUNCTIONS, QUERY_STARTS, RESERVED, SEPARATORS, SET_WORDS, TWO_WORD_TYPES
from sqlserver.sql.operator_calls import read_operator_call, read_trace_of
from sqlserver.sql.outline import (
    Case,
    Function,
    Group,
    Lambda,
    Leaf,
    Logic,
    Negation,
    Node,
    Run,
    Subquery,
    Window,
    is_name,
)
from sqlserver.sql.source import Source
from sqlserver.sql.tokens import TokenKind

_QUANTIFIERS = frozenset(("EXISTS", "ARRAY", "IN", "ANY", "ALL", "SOME"))


def read_expression(source: Source, at: int, end: int, *, alias: bool = False) -> tuple[Node, int]:
    """The expression from token ``at`` to the next separator or ``end``. Empty: a Run without parts.

    With ``alias`` a bare name after the last operand is left unread: the item's implicit alias.
    """
    return _read_logic(source, at, end, "OR", alias)


def read_item(source: Source, at: int, end: int) -> tuple[Node, int]:
    """Everything up to a comma: expressions and the separators between them (``x AS type``, ``d ORDER BY i DESC``)."""
    parts: list[Node] = []
    if source.is_symbol(at + 1, ":=") or source.is_symbol(at + 1, "=>"):
        parts.extend((leaf(source, at), leaf(source, at + 1)))
        at += 2
    while at < end and not source.is_symbol(at, ","):
        node, after = read_expression(source, at, end)
        if after > at:
            parts.append(node)
        if after < end and not source.is_symbol(after, ","):
            parts.append(leaf(source, after))
            after += 1
        at = after
    return _run(source, parts, at), at


def read_list(source: Source, at: int, end: int) -> tuple[Node, ...]:
    """All items between two token indices, without the commas."""
    items: list[Node] = []
    while at < end:
        node, at = read_item(source, at, end)
        items.append(node)
        at += 1
    return tuple(items)


def leaf(source: Source, at: int) -> Leaf:
    token = source.tokens[at]
    return Leaf(token.start, token.end, token)


def _run(source: Source, parts: Sequence[Node], at: int) -> Node:
    if parts:
        return as_node(parts)
    offset = source.tokens[at].start if at < len(source.tokens) else len(source.sql)
    return Run(offset, offset, ())


def _read_logic(source: Source, at: int, end: int, word: str, alias: bool) -> tuple[Node, int]:
    arms: list[Node] = []
    while True:
        if word == "OR":
            arm, at = _read_logic(source, at, end, "AND", alias)
        else:
            arm, at = _read_negation(source, at, end, alias)
        arms.append(arm)
        if at >= end or source.upper(at) != word:
            break
        at += 1
    if len(arms) == 1:
        return arms[0], at
    return Logic(arms[0].start, arms[-1].end, word, tuple(arms)), at


def _read_negation(source: Source, at: int, end: int, alias: bool) -> tuple[Node, int]:
    if at < end and source.upper(at) == "NOT":
        start = source.tokens[at].start
        arm, after = _read_negation(source, at + 1, end, alias)
        return Negation(start, arm.end, arm), after
    return _read_run(source, at, end, alias)


def _read_run(source: Source, at: int, end: int, alias: bool) -> tuple[Node, int]:
    parts: list[Node] = []
    betweens = 0
    while at < end and not _ends_run(source, at, parts, betweens):
        word = source.upper(at)
        infix = match_infix(source, at, end, parts) if word else None
        if infix is not None:
            parts.append(infix[0])
            at = infix[1]
            continue
        betweens += (word == "BETWEEN") - (word == "AND")
        part, at = _read_part(source, at, end)
        parts.append(part)
    if alias and at_alias(parts) and source.upper(at) not in ("AND", "OR"):
        parts.pop()
        at -= 1
    return _run(source, fold_infix(source, parts), at), at


def _ends_run(source: Source, at: int, parts: Sequence[Node], betweens: int) -> bool:
    token = source.tokens[at]
    if token.kind is TokenKind.SYMBOL:
        return token.text in (",", ";", ":")
    word = source.upper(at)
    following = source.upper(at + 1)
    if word in ("AND", "OR"):
        return word == "OR" or betweens == 0
    if word in ("DISTINCT", "FROM"):  # a part of IS [NOT] DISTINCT FROM
        last = parts[-1].token.upper if parts and isinstance(parts[-1], Leaf) else ""
        return not (last in ("IS", "NOT") if word == "DISTINCT" else last == "DISTINCT")
    if word == "EXCEPT":
        return not (parts and isinstance(last_part := parts[-1], Leaf) and last_part.token.is_symbol("*"))
    if word in SEPARATORS:
        return True
    return (
        (word == "NULLS" and following in ("FIRST", "LAST"))
        or (word in ("IGNORE", "RESPECT") and following == "NULLS")
        or (word == "PARTITION" and following == "BY")
        or (word == "BY" and source.upper(at - 1) in ("PARTITION", "ORDER", "GROUP"))
        or (word in ("ROWS", "RANGE", "GROUPS") and following in ("BETWEEN", "UNBOUNDED", "CURRENT"))
    )


def at_alias(parts: Sequence[Node]) -> bool:
    """Whether the last part is a bare name after an operand, not a word of a type or an interval's unit."""
    if len(parts) < 2 or not is_name(parts[-1]) or not ends_operand(parts[:-1]):
        return False
    last, before = parts[-1], parts[-2]
    last_word = last.token.upper if isinstance(last, Leaf) else ""
    before_word = before.token.upper if isinstance(before, Leaf) else ""
    earlier = parts[-3] if len(parts) > 2 else None
    earlier_word = earlier.token.upper if isinstance(earlier, Leaf) else ""
    return not (
        last_word in RESERVED
        or last_word in ("ISNULL", "NOTNULL")
        or earlier_word == "INTERVAL"
        or (before_word, last_word) in TWO_WORD_TYPES
        or (earlier_word, before_word) == ("TIME", "ZONE")
    )


def _read_part(source: Source, at: int, end: int) -> tuple[Node, int]:
    token = source.tokens[at]
    if token.kind is TokenKind.SYMBOL and token.text in ("(", "[", "{"):
        return read_brackets(source, at), source.after(at)
    word = source.upper(at)
    if word == "CASE":
        return _read_case(source, at, end)
    if word == "LAMBDA":
        return _read_lambda(source, at, end)
    if token.kind in (TokenKind.WORD, TokenKind.QUOTED) and at + 1 < end and source.is_symbol(at + 1, "("):
        bare = token.kind is TokenKind.QUOTED or source.is_symbol(at - 1, ".") or word not in NOT_FUNCTIONS
        if bare and not (word == "ARRAY" and starts_query(source, at + 1)):
            return read_function(source, at)
    return leaf(source, at), at + 1


def starts_query(source: Source, opening: int) -> bool:
    """Whether the bracket at ``opening`` holds a query: by its first word, or brackets around an arm of a UNION."""
    inner = opening + 1
    word = source.upper(inner)
    if word in QUERY_STARTS:
        return word != "VALUES" or source.is_symbol(inner + 1, "(")
    if not source.is_symbol(inner, "(") or not starts_query(source, inner):
        return False
    following = source.upper(source.after(inner))
    return following in SET_WORDS or following in ("ORDER", "LIMIT", "OFFSET")


def read_brackets(source: Source, at: int) -> Node:
    close = source.closing[at]
    start, end = source.tokens[at].start, source.tokens[close].end
    if source.is_symbol(at, "(") and starts_query(source, at):
        return Subquery(start, end, source.read_query(source, at + 1, close))
    parts: list[Node] = []
    comprehension = False
    inner = at + 1
    while inner < close:
        node, after = read_expression(source, inner, close)
        if after > inner:
            parts.append(node)
        if after < close:
            comprehension = comprehension or (source.is_symbol(at, "[") and source.upper(after) == "FOR")
            parts.append(leaf(source, after))
            after += 1
        inner = after
    return Group(start, end, source.tokens[at].text, tuple(parts), comprehension)


def _read_case(source: Source, at: int, end: int) -> tuple[Node, int]:
    start = source.tokens[at].start
    operand: Node | None = None
    otherwise: Node | None = None
    branches: list[tuple[Node, Node]] = []
    at += 1
    if source.upper(at) != "WHEN":
        operand, at = read_expression(source, at, end)
    while source.upper(at) == "WHEN":
        condition, at = read_expression(source, at + 1, end)
        if source.upper(at) != "THEN":
            raise source.fault(at)
        result, at = read_expression(source, at + 1, end)
        branches.append((condition, result))
    if source.upper(at) == "ELSE":
        otherwise, at = read_expression(source, at + 1, end)
    if at >= end or source.upper(at) != "END":
        raise source.fault(at)
    return Case(start, source.tokens[at].end, operand, tuple(branches), otherwise), at + 1


def _read_lambda(source: Source, at: int, end: int) -> tuple[Node, int]:
    start = source.tokens[at].start
    while at < end and not source.is_symbol(at, ":"):
        at += 1
    body, at = read_expression(source, at + 1, end)
    return Lambda(start, body.end, (body,)), at


def read_function(source: Source, at: int) -> tuple[Node, int]:
    """``name(arguments)`` with what may follow it: WITHIN GROUP, FILTER, OVER."""
    token = source.tokens[at]
    close = source.closing[at + 1]
    qualified = source.is_symbol(at - 1, ".")
    name = token.text.lower() if token.kind is TokenKind.WORD else token.text
    if not qualified:
        operator = source.operators.by_function.get(name)
        if operator is not None:
            items = _read_call_arguments(source, at + 2, close)
            return read_operator_call(source, at, operator, items), close + 1
        if name == "trace_of":
            node = read_trace_of(source, at, read_list(source, at + 2, close))
            if node is not None:
                return node, close + 1
    arguments = _read_arguments(source, at + 2, close)
    rest: list[Node] = []
    windowed = False
    at = close + 1
    while True:
        word, following = source.upper(at), source.upper(at + 1)
        if word == "WITHIN" and following == "GROUP" and source.is_symbol(at + 2, "("):
            rest.append(read_brackets(source, at + 2))
            at = source.after(at + 2)
        elif word == "FILTER" and source.is_symbol(at + 1, "("):
            rest.append(read_brackets(source, at + 1))
            at = source.after(at + 1)
        elif word == "OVER" and source.is_symbol(at + 1, "("):
            windowed = True
            rest.append(read_window(source, at + 1))
            at = source.after(at + 1)
        elif word == "OVER" and source.tokens[at + 1].kind in (TokenKind.WORD, TokenKind.QUOTED):
            windowed = True
            at += 2
        elif word in ("IGNORE", "RESPECT") and following == "NULLS":
            at += 2
        else:
            break
    return Function(token.start, source.tokens[at - 1].end, name, arguments, tuple(rest), windowed), at


def read_window(source: Source, at: int) -> Window:
    group = read_brackets(source, at)
    return Window(group.start, group.end, group.children)


def _read_arguments(source: Source, at: int, end: int) -> tuple[Node, ...]:
    if starts_query(source, at - 1):
        return (source.read_query(source, at, end),)
    items: list[Node] = []
    while at < end:
        arrow = _is_arrow_lambda(source, at)
        node, at = read_item(source, at, end)
        items.append(Lambda(node.start, node.end, (node,)) if arrow else node)
        at += 1
    return tuple(items)


def _read_call_arguments(source: Source, at: int, end: int) -> tuple[tuple[str | None, Node], ...]:
    """Arguments with the names given to them (``criterion => 'x'``)."""
    items: list[tuple[str | None, Node]] = []
    while at < end:
        name: str | None = None
        if source.is_symbol(at + 1, ":=") or source.is_symbol(at + 1, "=>"):
            name = source.tokens[at].text.lower()
            at += 2
        node, after = read_expression(source, at, end)
        if after < end and not source.is_symbol(after, ","):
            raise source.fault(after)
        if after == at:
            raise source.fault(after)
        items.append((name, node))
        at = after + 1
    return tuple(items)


def _is_arrow_lambda(source: Source, at: int) -> bool:
    """``x -> …`` or ``(x, y) -> …``; ``j -> 'key'`` and ``j -> 0`` read JSON."""
    after = source.after(at)
    if not source.is_symbol(after, "->") or after + 1 >= len(source.tokens):
        return False
    return source.tokens[after + 1].kind not in (TokenKind.STRING, TokenKind.NUMBER, TokenKind.PARAMETER)
