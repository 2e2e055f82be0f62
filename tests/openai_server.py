"""A loopback endpoint that speaks OpenAI's chat completions and embeddings, for tests and benchmarks.

It judges by rule, so that a test knows the answer beforehand, keeps every request it got, and can be told to be slow,
busy, broken or silent. Run by itself it prints ``listening on http://127.0.0.1:PORT/v1``:

    python -m tests.openai_server --port 0 --latency 0.2

``GET /requests`` gives ``{"count": n, "requests": [body, …]}``, ``POST /reset`` forgets them and the behaviour,
``POST /behave`` takes the fields of Behaviour as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

Body = dict[str, Any]

KEYWORDS: dict[str, tuple[str, ...]] = {
    "eco-friendly": ("eco", "bamboo", "sustainable", "recycled", "organic", "reusable", "compostable", "solar"),
    "sustainable": ("eco", "bamboo", "sustainable", "recycled", "organic", "reusable", "compostable", "solar"),
    "positive": ("love", "great", "amazing", "excellent", "wonderful", "good"),
    "negative": ("hate", "bad", "terrible", "awful", "broken", "poor"),
    "expensive": ("luxury", "premium", "gold", "expensive", "costly"),
}
"""Criterion or label to the words that satisfy it; beside this table the criterion's own words count."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the next replies look like. ``times`` = for how many requests (None = until told otherwise).

    ``content`` is the assistant's text, ``rubbish`` a body that is no JSON, ``hang`` no answer until the peer leaves,
    ``drop`` a connection closed without a reply, ``wrong_ids`` batch answers with ids nobody asked for.
    ``latency`` and ``retry_after`` are seconds; ``headers`` are added to every reply.
    """

    latency: float = 0.0
    status: int = 200
    retry_after: float | None = None
    content: str | None = None
    rubbish: bool = False
    hang: bool = False
    drop: bool = False
    wrong_ids: bool = False
    refuse_response_format: bool = False
    redirect: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int | None = None


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower()))


def judged(text: str, criterion: str) -> bool:
    """The rule: a keyword of the criterion occurs in the text, or all the criterion's own words do."""
    found = words(text)
    keywords = KEYWORDS.get(criterion.strip().lower(), ())
    return any(keyword in found for keyword in keywords) or (bool(words(criterion)) and words(criterion) <= found)


def fields_of(message: str) -> dict[str, str]:
    """The ``Name: value`` lines of a rendered prompt, names in lower case, a value running to the next such line."""
    found: dict[str, str] = {}
    name = ""
    for line in message.splitlines():
        match = re.match(r"\s*([A-Za-z][A-Za-z _]{0,30}):\s?(.*)$", line)
        if match:
            name = match.group(1).strip().lower()
            found[name] = match.group(2)
        elif name:
            found[name] += "\n" + line
    return {key: value.strip() for key, value in found.items()}


def labels_of(text: str) -> list[str]:
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = text.strip("[]").split(",")
    return [str(label).strip(" '\"") for label in parsed] if isinstance(parsed, list) else [str(parsed)]


def answer(given: dict[str, Any]) -> object:
    """One answer from named inputs: a label, a truth value, or the text echoed beside the question."""
    text = str(given.get("text", given.get("left", given.get("a", ""))))
    for name in ("labels", "categories", "choices", "classes"):
        if name in given:
            labels = given[name] if isinstance(given[name], list) else labels_of(str(given[name]))
            return next((label for label in labels if judged(text, str(label))), labels[0] if labels else "")
    if "criterion" in given:
        return judged(text, str(given["criterion"]))
    for name in ("question", "prompt", "what", "field"):
        if name in given:
            return f"{given[name]} -> {text}"
    other = next((given[name] for name in ("other", "right", "b") if name in given), None)
    if other is not None:
        return bool(words(text) & words(str(other)))
    return text or " ".join(str(value) for value in given.values())


def as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def default_reply(body: Body) -> str:
    """The assistant's text by rule. A score is asked for where the prompt or the schema names a number."""
    message = next((m["content"] for m in reversed(body["messages"]) if m["role"] == "user"), "")
    try:
        items = json.loads(message)["items"]
    except (ValueError, KeyError, TypeError):
        items = None
    if items is not None:
        return json.dumps({"answers": [{"id": item["id"], "answer": answer(item)} for item in items]})
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
    given = fields_of(message)
    value = answer(given) if given else message
    asks_number = re.search(
        r"\b(0 to 1|0 and 1|0\.0|number|score)\b", message.split("\n\n", maxsplit=1)[0], re.IGNORECASE
    )
    if isinstance(value, bool) and asks_number:
        value = 0.9 if value else 0.1
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        return json.dumps(dict.fromkeys(properties, value) if properties else {"answer": value})
    return as_text(value)


def embedding(text: str, dimensions: int = 16) -> list[float]:
    """Words hashed into ``dimensions`` counts: texts that share words are near each other."""
    vector = [0.0] * dimensions
    for word in words(text):
        vector[hashlib.sha256(word.encode()).digest()[0] % dimensions] += 1.0
    norm = sum(x * x for x in vector) ** 0.5 or 1.0
    return [x / norm for x in vector]


