"""Answers as a relation that the final query looks them up in."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from sqlserver.core.answer_types import arrow_type
from sqlserver.core.errors import FeatureNotSupported
from sqlserver.core.operators import Operator
from sqlserver.semantic.answer import Answer


def answers_table(operator: Operator, arguments: pa.Table, answers: Sequence[Answer]) -> pa.Table:
    """``arguments`` (columns ``arg_1 … arg_n``, one row an answer) with ``value`` STRUCT(v, trace) beside them."""
    returns = arrow_type(operator.returns)
    if returns is None:
        raise FeatureNotSupported(f"operator {operator.name} returns {operator.returns}, which cannot be looked up")
    values = pa.StructArray.from_arrays(
        [
            pa.array([answer.value for answer in answers], returns),
            pa.array([answer.trace_id or None for answer in answers], pa.string()),
        ],
        names=["v", "trace"],
    )
    return arguments.append_column("value", values)


def no_arguments(operator: Operator) -> pa.Table:
    """Zero rows of the operator's declared types: without a type the engine would compare text with integers."""
    return pa.table(
        {
            f"arg_{number}": pa.array([], arrow_type(argument.type) or pa.string())
            for number, argument in enumerate(operator.arguments, 1)
        }
    )
