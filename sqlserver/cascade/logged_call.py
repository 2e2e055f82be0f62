"""The log rows of one request: the intent before it leaves, the outcome before its answer counts, each failed try."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping
from dataclasses import replace

from sqlserver.cascade.model import Cascade, Cell
from sqlserver.cascade.run_context import RunContext
from sqlserver.core.call_log import CallIntent, CallLog, CallOutcome, CallStatus
from sqlserver.core.examples import ExampleSet
from sqlserver.core.identity import canonical_json, digest, inputs_hash, uuid7
from sqlserver.core.model import FailedAttempt, ModelReply, ModelRequest


class LoggedCall:
    """``refuse`` alone, or ``intend``, then any number of ``failed_attempt``, then one of ``conclude`` and ``abandon``.

    The last failed try keeps the request's own trace id when no try succeeds, so a dead endpoint leaves as many rows
    as there were tries.
    """

    def __init__(
        self,
        log: CallLog,
        cascade: Cascade,
        cell: Cell,
        *,
        inputs: Mapping[str, object],
        context: RunContext,
        examples: ExampleSet,
    ) -> None:
        self._log = log
        self._cascade = cascade
        self._cell = cell
        self._inputs = inputs
        self._context = context
        self._examples = examples
        self._intent: CallIntent | None = None
        self._last_failure: FailedAttempt | None = None
        self.trace_id = uuid7()

    async def intend(self, request: ModelRequest, model: str) -> None:
        """Durable before it returns; DiskFull (53100) means that the request must not leave."""
        schema = canonical_json(request.output_schema) if request.output_schema else ""
        prompt_hash = digest(request.system, request.user, schema)
        self._intent = self._new_intent(model, prompt_hash, _request_json(request, model))
        await _to_the_end(self._log.intend((self._intent,)))

    async def refuse(self, model: str, error: str) -> None:
        """These inputs make no request: a failed row that no model saw."""
        self._intent = self._new_intent(model, "", "")
        await _to_the_end(self._log.intend((self._intent,)))
        await self.abandon("failed", error)

    def _new_intent(self, model: str, prompt_hash: str, request_json: str) -> CallIntent:
        context = self._context
        return CallIntent(
            trace_id=self.trace_id,
            request_id=uuid7(),
            parent_id=context.parent_trace,
            session_id=context.session_id,
            caller_id=context.caller_id,
            timestamp_us=time.time_ns() // 1000,
            cascade_id=self._cascade.cascade_id,
            cascade_version=self._cascade.version,
            cell_name=self._cell.name,
            operator=context.operator.name if context.operator else "",
            model=model,
            inputs_json=json.dumps(self._inputs, ensure_ascii=False, separators=(",", ":")),
            input_hash=inputs_hash(self._inputs),
            prompt_hash=prompt_hash,
            cache_key=context.cache_key,
            example_ids=self._examples.ids,
            example_set_hash=self._examples.set_hash,
            db_user=context.db_user,
            full_request_json=request_json,
        )

    async def failed_attempt(self, attempt: FailedAttempt) -> None:
        """``core.model.AttemptSink``: one try failed. It gets its row once it is known not to be the last."""
        previous, self._last_failure = self._last_failure, attempt
        if previous is not None:
            await _to_the_end(self._write_failure(previous))

    async def conclude(self, reply: ModelReply, status: CallStatus, *, output: str = "", error: str = "") -> None:
        """A reply came: ``ok`` with its output, or ``invalid`` with what is wrong."""
        intent = self._known_intent()
        outcome = CallOutcome(
            trace_id=intent.trace_id,
            status=status,
            model=reply.model or intent.model,
            provider=reply.provider,
            attempt=reply.attempt,
            full_request_json=reply.request_json if '"messages"' in reply.request_json else intent.full_request_json,
            full_response_json=reply.response_json,
            content_json=json.dumps({"role": "assistant", "content": reply.text}, ensure_ascii=False),
            output=output,
            tokens_in=reply.tokens_in,
            tokens_out=reply.tokens_out,
            cost=reply.cost,
            duration_ms=reply.duration_ms,
            error=error,
        )
        await _to_the_end(self._finish(outcome))

    async def abandon(self, status: CallStatus, error: str) -> None:
        """No reply: the last failed try is what is known, or the call was cancelled under way."""
        intent, failure = self._known_intent(), self._last_failure
        # A try that failed before a cancellation was over: what was cancelled is the next one, or the pause before it.
        if failure is not None and (status != "cancelled" or failure.status == "cancelled"):
            self._last_failure = None
            outcome = _failed(intent, failure)
        else:
            outcome = _unanswered(intent, status, error)
        await _to_the_end(self._finish(outcome))

    async def _finish(self, outcome: CallOutcome) -> None:
        failure, self._last_failure = self._last_failure, None
        if failure is not None:
            await self._write_failure(failure)
        await self._log.conclude((outcome,))

    async def _write_failure(self, failure: FailedAttempt) -> None:
        """A row of its own: another trace id, the same request id, and no cache key."""
        intent = replace(self._known_intent(), trace_id=uuid7(), cache_key="")
        await self._log.intend((intent,))
        await self._log.conclude((_failed(intent, failure),))

    def _known_intent(self) -> CallIntent:
        if self._intent is None:
            raise RuntimeError("a call must be intended before it ends")
        return self._intent


async def _to_the_end(writing: Coroutine[None, None, None]) -> None:
    """Waits for a write to the log also where the statement is cancelled meanwhile: no row may hang half written."""
    task = asyncio.ensure_future(writing)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled from task.exception()
    task.result()


def _failed(intent: CallIntent, failure: FailedAttempt) -> CallOutcome:
    status: CallStatus = "timeout" if failure.status == "timeout" else "failed"
    if failure.status == "cancelled":
        status = "cancelled"
    return replace(
        _unanswered(intent, status, failure.error),
        model=failure.model or intent.model,
        provider=failure.provider,
        attempt=failure.attempt,
        full_request_json=failure.request_json if '"messages"' in failure.request_json else intent.full_request_json,
        full_response_json=failure.response_json,
        duration_ms=failure.duration_ms,
    )


def _unanswered(intent: CallIntent, status: CallStatus, error: str) -> CallOutcome:
    elapsed = time.time_ns() // 1000 - intent.timestamp_us
    return CallOutcome(
        trace_id=intent.trace_id,
        status=status,
        model=intent.model,
        provider="",
        attempt=1,
        full_request_json=intent.full_request_json,
        full_response_json="",
        content_json="",
        output="",
        tokens_in=0,
        tokens_out=0,
        cost=0.0,
        duration_ms=max(elapsed, 0) / 1000,
        error=error,
    )


def _request_json(request: ModelRequest, model: str) -> str:
    messages = [{"role": "user", "content": request.user}]
    if request.system:
        messages.insert(0, {"role": "system", "content": request.system})
    return json.dumps({"model": model, "messages": messages}, ensure_ascii=False)
