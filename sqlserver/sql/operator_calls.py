"""Operators called by name: ``semantic_matches(text, criterion)``, and ``trace_of(call)`` around any form."""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.errors import UndefinedFunction
from sqlserver.core.operators import Operator
from sqlserver.sql.outline import Call, Group, Leaf, Node, TraceOf
from sqlserver.sql.source import Source
from sqlserver.sql.tokens import TokenKind


def signature(operator: Operator) -> str:
    return f"{operator.name}({', '.join(f'{a.name} {a.type.lower()}' for a in operator.arguments)})"


def read_operator_call(source: Source, at: int, operator: Operator, items: Sequence[tuple[str | None, Node]]) -> Call:
    """Raises 42883 where the arguments do not fit the operator."""
    token = source.tokens[at]
    end = source.tokens[source.closing[at + 1]].end
    given: dict[str, Node] = {}
    names = [argument.name for argument in operator.arguments]
    for number, (name, node) in enumerate(items):
        target = name if name is not None else (names[number] if number < len(names) else "")
        if target not in names or target in given:
            raise _no_such_function(operator, token.text, token.start, items)
        given[target] = node
    if len(given) != len(names):
        raise _no_such_function(operator, token.text, token.start, items)
    call = Call(token.start, end, operator, tuple(given[name] for name in names), token.start, False, token.text)
    check_argument_types(call)
    return call


def check_argument_types(call: Call) -> None:
    """Raises 42883 for a plain literal where the operator wants a list, or a list where it wants a scalar."""
    for argument, node in zip(call.operator.arguments, call.arguments, strict=True):
        wants_list = argument.type.endswith("[]")
        literal = isinstance(node, Leaf) and node.token.kind in (TokenKind.STRING, TokenKind.NUMBER)
        if literal and wants_list and isinstance(node, Leaf) and not node.token.text.lstrip().startswith(("{", "[")):
            wrong = True
        else:
            wrong = isinstance(node, Group) and node.opening == "[" and not wants_list
        if wrong:
            raise UndefinedFunction(
                f"argument {argument.name} of {call.operator.name} is of type {argument.type.lower()}",
                hint=f"The operator is {signature(call.operator)}."
                + (" A list is written ARRAY['a', 'b']." if wants_list else ""),
                position=node.start + 1,
            )


def read_trace_of(source: Source, at: int, arguments: Sequence[Node]) -> TraceOf | None:
    """None where there is no call inside: the engine then says that it knows no such function."""
    if len(arguments) != 1:
        return None
    inner = arguments[0]
    while isinstance(inner, Group) and inner.opening == "(" and len(inner.parts) == 1:
        inner = inner.parts[0]
    if not isinstance(inner, Call):
        return None
    token = source.tokens[at]
    return TraceOf(token.start, source.tokens[source.closing[at + 1]].end, inner)


def _no_such_function(
    operator: Operator, typed: str, start: int, items: Sequence[tuple[str | None, Node]]
) -> UndefinedFunction:
    return UndefinedFunction(
        f"function {typed.lower()} does not take {len(items)} argument{'' if len(items) == 1 else 's'} like these",
        hint=f"The operator is {signature(operator)}.",
        position=start + 1,
    )
