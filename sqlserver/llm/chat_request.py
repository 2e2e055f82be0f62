"""The body of a chat-completions request, and how it is adapted to endpoints that refuse parts of it.

A boolean, a number or a word is asked for as plain text: wrapped in JSON it would cost three to six tokens more a row.
Only objects and arrays go as ``response_format``. What an endpoint refuses once is left out from then on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlserver.core.model import ModelRequest
from sqlserver.llm.provider import ModelSpec

Body = dict[str, Any]


def build_body(spec: ModelSpec, request: ModelRequest, refused: Collection[str] = ()) -> Body:
    """The JSON body. ``refused`` names the adaptations in force for this endpoint and model."""
    messages = [{"role": "system", "content": request.system}] if request.system else []
    messages.append({"role": "user", "content": request.user})
    body: Body = {"model": spec.model, "messages": messages}
    temperature = request.temperature if request.temperature is not None else spec.temperature
    max_tokens = request.max_tokens if request.max_tokens is not None else spec.max_tokens
    if temperature is not None:
        body["temperature"] = temperature
    if max_tokens is not None:
        body["max_tokens"] = max_tokens
    schema = request.output_schema
    if schema is not None and schema.get("type") == "object":
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": dict(schema), "strict": _is_strict(schema)},
        }
    for adaptation in ADAPTATIONS:
        if adaptation.name in refused and adaptation.name in body:
            adaptation.apply(body)
    return body


@dataclass(frozen=True, slots=True)
class Adaptation:
    """``name`` is the body's key that an endpoint may refuse, ``apply`` what is sent in its place."""

    name: str
    apply: Callable[[Body], None]


def _plain_schema(body: Body) -> None:
    """The schema as words: the reply is then checked by the caller as any other."""
    schema = body.pop("response_format")["json_schema"]["schema"]
    words = f"Reply with one JSON object only, of this JSON schema: {json.dumps(schema, ensure_ascii=False)}"
    messages = body["messages"]
    if messages[0]["role"] == "system":
        messages[0] = {"role": "system", "content": f"{messages[0]['content']}\n\n{words}"}
    else:
        messages.insert(0, {"role": "system", "content": words})


def _completion_tokens(body: Body) -> None:
    body["max_completion_tokens"] = body.pop("max_tokens")


def _no_temperature(body: Body) -> None:
    del body["temperature"]


ADAPTATIONS = (
    Adaptation("max_tokens", _completion_tokens),
    Adaptation("temperature", _no_temperature),
    Adaptation("response_format", _plain_schema),
)


def refused_part(body: Body, error: str) -> str | None:
    """The key that a 400 or 422 complains of: the one its message names, else ``response_format`` where it was sent."""
    named = [adaptation.name for adaptation in ADAPTATIONS if adaptation.name in body and adaptation.name in error]
    if named:
        return named[0]
    return "response_format" if "response_format" in body else None


def _is_strict(schema: Mapping[str, object]) -> bool:
    """Strict mode wants every property required and no others."""
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, Mapping) or not isinstance(required, (list, tuple)):
        return False
    return schema.get("additionalProperties") is False and set(properties) == set(required)
