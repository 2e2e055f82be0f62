"""A call log in memory and a model that answers from a script: for runs whose rows a test wants to see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from sqlserver.core.call_log import CachedAnswer, CallIntent, CallOutcome, StatementTrace
from sqlserver.core.model import AttemptSink, FailedAttempt, ModelReply, ModelRequest


class CallBook:
    """Keeps the rows in the order of writing: ``events`` holds ("intent" | "outcome", trace id)."""

    def __init__(self, pause: float = 0.0) -> None:
        self.intents: dict[str, CallIntent] = {}
        self.outcomes: dict[str, CallOutcome] = {}
        self.events: list[tuple[str, str]] = []
        self.writing = {"intend": asyncio.Event(), "conclude": asyncio.Event()}
        self._pause = pause

    async def intend(self, intents: Iterable[CallIntent]) -> None:
        self.writing["intend"].set()
        await asyncio.sleep(self._pause)
        for intent in intents:
            self.intents[intent.trace_id] = intent
            self.events.append(("intent", intent.trace_id))

    async def conclude(self, outcomes: Iterable[CallOutcome]) -> None:
        self.writing["conclude"].set()
        await asyncio.sleep(self._pause)
        for outcome in outcomes:
            assert outcome.trace_id in self.intents
            self.outcomes[outcome.trace_id] = outcome
            self.events.append(("outcome", outcome.trace_id))

    async def trace_statement(self, traces: Iterable[StatementTrace]) -> None:
        raise AssertionError("a run does not trace statements")

    async def cached(self, keys: Iterable[str]) -> Mapping[str, CachedAnswer]:
        raise AssertionError("a run does not look into the cache")

    def statuses(self) -> list[str]:
        return [outcome.status for outcome in self.outcomes.values()]


def attempt(number: int, status: str = "failed") -> FailedAttempt:
    return FailedAttempt(number, status, f"try {number} failed", "m-1", "test", '{"messages": []}', "", 1.0)


Step = str | ModelReply | FailedAttempt | BaseException


class ScriptedModels:
    """Each request takes steps from the script until one is a reply (text or ModelReply) or an error."""

    def __init__(self, *steps: Step, local: bool = False, while_asked: Callable[[], None] | None = None) -> None:
        self.requests: list[ModelRequest] = []
        self._steps = list(steps)
        self._local = local
        self._while_asked = while_asked

    def resolve(self, alias: str) -> str:
        return f"{alias}-1"

    def is_local(self, alias: str) -> bool:
        return self._local

    async def complete(self, request: ModelRequest, deadline: float, on_failed: AttemptSink) -> ModelReply:
        self.requests.append(request)
        if self._while_asked is not None:
            self._while_asked()
            await asyncio.sleep(0)
        while True:
            step = self._steps.pop(0)
            if isinstance(step, FailedAttempt):
                await on_failed(step)
            elif isinstance(step, BaseException):
                raise step
            elif isinstance(step, str):
                return ModelReply(step, "m-1", "test", '{"messages": []}', "{}")
            else:
                return step
