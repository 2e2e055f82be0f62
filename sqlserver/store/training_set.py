"""The read model of retrieval: ``training_set`` holds one row for every trace that is marked and has a log row.

It is derived: ``project`` writes rows for the traces a subquery names, from the log and the annotation state, and may
be repeated at will (a newer version replaces, an equal one is the same row). ``confidence`` is 1.0 where none was said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlserver.core.examples import Example
from sqlserver.store.clickhouse import ClickHouse, Parameters

CandidateOrder = Literal["recent", "confidence", "all"]


_PROJECT = """
INSERT INTO training_set (cascade_id, cell_name, timestamp, trace_id, trainable, verified, confidence, split,
                          user_input, inputs_json, input_hash, output, corrected, version)
SELECT answer.cascade_id, answer.cell_name, answer.timestamp, answer.trace_id,
       coalesce(tupleElement(state.trainable, 2), false),
       coalesce(tupleElement(state.verified, 2), false),
       coalesce(tupleElement(state.confidence, 2), 1.0),
       coalesce(tupleElement(state.split, 2), ''),
       answer.user_input, answer.inputs_json, answer.input_hash,
       coalesce(tupleElement(state.corrected_output, 2), answer.assistant_output),
       tupleElement(state.corrected_output, 2) IS NOT NULL,
       state.seq
FROM (
    SELECT trace_id, cascade_id, cell_name, timestamp, user_input, inputs_json, input_hash, assistant_output
    FROM usable_answers
    WHERE trace_id IN ({traces})
    ORDER BY timestamp
    LIMIT 1 BY trace_id
) AS answer
INNER JOIN (
    SELECT trace_id, trainable, verified, confidence, split, corrected_output, seq
    FROM annotation_state FINAL
    WHERE trace_id IN ({traces})
) AS state ON answer.trace_id = state.trace_id
"""

_BEHIND = """
SELECT trace_id
FROM (SELECT trace_id, max(seq) AS newest FROM annotation_state GROUP BY trace_id)
WHERE (trace_id, newest) NOT IN (SELECT trace_id, version FROM training_set)
"""

_THESE = "SELECT arrayJoin({traces:Array(String)})"
_CHUNK = 100_000
"""Trace ids in one parameter. Each chunk reads the log's trace ids once."""

_COLUMNS = "trace_id, user_input, output, confidence, inputs_json, verified, timestamp, input_hash"

_ORDERS: Mapping[CandidateOrder, str] = {
    "recent": "timestamp DESC, trace_id DESC",
    "confidence": "confidence DESC, timestamp DESC, trace_id DESC",
    "all": "timestamp DESC, trace_id DESC",
}


class TrainingSet:
    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    async def project(self, traces: str, parameters: Parameters | None = None) -> None:
        """``traces`` is a subquery of ours that gives trace ids."""
        await self._clickhouse.command(_PROJECT.format(traces=traces), parameters)

    async def project_traces(self, trace_ids: Sequence[str]) -> set[str]:
        """The same for these; returns those that have no usable log row yet."""
        missing: set[str] = set()
        for start in range(0, len(trace_ids), _CHUNK):
            chunk = trace_ids[start : start + _CHUNK]
            await self.project(_THESE, {"traces": chunk})
            table = await self._clickhouse.query_arrow(
                f"SELECT trace_id FROM training_set WHERE trace_id IN ({_THESE})", {"traces": chunk}
            )
            missing |= set(chunk).difference(table.column("trace_id").to_pylist())
        return missing

    async def project_all(self) -> None:
        """Every trace whose row is missing or older than its annotation."""
        await self.project(_BEHIND)

    async def rebuild(self) -> None:
        """From the log and the annotation state, with nothing of what it held."""
        await self._clickhouse.command("TRUNCATE TABLE training_set")
        await self.project_all()

    async def behind(self) -> set[str]:
        """Annotated traces that have no current row: after ``project_all`` those whose log row is not there yet."""
        table = await self._clickhouse.query_arrow(_BEHIND)
        return set(table.column("trace_id").to_pylist())

    async def candidates(
        self,
        cascade_id: str,
        cell_name: str | None,
        *,
        min_confidence: float,
        verified_only: bool,
        order: CandidateOrder,
        limit: int,
    ) -> tuple[Example, ...]:
        """Trainable examples outside the test split, at most ``limit``."""
        # Reading in order under FINAL merges row by row: 4 ms without, 30 ms with.
        sql = f"""
            SELECT {_COLUMNS}
            FROM training_set FINAL
            WHERE cascade_id = {{cascade_id:String}}
              {"" if cell_name is None else "AND cell_name = {cell_name:String}"}
              AND trainable AND split != 'test'
              AND confidence >= {{min_confidence:Float64}}
              {"AND verified" if verified_only else ""}
            ORDER BY {_ORDERS[order]}
            LIMIT {{limit:UInt64}}
            SETTINGS optimize_read_in_order = 0
        """
        table = await self._clickhouse.query_arrow(
            sql,
            {
                "cascade_id": cascade_id,
                "cell_name": cell_name or "",
                "min_confidence": min_confidence,
                "limit": max(0, limit),
            },
        )
        return tuple(_example(row) for row in table.to_pylist())

    async def corrections(self, cascade_id: str, cell_name: str, input_hashes: Sequence[str]) -> dict[str, Example]:
        """Input hash → the newest correction of that very input, where it is trainable."""
        sql = f"""
            SELECT {_COLUMNS}
            FROM training_set FINAL
            WHERE cascade_id = {{cascade_id:String}} AND cell_name = {{cell_name:String}}
              AND corrected AND trainable AND input_hash IN {{input_hashes:Array(String)}}
            ORDER BY version
            SETTINGS optimize_read_in_order = 0
        """
        wanted = [input_hash for input_hash in input_hashes if input_hash]
        if not wanted:
            return {}
        table = await self._clickhouse.query_arrow(
            sql, {"cascade_id": cascade_id, "cell_name": cell_name, "input_hashes": wanted}
        )
        return {row["input_hash"]: _example(row) for row in table.to_pylist()}


def _example(row: Mapping[str, Any]) -> Example:
    inputs = json.loads(row["inputs_json"]) if row["inputs_json"] else {}
    return Example(
        trace_id=row["trace_id"],
        user_input=row["user_input"],
        output=row["output"],
        confidence=row["confidence"],
        inputs=inputs if isinstance(inputs, dict) else {},
        verified=row["verified"],
        timestamp=row["timestamp"].isoformat(),
    )
