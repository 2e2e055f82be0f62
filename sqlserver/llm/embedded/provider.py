"""The embedded model as a provider: answers requests in this process, without a key, a network or a price."""

from __future__ import annotations

import asyncio
import json

from sqlserver.core.errors import ModelCallFailed
from sqlserver.core.identity import digest
from sqlserver.core.model import AttemptSink, ModelReply, ModelRequest
from sqlserver.llm.embedded.concepts import judge_data
from sqlserver.llm.embedded.encoder import Encoder
from sqlserver.llm.embedded.knowledge import Knowledge
from sqlserver.llm.embedded.tasks import TASKS, LocalAnswer
from sqlserver.llm.embedded.weights import MODEL_NAME, WEIGHTS_SHA256
from sqlserver.llm.provider import ModelSpec

JUDGE_VERSION = "1"
"""Raised when the judge's arithmetic changes, so that no answer of the former is taken from the cache."""


class EmbeddedModel:
    """A ``Provider``. Weights, background and concepts are read at the first call."""

    local = True

    def __init__(self) -> None:
        self.encoder = Encoder()
        """Also what retrieval of examples by meaning uses."""
        self._knowledge: Knowledge | None = None
        self._identity = ""

    def identity(self, spec: ModelSpec) -> str:
        if not self._identity:
            self._identity = f"{MODEL_NAME}@{WEIGHTS_SHA256[:12]}+{JUDGE_VERSION}.{digest(judge_data())[:8]}"
        return self._identity

    async def complete(
        self, spec: ModelSpec, request: ModelRequest, deadline: float, on_failed: AttemptSink
    ) -> ModelReply:
        loop = asyncio.get_running_loop()
        started = loop.time()
        if self._knowledge is None:
            self._knowledge = Knowledge(self.encoder)
        try:
            async with asyncio.timeout_at(deadline):
                answer = await TASKS[request.local_task](self._knowledge, request)
        except TimeoutError:
            raise ModelCallFailed("the embedded model had no answer before the deadline") from None
        return ModelReply(
            text=answer.text,
            model=MODEL_NAME,
            provider="local",
            request_json=_request_json(request),
            response_json=_response_json(answer),
            value=answer.value,
            score=answer.score,
            duration_ms=(loop.time() - started) * 1000,
            warning=answer.warning,
        )

    async def close(self) -> None:
        await self.encoder.close()


def _request_json(request: ModelRequest) -> str:
    """In the shape of a chat completion, so that one JSON path reads the logs of every model."""
    messages = [{"role": "system", "content": request.system}] if request.system else []
    messages.append({"role": "user", "content": request.user})
    return json.dumps({"model": MODEL_NAME, "messages": messages, "task": request.local_task}, ensure_ascii=False)


def _response_json(answer: LocalAnswer) -> str:
    message = {"role": "assistant", "content": answer.text}
    reply = {
        "object": "chat.completion",
        "model": MODEL_NAME,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "score": None if answer.score is None else round(answer.score, 6),
        "marks": answer.marks,
    }
    return json.dumps(reply, ensure_ascii=False)
