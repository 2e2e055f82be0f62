"""An input that a person corrected is answered by the correction itself, without a call."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlserver.cascade.model import Cascade
from sqlserver.cascade.reply import read_output
from sqlserver.core.call_log import CallIntent, CallLog, CallOutcome
from sqlserver.core.examples import Example
from sqlserver.core.identity import canonical_json, digest, inputs_hash, uuid7
from sqlserver.core.operators import Operator
from sqlserver.semantic.answer import Answer
from sqlserver.semantic.statement import SemanticStatement


class CorrectionStore(Protocol):
    async def corrections(self, cascade_id: str, cell_name: str) -> Mapping[str, Example]:
        """Every corrected output of a cell by the hash of the inputs it belongs to; the newest wins."""
        ...

    def annotation_version(self, cascade_id: str) -> int: ...


class Corrections:
    """Keeps a cell's corrections in memory until a mark touches its cascade: they are made by hand, hence few."""

    def __init__(self, store: CorrectionStore, call_log: CallLog) -> None:
        self._store = store
        self._log = call_log
        self._kept: dict[tuple[str, str], tuple[int, Mapping[str, Example]]] = {}

    async def answers(
        self,
        cascade: Cascade,
        operator: Operator,
        inputs: Sequence[Mapping[str, object]],
        statement: SemanticStatement,
    ) -> dict[int, Answer]:
        """Answers by position in ``inputs``; each is a log row of its own with provider ``correction``."""
        corrections = await self._of(cascade.cascade_id, cascade.final_cell.name)
        if not corrections:
            return {}
        found: dict[int, Answer] = {}
        intents: list[CallIntent] = []
        outcomes: list[CallOutcome] = []
        for index, values in enumerate(inputs):
            example = corrections.get(inputs_hash(values))
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

    async def _of(self, cascade_id: str, cell_name: str) -> Mapping[str, Example]:
        version = self._store.annotation_version(cascade_id)
        kept = self._kept.get((cascade_id, cell_name))
        if kept is None or kept[0] != version:
            kept = (version, await self._store.corrections(cascade_id, cell_name))
            self._kept[cascade_id, cell_name] = kept
        return kept[1]


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
