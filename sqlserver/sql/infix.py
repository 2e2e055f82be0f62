"""Operator words among the operands of an expression: where they count, and how far their operands reach.

An operator word binds like LIKE: looser than ``||``, ``+``, casts and calls, tighter than comparisons' neighbours NOT,
AND and OR, and than ``=`` and ``<``, as in PostgreSQL's table of precedence. It counts only between two operands:
``SELECT x means FROM t`` is an alias, ``WHERE means = 1`` a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlserver.core.errors import FeatureNotSupported, UndefinedFunction
from sqlserver.core.operators import InfixForm, Operator
from sqlserver.sql.keywords import BEGINS_OPERAND, ENDS_OPERAND, LOOSE_SYMBOLS, LOOSE_WORDS, PATTERN_WORDS, RESERVED
from sqlserver.sql.outline import Call, Leaf, Node, Run
from sqlserver.sql.source import Source
from sqlserver.sql.tokens import Token, TokenKind

_PREFIX_SYMBOLS = frozenset("+-~@#!")
_OPENING = frozenset("([{")
_LOOSE_IN_RUNS = LOOSE_WORDS | {"DISTINCT", "FROM", "TO"}


@dataclass(frozen=True, slots=True, eq=False)
class InfixWord(Node):
    """An operator word in a run whose operands are not folded yet. ``index`` is its first token's (NOT included)."""

    operator: Operator
    form: InfixForm
    negated: bool
    index: int
    word: int


def match_infix(source: Source, index: int, end: int, parts: Sequence[Node]) -> tuple[InfixWord, int] | None:
    """The operator whose words stand at ``index`` between two operands, and the index after them; the longest wins."""
    if not source.infix or not parts or not ends_operand(parts):
        return None
    first = index + 1 if source.upper(index) == "NOT" else index
    if source.upper(first) not in source.operators.first_words:
        return None
    for words, (operator, form) in sorted(source.operators.by_words.items(), key=lambda entry: -len(entry[0])):
        after = first + len(words)
        if after > end or any(source.upper(first + n) != word for n, word in enumerate(words)):
            continue
        if begins_operand(source, after, end):
            tokens = source.tokens
            infix = InfixWord(
                tokens[index].start, tokens[after - 1].end, operator, form, first != index, index, tokens[first].start
            )
            return infix, after
    return None


def ends_operand(parts: Sequence[Node]) -> bool:
    last = parts[-1]
    if isinstance(last, InfixWord):
        return False
    if not isinstance(last, Leaf):
        return True
    token = last.token
    if token.kind is TokenKind.SYMBOL:
        return token.text == "*" and len(parts) == 1
    if token.kind is TokenKind.WORD:
        after_dot = len(parts) > 1 and isinstance(before := parts[-2], Leaf) and before.token.is_symbol(".")
        word = token.text.upper()
        return after_dot or word in ENDS_OPERAND or (word not in RESERVED and word not in LOOSE_WORDS)
    return True


def begins_operand(source: Source, index: int, end: int) -> bool:
    if index >= end:
        return False
    token = source.tokens[index]
    if token.kind is TokenKind.SYMBOL:
        return token.text in _OPENING or token.text[0] in _PREFIX_SYMBOLS
    if token.kind is TokenKind.WORD:
        word = token.text.upper()
        if word in BEGINS_OPERAND:
            return True
        if word in RESERVED:
            return False
        return word not in LOOSE_WORDS or source.is_symbol(index + 1, ".")
    return True


def fold_infix(source: Source, parts: list[Node]) -> list[Node]:
    """Each operator word with its operands as one Call. Raises 42601 where an operand is missing or words chain."""
    folded: list[Node] = []
    operand: list[Node] = []
    waiting: tuple[InfixWord, list[Node]] | None = None
    tight_before = False
    for part in parts:
        if isinstance(part, InfixWord):
            if waiting is not None or tight_before or not operand:
                raise source.fault(part.index)
            waiting, operand = (part, operand), []
        elif isinstance(part, Leaf) and _is_loose(part.token):
            folded.extend(_finish(source, waiting, operand))
            folded.append(part)
            waiting, operand = None, []
            tight_before = part.token.upper in PATTERN_WORDS or part.token.upper == "AND"
        else:
            operand.append(part)
    folded.extend(_finish(source, waiting, operand))
    return folded


def _is_loose(token: Token) -> bool:
    if token.kind is TokenKind.SYMBOL:
        return token.text in LOOSE_SYMBOLS
    return token.upper in _LOOSE_IN_RUNS


def _finish(source: Source, waiting: tuple[InfixWord, list[Node]] | None, right: list[Node]) -> list[Node]:
    if waiting is None:
        return right
    infix, left = waiting
    if not right:
        raise source.fault(infix.index)
    first = right[0]
    if isinstance(first, Leaf) and first.token.upper in ("ANY", "ALL", "SOME"):
        raise FeatureNotSupported(
            f"{' '.join(infix.form.words)} {first.token.upper} is not supported",
            hint="Put the list into a FROM clause (unnest) and join with the operator in ON.",
            position=first.start + 1,
        )
    operands = {infix.form.left: as_node(left), infix.form.right: as_node(right)}
    missing = [argument.name for argument in infix.operator.arguments if argument.name not in operands]
    if missing:
        raise UndefinedFunction(
            f"operator {' '.join(infix.form.words)} cannot give argument {missing[0]} of {infix.operator.name}",
            hint=f"Call {infix.operator.name}(…) with all its arguments.",
            position=infix.word + 1,
        )
    arguments = tuple(operands[argument.name] for argument in infix.operator.arguments)
    return [Call(left[0].start, right[-1].end, infix.operator, arguments, infix.word, infix.negated)]


def as_node(parts: Sequence[Node]) -> Node:
    return parts[0] if len(parts) == 1 else Run(parts[0].start, parts[-1].end, tuple(parts))
