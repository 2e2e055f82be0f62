"""Calls and statement traces as the spool keeps them: JSON text, one record each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlserver.core.call_log import CallIntent, CallOutcome, StatementTrace

INTENT, OUTCOME, TRACE = 0, 1, 2

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    kind: int
    trace_id: str
    body: str

    @property
    def size(self) -> int:
        """Characters of the body, as SQLite's ``length`` counts them."""
        return len(self.body)


@dataclass(frozen=True, slots=True)
class SpoolBatch:
    """What one insert into ClickHouse carries. ``calls`` are (intent, outcome); an outcome may hold its intent."""

    token: str
    first_seq: int
    last_seq: int
    records: int
    size: int
    calls: list[tuple[Fields | None, Fields]]
    traces: list[Fields]


_INTENT_FIELDS = tuple(field.name for field in fields(CallIntent))
_OUTCOME_FIELDS = tuple(field.name for field in fields(CallOutcome))


def _json(value: object) -> str:
    """Text that holds half a surrogate pair cannot be UTF-8; escaped JSON keeps it all the same."""
    return json.dumps(value, separators=(",", ":"))


def intent_record(intent: CallIntent) -> Record:
    return Record(INTENT, intent.trace_id, _json({name: getattr(intent, name) for name in _INTENT_FIELDS}))


def outcome_record(outcome: CallOutcome, intent: CallIntent | None) -> Record:
    """``intent`` is given where the spool no longer holds it: a further outcome of a concluded call."""
    body: dict[str, object] = {name: getattr(outcome, name) for name in _OUTCOME_FIELDS}
    if intent is not None:
        body["intent"] = asdict(intent)
    return Record(OUTCOME, outcome.trace_id, _json(body))


def statement_trace_record(trace: StatementTrace, timestamp_us: int) -> Record:
    return Record(TRACE, trace.trace_id, _json({**asdict(trace), "timestamp_us": timestamp_us}))


def unknown_outcome(trace_id: str, intent: Fields) -> CallOutcome:
    """For a call whose process died between request and reply."""
    return CallOutcome(
        trace_id=trace_id,
        status="unknown",
        model=intent["model"],
        provider="",
        attempt=1,
        full_request_json=intent["full_request_json"],
        full_response_json="",
        content_json="",
        output="",
        tokens_in=0,
        tokens_out=0,
        cost=0.0,
        duration_ms=0.0,
        error="the server stopped before the reply was logged",
    )
