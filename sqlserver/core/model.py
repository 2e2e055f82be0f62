"""One request to one model, and its reply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sqlserver.core.examples import Example

LocalTask = Literal["judge", "score", "classify", "similarity", "embed", "sound", "none"]
"""What a cell asks of the embedded model: "none" means that it needs free text, which that model cannot write."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """``system`` holds the cell's fixed text and the examples; ``user`` the rendered instructions.

    ``inputs`` and ``examples`` repeat the typed values for models that read no prompt (the embedded one).
    ``local_arguments`` names the inputs the local task reads, in order: judge/score (text, criterion),
    classify (text, labels), similarity and sound (left, right), embed (text).
    ``output_schema`` is a JSON schema or None for free text.
    """

    model: str
    system: str
    user: str
    inputs: Mapping[str, object] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    output_schema: Mapping[str, object] | None = None
    local_task: LocalTask = "none"
    local_arguments: tuple[str, ...] = ()
    max_tokens: int | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class ModelReply:
    """``text`` is the assistant's message, untrimmed. ``value`` is set by local models (bool, float, str, list).

    ``score`` is a local model's decision value, 0 to 1; ``cost`` in US dollars. ``warning`` is for the user: what
    the answer does not take into account, the same text for every input of a criterion.
    """

    text: str
    model: str
    provider: str
    request_json: str
    response_json: str
    value: object | None = None
    score: float | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    duration_ms: float = 0.0
    attempt: int = 1
    warning: str = ""


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """One try that did not give a reply; retried or not. ``status`` is failed, cancelled or timeout."""

    attempt: int
    status: str
    error: str
    model: str
    provider: str
    request_json: str
    response_json: str
    duration_ms: float


AttemptSink = Callable[[FailedAttempt], Awaitable[None]]


class Models(Protocol):
    """All configured models behind one door."""

    def resolve(self, alias: str) -> str:
        """The identity an alias stands for now (part of the cache key). 22023 for an unknown alias."""
        ...

    async def complete(self, request: ModelRequest, deadline: float, on_failed: AttemptSink) -> ModelReply:
        """One answer. ``deadline`` is a time on the event loop's clock.

        Retries inside; every failed try is told to ``on_failed`` before the next. Raises ModelUnreachable (58030: the
        endpoint is down), ModelCallFailed (58030: this call failed), InvalidTextRepresentation (22P02: the reply is
        no chat completion), FeatureNotSupported (0A000: the embedded model cannot write free text). QueryCanceled is
        never raised here: cancellation is asyncio's, and the caller logs it.
        """
        ...

    def is_local(self, alias: str) -> bool:
        """Whether the embedded model answers this alias."""
        ...
