"""An input that a person corrected is answered by the correction itself, without a call."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlserver.cascade.model import Cascade
from sqlserver.cascade.reply import read_output
from sqlserver.core.call_log import CallIntent, CallLog, CallOutcome
from sqlserver.core.examples import Example
from sqlserver.core.identity import canonical_json, digest, inputs_hash, uuid7
from sqlserver.core.operators import Operator
from sqlserver.semantic.answer import Answer
from sqlserver.semantic.statement import SemanticStatement

_REMEMBERED = 1_000_000
"""Inputs of one cell whose state is kept, 100 bytes each."""


class CorrectionStore(Protocol):
    async def corrections(self, cascade_id: str, cell_name: str, input_hashes: Sequence[str]) -> Mapping[str, Example]:
        """The corrections of these inputs, by the inputs' hash; the newest wins."""
        ...

    def annotation_version(self, cascade_id: str) -> int: ...


@dataclass(slots=True)
class _Known:
    """What was found out about a cell's inputs while the annotations stood at ``version``."""

    version: int
    by_hash: dict[str, Example | None]


class Corrections:
    """Remembers which inputs have a correction and which have none, until a mark is made anywhere."""

    def __init__(self, store: CorrectionStore, call_log: CallLog) -> None:
        self._store = store
        self._log = call_log
        self._known: dict[tuple[str, str], _Known] = {}

    async def answers(
        self,
        cascade: Cascade,
        operator: Operator,
        inputs: Sequence[Mapping[str, object]],
        statement: SemanticStatement,
    ) -> dict[int, Answer]:
        """Answers by position in ``inputs``; each is a log row of its own with provider ``correction``."""
        hashes = [inputs_hash(values) for values in inputs]
        corrections = await self._look_up(cascade.cascade_id, cascade.final_cell.name, hashes)
        found: dict[int, Answer] = {}
        intents: list[CallIntent] = []
        outcomes: list[CallOutcome] = []
        for index, (hashed, values) in enumerate(zip(hashes, inputs, strict=True)):
            example = corrections.get(hashed)
            if example is None:
                continue
            intent, outcome = _record(cascade, operator, values, example, statement)
            intents.append(intent)
            outcomes.append(outcome)
            found[index] = Answer(read_output(cascade, example.output, operator), intent.trace_id)
        if intents:
            await self._log.intend(intents)
            await self._log.conclude(outcomes)
        return found

    async def _look_up(self, cascade_id: str, cell_name: str, hashes: Sequence[str]) -> Mapping[str, Example | None]:
        version = self._store.annotation_version(cascade_id)
        known = self._known.get((cascade_id, cell_name))
        if known is None or known.version != version or len(known.by_hash) > _REMEMBERED:
            known = self._known[cascade_id, cell_name] = _Known(version, {})
        unknown = [hashed for hashed in hashes if hashed not in known.by_hash]
        if unknown:
            corrected = await self._store.corrections(cascade_id, cell_name, unknown)
            known.by_hash.update({hashed: corrected.get(hashed) for hashed in unknown})
        return known.by_hash


def _record(
    cascade: Cascade,
    operator: Operator,
    inputs: Mapping[str, object],
    example: Example,
    statement: SemanticStatement,
) -> tuple[CallIntent, CallOutcome]:
    trace_id = uuid7()
    content = canonical_json({"role": "assistant", "content": example.output})
    intent = CallIntent(
        trace_id=trace_id,
        request_id=uuid7(),
        parent_id=example.trace_id,
        session_id=statement.session_id,
        caller_id=statement.caller_id,
        timestamp_us=time.time_ns() // 1000,
        cascade_id=cascade.cascade_id,
        cascade_version=cascade.version,
        cell_name=cascade.final_cell.name,
        operator=operator.name,
        model="correction",
        inputs_json=canonical_json(dict(inputs)),
        input_hash=inputs_hash(inputs),
        prompt_hash=digest("correction", example.trace_id),
        cache_key="",
        example_ids=(example.trace_id,),
        example_set_hash="",
        db_user=statement.db_user,
    )
    outcome = CallOutcome(
        trace_id=trace_id,
        status="ok",
        model="correction",
        provider="correction",
        attempt=1,
        full_request_json="",
        full_response_json=canonical_json({"choices": [{"message": {"role": "assistant", "content": example.output}}]}),
        content_json=content,
        output=example.output,
        tokens_in=0,
        tokens_out=0,
        cost=0.0,
        duration_ms=0.0,
        error="",
    )
    return intent, outcome
