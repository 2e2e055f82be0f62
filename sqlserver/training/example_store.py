"""What retrieval needs of the store: the marked examples of a cell, and a token that changes with every mark."""

from __future__ import annotations

from typing import Literal, Protocol

from sqlserver.core.examples import Example

CandidateOrder = Literal["recent", "confidence", "all"]
"""recent: newest call first. confidence: highest first, then newest. all: any fixed order."""


class ExampleStore(Protocol):
    async def training_candidates(
        self,
        cascade_id: str,
        cell_name: str | None,
        *,
        min_confidence: float,
        verified_only: bool,
        order: CandidateOrder,
        limit: int,
    ) -> tuple[Example, ...]:
        """Trainable examples outside the test split, at most ``limit``; ``cell_name`` None means every cell.

        A corrected output replaces the logged one; an example with no confidence counts as 1.0.
        """
        ...

    def annotation_version(self, cascade_id: str) -> int:
        """Another number after every committed mark that touches this cascade. Cheap: asked once a stage."""
        ...
