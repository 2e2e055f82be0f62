"""What the planner hands to the executor."""

from __future__ import annotations

from dataclasses import dataclass

from sqlserver.core.operators import Operator

MISSING_ANSWER = "semantic input without an answer"
"""The engine's error message holds these words when the final query meets an input that no stage asked."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One semantic call of a statement.

    ``input_query`` is plain SQL giving the distinct argument tuples that need an answer: columns ``arg_1 … arg_n``,
    none of them NULL; it may read the answers tables of earlier stages. Before the next stage's input query runs, the
    executor loads ``answers_table`` with columns ``arg_1 … arg_n, value STRUCT(v <operator.returns>, trace VARCHAR)``.
    ``position`` is the character position of the call in the client's text, from 1.
    """

    operator: Operator
    input_query: str
    answers_table: str
    position: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class SemanticPlan:
    """``final_query`` looks answers up; ``stages`` run in order before it."""

    stages: tuple[Stage, ...]
    final_query: str
