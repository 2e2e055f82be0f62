"""What a model provider is to the registry: one Protocol, and the description of the model that is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlserver.core.model import AttemptSink, ModelReply, ModelRequest


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model behind one endpoint. Prices in US dollars per million tokens."""

    alias: str
    model: str
    price_in: float = 0.0
    price_out: float = 0.0
    temperature: float | None = None
    max_tokens: int | None = None

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6


class Provider(Protocol):
    """One endpoint. ``local`` tells that no request leaves this process."""

    local: bool

    def identity(self, spec: ModelSpec) -> str:
        """Changes when answers may change: part of the cache key. Holds no secret."""
        ...

    async def complete(
        self, spec: ModelSpec, request: ModelRequest, deadline: float, on_failed: AttemptSink
    ) -> ModelReply:
        """As ``Models.complete``."""
        ...

    async def close(self) -> None: ...
