"""A model call as it is logged, and the log's interface to those who call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

CallStatus = Literal["ok", "failed", "cancelled", "timeout", "invalid", "unknown"]
"""``invalid``: the reply could not be read. ``unknown``: the server died between request and reply."""


@dataclass(frozen=True, slots=True)
class CallIntent:
    """Written before the request leaves. Times are UTC, microseconds since the epoch."""

    trace_id: str
    request_id: str
    parent_id: str
    session_id: str
    caller_id: str
    timestamp_us: int
    cascade_id: str
    cascade_version: str
    cell_name: str
    operator: str
    model: str
    inputs_json: str
    input_hash: str
    prompt_hash: str
    cache_key: str
    example_ids: tuple[str, ...]
    example_set_hash: str
    db_user: str
    full_request_json: str = ""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """Written before the answer reaches the query. ``content_json`` is ``{"role":"assistant","content":"…"}``."""

    trace_id: str
    status: CallStatus
    model: str
    provider: str
    attempt: int
    full_request_json: str
    full_response_json: str
    content_json: str
    output: str
    tokens_in: int
    tokens_out: int
    cost: float
    duration_ms: float
    error: str
    node_type: str = "llm"
    role: str = "assistant"


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """Which statement used which trace; ``cached`` tells that it was answered before."""

    caller_id: str
    session_id: str
    trace_id: str
    operator: str
    cached: bool


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """``output`` is the final cell's output text as logged; NULL is never cached."""

    cache_key: str
    trace_id: str
    output: str


class CallLog(Protocol):
    """Durable before it returns; raises DiskFull (53100) where it cannot be."""

    async def intend(self, intents: Iterable[CallIntent]) -> None: ...

    async def conclude(self, outcomes: Iterable[CallOutcome]) -> None: ...

    async def trace_statement(self, traces: Iterable[StatementTrace]) -> None: ...

    async def cached(self, keys: Iterable[str]) -> Mapping[str, CachedAnswer]:
        """The answers the store holds for these cache keys (successes only)."""
        ...
