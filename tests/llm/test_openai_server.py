"""The loopback endpoint itself: what other tests rely on."""

from __future__ import annotations

import aiohttp
import pytest

from tests.openai_server import OpenAIServer


def chat(text: str, criterion: str) -> dict[str, object]:
    user = f"Does the text match the criterion? Answer only true or false.\n\nText: {text}\nCriterion: {criterion}"
    return {"model": "m", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": user}]}


@pytest.mark.parametrize(
    ("text", "criterion", "expected"),
    [
        ("Eco-friendly bamboo toothbrush", "eco-friendly", "true"),
        ("Plastic water bottle", "eco-friendly", "false"),
        ("A red bicycle", "bicycle", "true"),
    ],
)
async def test_judges_by_rule(text: str, criterion: str, expected: str) -> None:
    async with OpenAIServer() as server, aiohttp.ClientSession() as client:
        async with client.post(f"{server.base_url}/chat/completions", json=chat(text, criterion)) as reply:
            assert (await reply.json())["choices"][0]["message"]["content"] == expected
        async with client.get(server.base_url.replace("/v1", "/requests")) as reply:
            assert (await reply.json())["count"] == 1


async def test_scripted_replies_come_in_order_and_end() -> None:
    async with OpenAIServer() as server, aiohttp.ClientSession() as client:
        server.behave(status=429, retry_after=0.5, times=1)
        server.behave(status=500, times=1)
        seen = []
        for _ in range(3):
            async with client.post(f"{server.base_url}/chat/completions", json=chat("a", "b")) as reply:
                seen.append((reply.status, reply.headers.get("Retry-After")))
        assert seen == [(429, "0.5"), (500, None), (200, None)]
