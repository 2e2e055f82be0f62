"""Speaks to one OpenAI-compatible endpoint: chat completions with retries, limits, a breaker, usage and cost.

A call makes at most four attempts and takes at most 30 seconds (waiting for a free slot aside), inside the statement's
deadline. Every failed attempt is told to the caller before the next. Errors name the alias, never a URL or key.
"""

from __future__ import annotations

import asyncio
import json
import time
from urllib.parse import urlsplit

import aiohttp

from sqlserver.config.models_file import Endpoint
from sqlserver.core.errors import InvalidTextRepresentation, ModelCallFailed, ModelUnreachable, OutOfTime, ServerError
from sqlserver.core.model import AttemptSink, FailedAttempt, ModelReply, ModelRequest
from sqlserver.llm.breaker import Breaker
from sqlserver.llm.chat_reply import error_message, parse_reply
from sqlserver.llm.chat_request import build_body, refused_part
from sqlserver.llm.concurrency import Limiter
from sqlserver.llm.http_attempt import Exchange, exchange, open_http
from sqlserver.llm.provider import ModelSpec
from sqlserver.llm.retry import delay, is_retried, parse_retry_after

DENIED = {401: "refuses the key", 402: "asks for payment", 403: "refuses the key", 404: "does not know the model"}
"""Statuses that every further call would meet as well: they end the statement."""


class OpenAIClient:
    """A ``Provider``. One event loop; connections open at the first call."""

    local = False

    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self._name = name
        self._endpoint = endpoint
        self._url = f"{endpoint.base_url}/chat/completions"
        self._http: aiohttp.ClientSession | None = None
        self._limiter = Limiter(endpoint.concurrency)
        self._breaker = Breaker(time.monotonic)
        self._refused_parts: dict[str, frozenset[str]] = {}
        """By model: what requests must do without. Kept once a request without it was answered."""

    def identity(self, spec: ModelSpec) -> str:
        parts = urlsplit(self._endpoint.base_url)
        return f"{self._name}:{spec.model}@{parts.netloc}{parts.path}"

    async def close(self) -> None:
        self._limiter.close()
        if self._http is not None:
            await self._http.close()

    async def complete(
        self, spec: ModelSpec, request: ModelRequest, deadline: float, on_failed: AttemptSink
    ) -> ModelReply:
        loop = asyncio.get_running_loop()
        left = self._endpoint.timeout
        refused = self._refused_parts.get(spec.model, frozenset())
        for attempt in range(1, self._endpoint.attempts + 1):
            body = build_body(spec, request, refused)
            sent = json.dumps(body, ensure_ascii=False)
            async with self._slot(spec, deadline):
                started = loop.time()
                got = await self._exchange(spec, sent, min(left, deadline - started))
                took = loop.time() - started
            failure: ServerError | None = None
            if got.kind == "reply" and got.status == 200:
                self._refused_parts[spec.model] = refused
                try:
                    return self._reply(spec, sent, got, attempt, took)
                except InvalidTextRepresentation as error:
                    failure = error
            left -= took
            told = failure.message if failure is not None else got.error
            status = "timeout" if got.kind == "timeout" else "failed"
            await on_failed(FailedAttempt(attempt, status, told, spec.model, self._name, sent, got.raw, took * 1000))
            if failure is not None:
                raise failure
            part = refused_part(body, error_message(got.raw)) if got.status in (400, 422) else None
            if part is not None:
                refused |= {part}
                continue
            if got.kind == "timeout" and loop.time() >= deadline:
                self._breaker.call_failed(got.error)
                raise OutOfTime(f'model "{spec.alias}" gave no answer in time: {got.error}')
            wait = self._wait(spec, got, attempt)
            left -= wait
            late = loop.time() + wait >= deadline
            if left <= 0 or late:
                self._breaker.call_failed(got.error)
                kind = OutOfTime if late else ModelCallFailed
                raise kind(f'model "{spec.alias}" gave no answer in time: {got.error}')
            await asyncio.sleep(wait)
        raise ModelCallFailed(f'model "{spec.alias}" refused every form of the request')

    def _slot(self, spec: ModelSpec, deadline: float) -> _Slot:
        return _Slot(self._limiter, self._breaker, spec.alias, deadline)

    async def _exchange(self, spec: ModelSpec, sent: str, seconds: float) -> Exchange:
        """One exchange, and what the breaker and the limiter learn from it."""
        if self._http is None:
            self._http = open_http(self._endpoint.concurrency)
        key = self._endpoint.key
        try:
            got = await exchange(self._http, self._url, sent.encode("utf-8", "replace"), key, max(seconds, 0.001))
        except BaseException:
            self._breaker.abandoned()
            raise
        if got.kind == "refused":
            self._breaker.refused(got.error)
        elif denial := _denial(got):
            self._breaker.refused(denial)
        elif got.status == 429:
            self._limiter.rate_limited(parse_retry_after(got.headers.get("retry-after")))
            self._breaker.answered()
        elif got.kind == "reply" and got.status < 500:
            self._breaker.succeeded()
            self._limiter.succeeded(got.headers)
        else:
            self._breaker.probe_failed(got.error)
        return got

    def _wait(self, spec: ModelSpec, got: Exchange, attempt: int) -> float:
        """Seconds until the next try. Raises where there is none."""
        if denial := _denial(got):
            raise ModelUnreachable(
                f'model endpoint of "{spec.alias}" is of no use: {denial}',
                hint="Check the endpoint's key and model name in models.yaml or SQLSERVER_LLM_*.",
            )
        retried = got.kind in ("refused", "broken") or is_retried(got.status)
        if retried and attempt < self._endpoint.attempts:
            return delay(attempt, parse_retry_after(got.headers.get("retry-after")))
        if got.kind != "reply" or retried:
            self._breaker.call_failed(got.error)
        if got.kind == "refused":
            raise _unreachable(spec.alias, got.error)
        said = error_message(got.raw) if got.raw else ""
        raise ModelCallFailed(f'model "{spec.alias}" gave no answer: {got.error}' + (f": {said}" if said else ""))

    def _reply(self, spec: ModelSpec, sent: str, got: Exchange, attempt: int, took: float) -> ModelReply:
        chat = parse_reply(got.raw, spec.alias)
        return ModelReply(
            text=chat.text,
            model=spec.model,
            provider=self._name,
            request_json=sent,
            response_json=got.raw,
            tokens_in=chat.tokens_in,
            tokens_out=chat.tokens_out,
            cost=spec.cost(chat.tokens_in, chat.tokens_out),
            duration_ms=took * 1000,
            attempt=attempt,
        )


