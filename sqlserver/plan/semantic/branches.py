"""Which part of an expression is evaluated when: the guards of OR, AND, CASE, COALESCE and IF arms.

A guard is a condition under which the engine looks at an arm at all, sound under three-valued logic: an arm of
``a OR b`` matters unless ``a`` is TRUE, so ``b`` is asked where ``a IS NOT TRUE``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlserver.plan.semantic.functions import volatile_function
from sqlserver.plan.semantic.splice import Splicer, split_arms
from sqlserver.sql.outline import Case, Function, Logic, Node


@dataclass(frozen=True, slots=True)
class Guard:
    """``test`` follows the condition (``IS NOT TRUE``); ``operand`` is the value a simple CASE compares with."""

    condition: Node
    test: str
    operand: Node | None = None

    def text(self, splicer: Splicer) -> str:
        condition = splicer.text(self.condition)
        if self.operand is not None:
            condition = f"({splicer.text(self.operand)}) = ({condition})"
        return f"(({condition}) {self.test})"


def guarded_children(node: Node, is_semantic: Callable[[Node], bool]) -> Iterator[tuple[Node, tuple[Guard, ...]]]:
    """Each child of ``node`` in the order of evaluation, with the guards this node puts before it."""
    if isinstance(node, Logic):
        yield from _arms(node, is_semantic)
    elif isinstance(node, Case):
        yield from _branches(node)
    elif isinstance(node, Function) and node.name in ("coalesce", "ifnull"):
        yield from _first_not_null(node)
    elif isinstance(node, Function) and node.name == "if" and len(node.arguments) == 3:
        condition, then, otherwise = node.arguments
        yield condition, ()
        yield then, _steady(Guard(condition, "IS TRUE"))
        yield otherwise, _steady(Guard(condition, "IS NOT TRUE"))
    else:
        for child in node.children:
            yield child, ()


def _steady(*guards: Guard) -> tuple[Guard, ...]:
    """Guards without those that may read differently each time: fewer guards ask more, never too little."""
    return tuple(
        guard
        for guard in guards
        if volatile_function(guard.condition) is None
        and (guard.operand is None or volatile_function(guard.operand) is None)
    )


def _arms(node: Logic, is_semantic: Callable[[Node], bool]) -> Iterator[tuple[Node, tuple[Guard, ...]]]:
    test = "IS NOT TRUE" if node.word == "OR" else "IS NOT FALSE"
    cheap, semantic = split_arms(node, is_semantic)
    for arm in cheap:
        yield arm, ()
    before = list(cheap)
    for arm in semantic:
        yield arm, _steady(*(Guard(earlier, test) for earlier in before))
        before.append(arm)


def _branches(node: Case) -> Iterator[tuple[Node, tuple[Guard, ...]]]:
    if node.operand is not None:
        yield node.operand, ()
    passed: tuple[Guard, ...] = ()
    for condition, result in node.branches:
        yield condition, passed
        yield result, (*passed, *_steady(Guard(condition, "IS TRUE", node.operand)))
        passed = (*passed, *_steady(Guard(condition, "IS NOT TRUE", node.operand)))
    if node.otherwise is not None:
        yield node.otherwise, passed


def _first_not_null(node: Function) -> Iterator[tuple[Node, tuple[Guard, ...]]]:
    passed: tuple[Guard, ...] = ()
    for argument in node.arguments:
        yield argument, passed
        passed = (*passed, *_steady(Guard(argument, "IS NULL")))
    for part in node.rest:
        yield part, ()
