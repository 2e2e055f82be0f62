"""Calls as the semantic layer logs them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlserver.core.annotations import AnnotationEvent
from sqlserver.core.call_log import CallIntent, CallOutcome
from sqlserver.core.identity import canonical_json, digest, uuid7
from sqlserver.store.log_store import LogStore


def intent(inputs: Mapping[str, object] | None = None, **changed: Any) -> CallIntent:
    inputs_json = canonical_json(inputs or {"text": "bamboo toothbrush", "criterion": "eco-friendly"})
    made = CallIntent(
        trace_id=uuid7(),
        request_id=uuid7(),
        parent_id="",
        session_id="session-1",
        caller_id="statement-1",
        timestamp_us=time.time_ns() // 1000,
        cascade_id="semantic_matches",
        cascade_version="v1",
        cell_name="evaluate",
        operator="semantic_matches",
        model="default",
        inputs_json=inputs_json,
        input_hash=digest(inputs_json),
        prompt_hash="p",
        cache_key="",
        example_ids=(),
        example_set_hash="",
        db_user="ann",
    )
    return replace(made, **changed)


def outcome(trace_id: str, output: str = "true", **changed: Any) -> CallOutcome:
    request = {"messages": [{"role": "system", "content": "You judge."}, {"role": "user", "content": "rendered"}]}
    made = CallOutcome(
        trace_id=trace_id,
        status="ok",
        model="m",
        provider="p",
        attempt=1,
        full_request_json=json.dumps(request),
        full_response_json=json.dumps({"choices": [{"message": {"role": "assistant", "content": output}}]}),
        content_json=json.dumps({"role": "assistant", "content": output}),
        output=output,
        tokens_in=7,
        tokens_out=1,
        cost=0.0001,
        duration_ms=12.5,
        error="",
    )
    return replace(made, **changed)


async def log_call(
    store: LogStore, inputs: Mapping[str, object] | None = None, output: str = "true", **changed: Any
) -> str:
    """One answered call; the trace id."""
    made = intent(inputs, **changed)
    await store.intend([made])
    await store.conclude([outcome(made.trace_id, output)])
    return made.trace_id


def mark(trace_id: str, *, by: str = "ann", batch: str | None = None, **said: Any) -> AnnotationEvent:
    return AnnotationEvent(trace_id=trace_id, batch_id=batch or uuid7(), db_user=by, **said)


async def examples(store: LogStore, cell: str | None = "evaluate", **options: Any) -> list[tuple[str, str]]:
    """(user input, output) as retrieval gives them."""
    asked: dict[str, Any] = {"min_confidence": 0.8, "verified_only": False, "order": "recent", "limit": 10} | options
    found = await store.training_candidates("semantic_matches", cell, **asked)
    return [(example.user_input, example.output) for example in found]
