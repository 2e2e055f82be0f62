"""Marked examples in memory, in the shape the store gives them."""

from __future__ import annotations

from sqlserver.core.examples import Example
from sqlserver.training.example_store import CandidateOrder


def example(number: int, *, confidence: float = 1.0, verified: bool = False, output: str = "true") -> Example:
    return Example(
        trace_id=f"trace-{number:03}",
        user_input=f"text: sample {number}",
        output=output,
        confidence=confidence,
        verified=verified,
        timestamp=f"2026-01-01 00:00:{number % 60:02}",
    )


class MarkedExamples:
    """An ``ExampleStore`` over a list, newest last; ``asked`` keeps what retrieval wanted."""

    def __init__(self, *examples: Example, cell: str = "evaluate") -> None:
        self.by_cell = {cell: list(examples)}
        self.version = 1
        self.asked: list[tuple[str | None, CandidateOrder, int]] = []

    def mark(self, added: Example, cell: str = "evaluate") -> None:
        self.by_cell.setdefault(cell, []).append(added)
        self.version += 1

    def annotation_version(self, cascade_id: str) -> int:
        return self.version

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
        self.asked.append((cell_name, order, limit))
        cells = self.by_cell.values() if cell_name is None else [self.by_cell.get(cell_name, [])]
        found = [
            candidate
            for marked in cells
            for candidate in reversed(marked)
            if candidate.confidence >= min_confidence and (candidate.verified or not verified_only)
        ]
        if order == "confidence":
            found.sort(key=lambda candidate: -candidate.confidence)
        return tuple(found[:limit])
