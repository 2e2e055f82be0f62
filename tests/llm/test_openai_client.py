"""The client against a real HTTP server on the loopback interface."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from sqlserver.config.models_file import Endpoint
from sqlserver.core.errors import InvalidTextRepresentation, ModelCallFailed, ModelUnreachable
from sqlserver.core.model import FailedAttempt, ModelReply, ModelRequest
from sqlserver.llm import breaker
from sqlserver.llm.openai_client import OpenAIClient
from sqlserver.llm.provider import ModelSpec
from tests.openai_server import OpenAIServer, closed_url

KEY = "sk-secret-key"
SPEC = ModelSpec("default", "m", price_in=1.0, price_out=2.0)
OBJECT = {"type": "object", "properties": {"answer": {"type": "boolean"}}}


class Peer:
    """A client of one endpoint and what it told about failed attempts."""

    def __init__(self, base_url: str, **fields: Any) -> None:
        self.client = OpenAIClient("main", Endpoint(base_url=base_url, api_key=KEY, **fields))
        self.failed: list[FailedAttempt] = []

    async def ask(self, text: str = "bamboo toothbrush", seconds: float = 30.0, **fields: Any) -> ModelReply:
        request = ModelRequest("default", "You judge.", f"Text: {text}\nCriterion: eco-friendly", **fields)
        deadline = asyncio.get_running_loop().time() + seconds
        return await self.client.complete(SPEC, request, deadline, self._told)

    async def _told(self, attempt: FailedAttempt) -> None:
        self.failed.append(attempt)


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as running:
        yield running


@pytest.fixture
async def peers() -> AsyncIterator[Callable[..., Peer]]:
    opened: list[Peer] = []

    def open_peer(base_url: str, **fields: Any) -> Peer:
        opened.append(Peer(base_url, **fields))
        return opened[-1]

    yield open_peer
    for peer in opened:
        await peer.client.close()


async def test_reply_has_text_usage_cost_and_no_key(server: OpenAIServer, peers: Callable[..., Peer]) -> None:
    reply = await peers(server.base_url).ask()
    assert (reply.text, reply.attempt, reply.provider) == ("true", 1, "main")
    assert reply.cost == pytest.approx((reply.tokens_in + 2 * reply.tokens_out) / 1e6)
    assert json.loads(reply.request_json)["messages"][-1]["content"].startswith("Text: bamboo")
    assert json.loads(reply.response_json)["choices"][0]["message"]["content"] == "true"
    assert KEY not in reply.request_json + reply.response_json
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
async def test_passing_trouble_is_tried_again(server: OpenAIServer, peers: Callable[..., Peer], status: int) -> None:
    server.behave(status=status, times=2, retry_after=0.01)
    peer = peers(server.base_url)
    reply = await peer.ask()
    assert (reply.text, reply.attempt, server.count) == ("true", 3, 3)
    assert [(f.attempt, f.status, f.error) for f in peer.failed] == [
        (n, "failed", f"HTTP status {status}") for n in (1, 2)
    ]


async def test_a_broken_connection_is_tried_again(server: OpenAIServer, peers: Callable[..., Peer]) -> None:
    server.behave(drop=True, times=1)
    assert (await peers(server.base_url).ask()).attempt == 2


@pytest.mark.parametrize(
    ("behaviour", "error", "requests"),
    [
        ({"status": 500, "retry_after": 0.01}, ModelCallFailed, 4),
        ({"status": 400}, ModelCallFailed, 1),
        ({"status": 401}, ModelUnreachable, 1),
        ({"status": 404}, ModelUnreachable, 1),
        ({"rubbish": True}, InvalidTextRepresentation, 1),
        ({"redirect": "http://127.0.0.1:9/v1"}, ModelCallFailed, 1),
    ],
)
async def test_each_failure_has_its_error(
    server: OpenAIServer, peers: Callable[..., Peer], behaviour: dict[str, Any], error: type[Exception], requests: int
) -> None:
    server.behave(**behaviour)
    peer = peers(server.base_url)
    with pytest.raises(error) as caught:
        await peer.ask()
    assert server.count == len(peer.failed) == requests
    assert '"default"' in str(caught.value)
    assert KEY not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


async def test_a_key_that_the_endpoint_repeats_is_blacked_out(server: OpenAIServer, peers: Callable[..., Peer]) -> None:
    server.behave(content=f"your key is {KEY}")
    reply = await peers(server.base_url).ask()
    assert reply.text == "your key is [key]"
    assert KEY not in reply.response_json


async def test_retry_after_beyond_the_deadline_is_not_waited_for(
    server: OpenAIServer, peers: Callable[..., Peer]
) -> None:
    server.behave(status=429, retry_after=3600)
    with pytest.raises(ModelCallFailed, match="in time"):
        await peers(server.base_url).ask()
    assert server.count == 1


async def test_silence_ends_with_the_calls_time(server: OpenAIServer, peers: Callable[..., Peer]) -> None:
    server.behave(hang=True)
    peer = peers(server.base_url, timeout=0.1)
    with pytest.raises(ModelCallFailed, match="no answer"):
        await peer.ask()
    assert [f.status for f in peer.failed] == ["timeout"]


async def test_a_dead_endpoint_is_told_once_and_not_once_a_row(peers: Callable[..., Peer]) -> None:
    peer = peers(closed_url(), concurrency=4)
    answers = await asyncio.gather(*(peer.ask(f"row {n}") for n in range(500)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {ModelUnreachable}
    assert {str(answer) for answer in answers} == {'model endpoint of "default" is unreachable: connection refused'}
    assert len(peer.failed) <= 8


async def test_the_first_rows_after_an_outage_are_all_answered(
    server: OpenAIServer, peers: Callable[..., Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "COOL_DOWN", 0.0)
    peer = peers(server.base_url, attempts=1)
    await server.close()
    outage = await asyncio.gather(*(peer.ask(f"row {n}") for n in range(20)), return_exceptions=True)
    assert {type(answer) for answer in outage} == {ModelUnreachable}
    async with server:
        replies = await asyncio.gather(*(peer.ask(f"bamboo {n}") for n in range(20)))
    assert {reply.text for reply in replies} == {"true"}


async def test_an_endpoint_that_refuses_the_key_is_asked_a_few_times_only(
    server: OpenAIServer, peers: Callable[..., Peer]
) -> None:
    server.behave(status=401)
    peer = peers(server.base_url, concurrency=2)
    await asyncio.gather(*(peer.ask(f"row {n}") for n in range(100)), return_exceptions=True)
    assert server.count <= 4


async def test_cancelling_closes_the_connection(server: OpenAIServer, peers: Callable[..., Peer]) -> None:
    server.behave(hang=True)
    peer = peers(server.base_url)
    call = asyncio.create_task(peer.ask())
    await server.wait_until(lambda: server.count == 1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await server.wait_until(lambda: server.gone == 1)
    assert peer.failed == []


async def test_structured_output_falls_back_to_words_and_remembers(
    server: OpenAIServer, peers: Callable[..., Peer]
) -> None:
    server.behave(refuse_response_format=True)
    peer = peers(server.base_url)
    await peer.ask(output_schema=OBJECT)
    await peer.ask(output_schema=OBJECT)
    assert ["response_format" in body for body in server.requests] == [True, False, False]
    assert "JSON schema" in server.system_messages()[1]


async def test_a_refusal_for_another_reason_does_not_end_structured_output(
    server: OpenAIServer, peers: Callable[..., Peer]
) -> None:
    server.behave(status=400, times=2)
    peer = peers(server.base_url)
    with pytest.raises(ModelCallFailed):
        await peer.ask(output_schema=OBJECT)
    await peer.ask(output_schema=OBJECT)
    assert ["response_format" in body for body in server.requests] == [True, False, True]


@pytest.mark.parametrize("kind", ["boolean", "number", "string"])
async def test_single_values_are_asked_for_as_plain_text(
    server: OpenAIServer, peers: Callable[..., Peer], kind: str
) -> None:
    await peers(server.base_url).ask(output_schema={"type": kind})
    assert "response_format" not in server.requests[0]


async def test_no_more_requests_at_once_than_configured(server: OpenAIServer, peers: Callable[..., Peer]) -> None:
    server.behave(latency=0.005)
    peer = peers(server.base_url, concurrency=5)
    await asyncio.gather(*(peer.ask(f"row {n}") for n in range(40)))
    assert server.most_in_flight == 5
    assert server.count == 40


async def test_a_reply_without_end_is_cut_off(server: OpenAIServer, peers: Callable[..., Peer]) -> None:
    server.behave(content="x" * (5 << 20))
    with pytest.raises(ModelCallFailed, match="larger than 4 MiB"):
        await peers(server.base_url).ask()