def closed_url() -> str:
    """The base URL of a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


class OpenAIServer:
    """``async with OpenAIServer() as server:`` then ``server.base_url``, ``server.requests``, ``server.behave(…)``."""

    def __init__(self, port: int = 0, judge: Callable[[Body], str] = default_reply, **behaviour: Any) -> None:
        self.requests: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.judge = judge
        self.in_flight = 0
        self.most_in_flight = 0
        self.gone = 0
        """Requests whose client left before the reply."""
        self._changed = asyncio.Condition()
        self._usual = Behaviour(**behaviour)
        self._script: list[Behaviour] = []
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def count(self) -> int:
        return len(self.requests)

    def behave(self, **fields: Any) -> None:
        """With ``times``: the next so many requests, after what was scripted before; without: from now on."""
        behaviour = Behaviour(**fields)
        if behaviour.times is None:
            self._usual = behaviour
        else:
            self._script.extend([replace(behaviour, times=1)] * behaviour.times)

    def reset(self) -> None:
        self.requests.clear()
        self.headers.clear()
        self._script.clear()
        self._usual = Behaviour()
        self.most_in_flight = self.gone = 0

    async def wait_until(self, holds: Callable[[], bool]) -> None:
        """Until this is true, looked at whenever a request comes or its client leaves."""
        async with self._changed:
            await self._changed.wait_for(holds)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def system_messages(self) -> list[str]:
        return [
            "".join(m["content"] for m in body.get("messages", []) if m["role"] == "system") for body in self.requests
        ]

    def user_messages(self) -> list[str]:
        return [
            "".join(m["content"] for m in body.get("messages", []) if m["role"] == "user") for body in self.requests
        ]

    async def __aenter__(self) -> OpenAIServer:
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_post("/v1/chat/completions", self._chat)
        application.router.add_post("/v1/embeddings", self._embeddings)
        application.router.add_get("/v1/models", self._models)
        for path in ("/requests", "/v1/requests"):
            application.router.add_get(path, self._show)
        application.router.add_post("/reset", self._reset)
        application.router.add_post("/behave", self._behave)
        self._runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """The port is closed; ``async with`` again or ``__aenter__`` opens the same one."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body: Body = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        await self._tell()
        behaviour = self._script.pop(0) if self._script else self._usual
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._respond(request, body, behaviour)
        except asyncio.CancelledError:
            self.gone += 1
            await self._tell()
            raise
        finally:
            self.in_flight -= 1

    async def _respond(self, request: web.Request, body: Body, behaviour: Behaviour) -> web.StreamResponse:
        if behaviour.latency:
            await asyncio.sleep(behaviour.latency)
        if behaviour.hang:
            await asyncio.Event().wait()
        if behaviour.drop:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        headers = dict(behaviour.headers)
        if behaviour.redirect is not None:
            return web.Response(status=307, headers={"Location": behaviour.redirect})
        if behaviour.rubbish:
            return web.Response(text="<html>not json", content_type="application/json", headers=headers)
        if behaviour.refuse_response_format and "response_format" in body:
            return self._error(400, "Unknown parameter: response_format", headers)
        if behaviour.status != 200:
            if behaviour.retry_after is not None:
                headers["Retry-After"] = f"{behaviour.retry_after:g}"
            return self._error(behaviour.status, f"scripted {behaviour.status}", headers)
        text = self.judge(body) if behaviour.content is None else behaviour.content
        if behaviour.wrong_ids:
            text = json.dumps({"answers": [{"id": 90_001, "answer": True}]})
        return web.json_response(self._completion(body, text), headers=headers)

    def _completion(self, body: Body, text: str) -> Body:
        tokens_in = sum(len(str(message["content"]).split()) for message in body["messages"])
        tokens_out = len(text.split())
        usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
        message = {"role": "assistant", "content": text}
        return {
            "id": f"chatcmpl-{self.count}",
            "object": "chat.completion",
            "created": 0,
            "model": body.get("model", ""),
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": usage,
        }

    def _error(self, status: int, message: str, headers: dict[str, str]) -> web.Response:
        return web.json_response({"error": {"message": message, "type": "error"}}, status=status, headers=headers)

    async def _embeddings(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.requests.append(body)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        rows = [{"object": "embedding", "index": i, "embedding": embedding(text)} for i, text in enumerate(texts)]
        return web.json_response({"object": "list", "data": rows, "model": body.get("model", ""), "usage": {}})

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "test-model", "object": "model"}]})

    async def _show(self, _: web.Request) -> web.Response:
        return web.json_response({"count": self.count, "requests": self.requests})

    async def _reset(self, _: web.Request) -> web.Response:
        self.reset()
        return web.json_response({"count": 0})

    async def _behave(self, request: web.Request) -> web.Response:
        self.behave(**(await request.json()))
        return web.json_response({})


async def serve(port: int, latency: float) -> None:
    async with OpenAIServer(port=port, latency=latency) as server:
        print(f"listening on {server.base_url}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each reply")
    given = parser.parse_args()
    try:
        asyncio.run(serve(given.port, given.latency))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
