"""Training from Python: read the marked examples, mark answers, read statistics, put examples into a prompt.

    from sqlserver.training_system import mark_as_trainable
    mark_as_trainable(trace_ids, verified=True, confidence=1.0, tags=["eco-friendly"])

The same code as the server's, on the data directory that ``SQLSERVER_DATA_DIR`` names: through the running server where
one owns that directory, else on its store, which this process then holds until it ends or calls ``close``. The
functions wait for their answer and may be called from any thread, also where an event loop runs (a notebook).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Literal, TypedDict

from sqlserver.cascade.model import Cell, TrainingStrategy
from sqlserver.core.errors import InvalidParameterValue
from sqlserver.core.examples import Example
from sqlserver.core.identity import uuid7
from sqlserver.training.formats import FORMATS, examples_text
from sqlserver.training.marks import Mark
from sqlserver.training.retrieval import choose_examples
from sqlserver.training.strategies import DEFAULT, STRATEGIES
from sqlserver.training_system.open_store import close, with_store

__all__ = [
    "NOT_GIVEN",
    "CellStats",
    "TrainingExample",
    "close",
    "get_training_examples",
    "get_training_stats",
    "inject_training_examples_into_instructions",
    "mark_as_trainable",
]

log = logging.getLogger(__name__)


class NotGiven(Enum):
    """The default that means: keep what was said before."""

    NOT_GIVEN = "not given"


NOT_GIVEN: Literal[NotGiven.NOT_GIVEN] = NotGiven.NOT_GIVEN


class TrainingExample(TypedDict):
    """One marked answer; ``timestamp`` is ISO 8601 in UTC."""

    trace_id: str
    user_input: str
    assistant_output: str
    confidence: float
    verified: bool
    timestamp: str


class CellStats(TypedDict):
    """How much of a cell's log is marked; ``avg_confidence`` is None where nothing has a confidence."""

    cascade_id: str
    cell_name: str
    trainable_count: int
    verified_count: int
    avg_confidence: float | None
    total_count: int


def get_training_examples(  # noqa: PLR0917 - the signature of the documents
    cascade_id: str,
    cell_name: str,
    strategy: str = "recent",
    limit: int = 5,
    min_confidence: float = 0.8,
    verified_only: bool = False,
    current_input: str | None = None,
) -> list[TrainingExample]:
    """The examples that a cell with these training parameters gets, in prompt order.

    ``current_input`` seeds the strategy ``random``; without it every call draws anew. Raises InvalidParameterValue
    for an unknown strategy.
    """
    if strategy not in STRATEGIES:
        if strategy != "semantic":
            known = ", ".join(STRATEGIES)
            raise InvalidParameterValue(f'there is no strategy "{strategy}"', hint=f"Known strategies: {known}.")
        log.warning("the strategy semantic is not available: %s is used instead", DEFAULT.name)
        strategy = DEFAULT.name
    chosen_by: TrainingStrategy = strategy  # type: ignore[assignment]  # one of STRATEGIES
    cell = Cell(
        cell_name,
        use_training=True,
        training_limit=limit,
        training_strategy=chosen_by,
        training_min_confidence=min_confidence,
        training_verified_only=verified_only,
    )
    seed = uuid7() if current_input is None else current_input
    examples = with_store(lambda store: choose_examples(store, cascade_id, cell, seed))
    return [
        TrainingExample(
            trace_id=example.trace_id,
            user_input=example.user_input,
            assistant_output=example.output,
            confidence=example.confidence,
            verified=example.verified,
            timestamp=example.timestamp,
        )
        for example in examples
    ]


def mark_as_trainable(  # noqa: PLR0917 - the signature of the documents
    trace_ids: Sequence[str],
    trainable: bool = True,
    verified: bool | NotGiven = NOT_GIVEN,
    confidence: float | None = None,
    notes: str | NotGiven = NOT_GIVEN,
    tags: Sequence[str] | None = None,
) -> int:
    """Marks traces, and returns how many now stand differently (0 when all was so already).

    What is not given keeps its value: a trace that was verified stays verified when only ``confidence`` is given.
    Raises InvalidParameterValue for a confidence outside 0 to 1.
    """
    if isinstance(trace_ids, str):
        raise InvalidParameterValue("trace_ids must be a list of trace ids, not one text")
    if not trace_ids:
        return 0
    mark = Mark(
        trainable=trainable,
        verified=None if isinstance(verified, NotGiven) else verified,
        confidence=confidence,
        notes=None if isinstance(notes, NotGiven) else notes,
        tags=None if tags is None else tuple(tags),
    )
    return with_store(lambda store: store.mark(tuple(dict.fromkeys(trace_ids)), mark))


def get_training_stats(cascade_id: str | None = None, cell_name: str | None = None) -> list[CellStats]:
    """One entry for each cell with answers, the most taught first."""
    rows = with_store(lambda store: store.stats(cascade_id, cell_name))
    return [
        CellStats(
            cascade_id=str(row["cascade_id"]),
            cell_name=str(row["cell_name"]),
            trainable_count=int(row["trainable_count"]),
            verified_count=int(row["verified_count"]),
            avg_confidence=None if row["avg_confidence"] is None else float(row["avg_confidence"]),
            total_count=int(row["total_count"]),
        )
        for row in rows
    ]


def inject_training_examples_into_instructions(
    original_instructions: str,
    examples: Sequence[Mapping[str, Any] | TrainingExample],
    format: str = "few_shot",
) -> str:
    """The examples' block in front of the instructions; the instructions alone without examples.

    ``examples`` need ``user_input`` and ``assistant_output``. ``format`` is xml, markdown or few_shot.
    """
    if format not in FORMATS:
        raise InvalidParameterValue(f'there is no format "{format}"', hint=f"Known formats: {', '.join(FORMATS)}.")
    if not examples:
        return original_instructions
    kept = [Example("", str(example["user_input"]), str(example["assistant_output"]), 1.0) for example in examples]
    separator = "\n\n\n---\n\n" if format == "few_shot" else "\n\n"
    return examples_text(kept, format) + separator + original_instructions
