"""Places where a call cannot be answered ahead of the engine: each is 0A000 with its name, position and a way out."""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.errors import FeatureNotSupported
from sqlserver.plan.semantic.functions import (
    ROW_MAKING,
    VOLATILE,
    holds_window,
    unreachable_aggregate,
    volatile_function,
)
from sqlserver.sql.outline import Call, Function, Leaf, Node, calls_in, walk
from sqlserver.sql.tokens import Token, TokenKind, tokenize


def spelled(call: Call) -> str:
    """The operator as the client typed it."""
    return call.typed_name.lower() if call.typed_name is not None else " ".join(call.operator.infix[0].words)


def refuse_calls(nodes: Sequence[Node], place: str, hint: str) -> None:
    """Raises 0A000 at the first call below ``nodes``."""
    for node in nodes:
        for call in calls_in(node):
            raise refusal(call, f"a semantic operator cannot stand in {place}", hint)


def refusal(call: Call, message: str, hint: str) -> FeatureNotSupported:
    return FeatureNotSupported(message, hint=hint, position=call.word + 1)


def check_call(call: Call) -> None:
    """Raises 0A000 for operators and arguments that no input query can hold."""
    if call.operator.shape != "scalar":
        raise refusal(
            call,
            f"operator {call.operator.name} is of shape {call.operator.shape}, which is not supported yet",
            "Only scalar operators can be called in this version.",
        )
    for argument in call.arguments:
        volatile = volatile_function(argument)
        if volatile is not None:
            raise refusal(
                call,
                f"an argument of a semantic operator changes from read to read ({volatile.name}())",
                "Store the value in a table first, then ask about the stored value.",
            )
        if holds_window(argument):
            raise refusal(
                call,
                "a window function cannot stand inside an argument of a semantic operator",
                "Compute it in a subquery in FROM, then use its column.",
            )
        if aggregate := unreachable_aggregate(argument):
            raise refusal(
                call,
                f"this {aggregate.name}() cannot stand inside an argument of a semantic operator",
                "Compute it in a subquery in FROM, then use its column.",
            )
        for node in walk(argument):
            _check_argument_node(call, node)


def _check_argument_node(call: Call, node: Node) -> None:
    if isinstance(node, Function) and node.name in ROW_MAKING:
        raise refusal(
            call,
            f"{node.name}() cannot stand inside an argument of a semantic operator",
            f"Move {node.name}() into the FROM clause and use its column.",
        )
    if isinstance(node, Function) and node.name == "columns":
        raise refusal(
            call,
            "COLUMNS() cannot stand inside an argument of a semantic operator",
            "Name the columns one by one.",
        )
    if isinstance(node, Leaf) and node.token.is_symbol("#"):
        raise refusal(
            call,
            "a positional reference cannot stand inside an argument of a semantic operator",
            "Name the column.",
        )


def check_steady(call: Call, query: str) -> None:
    """Raises 0A000 where the input query would read other rows than the final query: random values, samples."""
    tokens = tokenize(query)
    for index, token in enumerate(tokens):
        if token.kind is not TokenKind.WORD:
            continue
        word = token.text.lower()
        if word in VOLATILE and index + 1 < len(tokens) and tokens[index + 1].is_symbol("("):
            what = f"{word}()"
        elif word == "tablesample" or (word == "sample" and _follows(tokens, index, "using")):
            if any(later.upper == "REPEATABLE" for later in tokens[index:]):
                continue
            what = "a sample"
        else:
            continue
        raise refusal(
            call,
            f"the rows this operator reads change from read to read ({what})",
            "Store them in a table first (CREATE TEMP TABLE … AS), then ask about the table.",
        )


def _follows(tokens: Sequence[Token], index: int, word: str) -> bool:
    return index > 0 and tokens[index - 1].text.lower() == word