class _Slot:
    """A place at the endpoint: waits for the limiter until the deadline, and asks the breaker when its turn comes."""

    def __init__(self, limiter: Limiter, breaker: Breaker, alias: str, deadline: float) -> None:
        self._slot = limiter.slot()
        self._breaker = breaker
        self._alias = alias
        self._deadline = deadline

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout_at(self._deadline):
                await self._slot.__aenter__()
                try:
                    admitted = await self._breaker.admitted()
                except BaseException:
                    await self._slot.__aexit__(None, None, None)
                    raise
        except TimeoutError:
            raise OutOfTime(f'model "{self._alias}" had no free slot before the deadline') from None
        if not admitted:
            await self._slot.__aexit__(None, None, None)
            raise _unreachable(self._alias, self._breaker.reason)

    async def __aexit__(self, *_: object) -> None:
        await self._slot.__aexit__(None, None, None)


def _denial(got: Exchange) -> str:
    """Why every further call would fail as well, or nothing. A used-up quota comes as 429 and is no rate limit."""
    words = DENIED.get(got.status, "")
    if got.status == 429 and "insufficient_quota" in got.raw:
        words = "has no quota left"
    return f"it {words} (HTTP status {got.status})" if words else ""


def _unreachable(alias: str, reason: str) -> ModelUnreachable:
    return ModelUnreachable(
        f'model endpoint of "{alias}" is unreachable: {reason}',
        hint="Check the base URL in models.yaml or SQLSERVER_LLM_BASE_URL.",
    )
