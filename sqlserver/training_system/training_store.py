"""What the Python API needs of a store, whoever holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlserver.training.example_store import CandidateOrder, ExampleStore
from sqlserver.training.marks import Mark

STATS_COLUMNS = ("cascade_id", "cell_name", "trainable_count", "verified_count", "avg_confidence", "total_count")

__all__ = ["STATS_COLUMNS", "CandidateOrder", "TrainingStore"]


class TrainingStore(ExampleStore, Protocol):
    async def mark(self, trace_ids: Sequence[str], mark: Mark) -> int:
        """How many traces now stand differently."""
        ...

    async def stats(self, cascade_id: str | None, cell_name: str | None) -> list[Mapping[str, Any]]:
        """Rows of ``training_stats_by_cascade``, most trainable first; None means all."""
        ...

    async def close(self) -> None: ...
