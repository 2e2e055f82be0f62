"""A cascade as the server works with it: frozen, already validated by the loader.

Parameter names are those of the YAML file. Cells run in order; the last one's output is the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlserver.core.model import LocalTask

TrainingStrategy = Literal["recent", "high_confidence", "random", "semantic"]
TrainingFormat = Literal["xml", "markdown", "few_shot"]


@dataclass(frozen=True, slots=True)
class LocalUse:
    """What the embedded model does for a cell, and the inputs it reads, in the task's order.

    ``training_limit`` replaces the cell's own there: no prompt grows, and it learns up to 64 marks and more.
    """

    task: LocalTask = "none"
    inputs: tuple[str, ...] = ()
    training_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One model call. ``instructions`` is a Jinja2 template, ``system`` fixed text.

    ``output_schema`` is a JSON schema whose ``enum`` may also be ``{input: name}``: the labels given in that input.
    None means: as the operator returns, or free text.
    """

    name: str
    instructions: str = ""
    system: str = ""
    model: str = "default"
    temperature: float | None = None
    max_tokens: int | None = None
    use_training: bool = False
    training_limit: int = 5
    training_strategy: TrainingStrategy = "recent"
    training_min_confidence: float = 0.8
    training_verified_only: bool = False
    training_same_cell_only: bool = True
    training_format: TrainingFormat = "xml"
    batch_size: int = 1
    output_schema: Mapping[str, object] | None = None
    local: LocalUse = LocalUse()

    def model_for(self, override: str | None) -> str:
        """The alias that answers: the session's, except where only the embedded model can (vectors)."""
        return self.model if override is None or self.local.task in ("embed", "similarity") else override

    def trained_locally(self) -> Cell:
        """The cell with the training limit that holds where the embedded model answers."""
        limit = self.local.training_limit
        return self if limit is None else replace(self, training_limit=limit)


@dataclass(frozen=True, slots=True)
class Cascade:
    """``inputs`` maps each input's name to what it means; ``version`` hashes what can change an answer.

    ``source`` is "file:line" for messages.
    """

    cascade_id: str
    cells: tuple[Cell, ...]
    inputs: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    version: str = ""
    source: str = ""

    @property
    def final_cell(self) -> Cell:
        return self.cells[-1]


@dataclass(frozen=True, slots=True)
class TestCase:
    """An expectation shipped with an operator: SQL arguments in order, and the value they should give."""

    arguments: tuple[object, ...]
    expect: object
