"""Chooses a cell's examples for one stage of a statement, and keeps the choice until a mark commits.

Training never fails a query: whatever goes wrong becomes a warning, and the stage runs without examples.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import Protocol

from sqlserver.core.errors import ServerError
from sqlserver.core.examples import NO_INJECTION, Example, ExampleSet, Injection
from sqlserver.training.example_store import ExampleStore
from sqlserver.training.formats import examples_text
from sqlserver.training.strategies import DEFAULT, STRATEGIES

log = logging.getLogger(__name__)

_KEPT = 1_024
"""Choices kept in memory, the least recently used dropped first."""


class TrainedCell(Protocol):
    """The training parameters of a cell, under the documents' names."""

    @property
    def name(self) -> str: ...
    @property
    def use_training(self) -> bool: ...
    @property
    def training_limit(self) -> int: ...
    @property
    def training_strategy(self) -> str: ...
    @property
    def training_min_confidence(self) -> float: ...
    @property
    def training_verified_only(self) -> bool: ...
    @property
    def training_same_cell_only(self) -> bool: ...
    @property
    def training_format(self) -> str: ...


async def choose_examples(store: ExampleStore, cascade_id: str, cell: TrainedCell, seed: str) -> tuple[Example, ...]:
    """The examples that the cell's parameters choose now, in prompt order. Raises what the store raises."""
    strategy = STRATEGIES.get(cell.training_strategy, DEFAULT)
    candidates = await store.training_candidates(
        cascade_id,
        cell.name if cell.training_same_cell_only else None,
        min_confidence=cell.training_min_confidence,
        verified_only=cell.training_verified_only,
        order=strategy.order,
        limit=strategy.pool or cell.training_limit,
    )
    return strategy.choose(candidates, cell.training_limit, seed)


class ExampleRetriever:
    """Shared by all sessions of a server; used on the event loop."""

    def __init__(self, store: ExampleStore) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[object, ...], tuple[int, Injection]] = OrderedDict()

    async def examples_for(self, cascade_id: str, cell: TrainedCell, seed: str) -> Injection:
        """The examples as they stand now. ``seed`` is the statement's text."""
        if not cell.use_training:
            return NO_INJECTION
        try:
            return await self._chosen(cascade_id, cell, seed)
        except ServerError as error:
            log.warning("training examples of %s.%s: %s", cascade_id, cell.name, error.message)
            return Injection(warning=f"training examples for {cell.name} could not be read: {error.message}")

    async def _chosen(self, cascade_id: str, cell: TrainedCell, seed: str) -> Injection:
        # Asked before the examples: a mark that commits in between makes this choice look old, never new.
        version = self._store.annotation_version(cascade_id)
        strategy = STRATEGIES.get(cell.training_strategy, DEFAULT)
        key = (
            cascade_id,
            cell.name if cell.training_same_cell_only else None,
            cell.training_strategy,
            cell.training_limit,
            cell.training_min_confidence,
            cell.training_verified_only,
            cell.training_format,
            seed if strategy.seeded else "",
        )
        kept = self._kept.get(key)
        if kept is not None and kept[0] == version:
            self._kept.move_to_end(key)
            return kept[1]
        examples = await choose_examples(self._store, cascade_id, cell, seed)
        warning = ""
        if cell.training_strategy not in STRATEGIES:
            warning = f"training_strategy {cell.training_strategy} is not available: {strategy.name} is used instead"
        injection = Injection(
            ExampleSet(strategy.name, examples), examples_text(examples, cell.training_format), warning
        )
        self._kept[key] = (version, injection)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return injection
