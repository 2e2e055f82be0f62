"""Reads a chat-completions reply: the assistant's text, the tokens used, or why there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlserver.core.errors import InvalidTextRepresentation

SHOWN = 300
"""Characters of an endpoint's own error message that a client sees."""


@dataclass(frozen=True, slots=True)
class ChatReply:
    text: str
    tokens_in: int
    tokens_out: int


def parse_reply(raw: str, alias: str) -> ChatReply:
    """Raises InvalidTextRepresentation (22P02) where this is no chat completion with a text."""
    try:
        reply = json.loads(raw)
        message = reply["choices"][0]["message"]
        text = content_text(message.get("content"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidTextRepresentation(f'the reply of model "{alias}" is not a chat completion') from error
    if text is None:
        why = message.get("refusal") or reply["choices"][0].get("finish_reason") or "no content"
        raise InvalidTextRepresentation(f'model "{alias}" gave no answer: {str(why)[:SHOWN]}')
    usage = reply.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return ChatReply(text, _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))


def content_text(content: object) -> str | None:
    """A string, or the joined text parts of a list; None where the message has no text."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)]
        return "".join(parts) if parts else None
    return None


def error_message(raw: str) -> str:
    """What an endpoint says in an error body, shortened, on one line."""
    try:
        body: Any = json.loads(raw)
        error = body.get("error", body)
        said = error.get("message", "") if isinstance(error, dict) else error
    except (ValueError, AttributeError, RecursionError):
        said = raw
    return " ".join(str(said).split())[:SHOWN]


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
