"""The store of a running server, asked in SQL over its own port."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlserver.app.owner import Owner
from sqlserver.app.server_client import ServerClient, TextResult, connect_to_owner
from sqlserver.core.examples import Example
from sqlserver.sql.quote import quote_text
from sqlserver.training.marks import Mark
from sqlserver.training_system.training_store import STATS_COLUMNS, CandidateOrder

_TRACES = 1_000
"""Trace ids in one MARK."""

_ORDERS: Mapping[CandidateOrder, str] = {
    "recent": "timestamp DESC, trace_id DESC",
    "confidence": "coalesce(confidence, 1.0) DESC, timestamp DESC, trace_id DESC",
    "all": "timestamp DESC, trace_id DESC",
}


class ServerStore:
    """Implements ``TrainingStore``."""

    def __init__(self, connection: ServerClient) -> None:
        self._connection = connection

    @classmethod
    async def connect(cls, owner: Owner) -> ServerStore:
        return cls(await asyncio.to_thread(connect_to_owner, owner))

    def annotation_version(self, cascade_id: str) -> int:
        """Nothing is kept between two calls, so no version is needed."""
        return 0

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
        conditions = [
            f"cascade_id = {quote_text(cascade_id)}",
            "trainable",
            "coalesce(split, '') <> 'test'",
            f"coalesce(confidence, 1.0) >= {min_confidence:f}",
        ]
        if cell_name is not None:
            conditions.append(f"cell_name = {quote_text(cell_name)}")
        if verified_only:
            conditions.append("verified")
        result = await self._ask(
            "SELECT trace_id, user_input, coalesce(corrected_output, assistant_output), coalesce(confidence, 1.0), "
            "verified, timestamp FROM training_examples_with_annotations "
            f"WHERE {' AND '.join(conditions)} ORDER BY {_ORDERS[order]} LIMIT {limit:d}"
        )
        return tuple(
            Example(
                trace_id=row[0] or "",
                user_input=row[1] or "",
                output=row[2] or "",
                confidence=float(row[3] or 1.0),
                verified=row[4] == "t",
                timestamp=datetime.fromisoformat(row[5]).isoformat() if row[5] else "",
            )
            for row in result.rows
        )

    async def mark(self, trace_ids: Sequence[str], mark: Mark) -> int:
        changed = 0
        for start in range(0, len(trace_ids), _TRACES):
            result = await self._ask(mark_statement(trace_ids[start : start + _TRACES], mark))
            changed += int(result.tag.rpartition(" ")[2])
        return changed

    async def stats(self, cascade_id: str | None, cell_name: str | None) -> list[Mapping[str, Any]]:
        given = {"cascade_id": cascade_id, "cell_name": cell_name}
        conditions = [f"{name} = {quote_text(value)}" for name, value in given.items() if value is not None]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        result = await self._ask(
            f"SELECT {', '.join(STATS_COLUMNS)} FROM training_stats_by_cascade{where} "
            "ORDER BY trainable_count DESC, cascade_id, cell_name"
        )
        return [dict(zip(STATS_COLUMNS, row, strict=True)) for row in result.rows]

    async def close(self) -> None:
        await asyncio.to_thread(self._connection.close)

    async def _ask(self, sql: str) -> TextResult:
        return await asyncio.to_thread(lambda: list(self._connection.query(sql))[-1])


def mark_statement(trace_ids: Sequence[str], mark: Mark) -> str:
    """MARK as SQL. ``trainable`` is said always: the Python API has it as an argument with a default."""
    flags = ["TRAINABLE" if mark.trainable else "NOT TRAINABLE"]
    if mark.verified is not None:
        flags.append("VERIFIED" if mark.verified else "NOT VERIFIED")
    parts = [f"MARK {', '.join(flags)} TRACE {', '.join(quote_text(trace_id) for trace_id in trace_ids)}"]
    if mark.confidence is not None:
        parts.append(f"CONFIDENCE {mark.confidence:f}")
    if mark.notes is not None:
        parts.append(f"NOTES {quote_text(mark.notes)}")
    if mark.tags:
        parts.append(f"TAGS ({', '.join(quote_text(tag) for tag in mark.tags)})")
    return " ".join(parts)
