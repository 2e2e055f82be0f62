"""All configured models behind one door: an alias leads to a provider and a model.

``PROVIDERS`` is where a provider is added: its name in models.yaml, and the function that opens an endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlserver.config.models_file import DEFAULT_ALIAS, EMBEDDED, Endpoint, ModelAlias, ModelsConfig
from sqlserver.config.yaml_file import nearest
from sqlserver.core.errors import ConfigurationFault, InvalidParameterValue
from sqlserver.core.model import AttemptSink, ModelReply, ModelRequest
from sqlserver.llm.embedded.provider import EmbeddedModel
from sqlserver.llm.openai_client import OpenAIClient
from sqlserver.llm.provider import ModelSpec, Provider

PROVIDERS: Mapping[str, Callable[[str, Endpoint], Provider]] = {
    "openai": OpenAIClient,
}


@dataclass(frozen=True, slots=True)
class _Resolved:
    provider: Provider
    spec: ModelSpec


class ModelRegistry:
    """Implements ``Models``. ``close`` ends the connections and the embedded model's thread."""

    def __init__(self, config: ModelsConfig, providers: Mapping[str, Provider], embedded: EmbeddedModel) -> None:
        self._config = config
        self._providers = providers
        self.embedded = embedded
        """The model inside the server, also where endpoints are configured."""

    def resolve(self, alias: str) -> str:
        found = self._find(alias)
        return found.provider.identity(found.spec)

    def is_local(self, alias: str) -> bool:
        return self._find(alias).provider.local

    async def complete(self, request: ModelRequest, deadline: float, on_failed: AttemptSink) -> ModelReply:
        found = self._find(request.model)
        return await found.provider.complete(found.spec, request, deadline, on_failed)

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()

    @property
    def aliases(self) -> tuple[str, ...]:
        return tuple(self._config.models)

    def _find(self, alias: str) -> _Resolved:
        """A configured alias; else a vendor's own name (``google/gemini-2.5-flash-lite``) at the default endpoint."""
        chosen = self._config.models.get(alias)
        if chosen is None and alias in (DEFAULT_ALIAS, EMBEDDED):
            chosen = ModelAlias(endpoint=EMBEDDED)
        if chosen is None:
            if "/" not in alias and ":" not in alias:
                known = ", ".join(self.aliases)
                raise InvalidParameterValue(
                    f'no model is called "{alias}"{nearest(alias, self.aliases)}', hint=f"Known models: {known}."
                )
            default = self._config.models.get(DEFAULT_ALIAS, ModelAlias(endpoint=EMBEDDED))
            chosen = ModelAlias(endpoint=default.endpoint, model=alias)
        spec = ModelSpec(
            alias, chosen.model or alias, chosen.price_in, chosen.price_out, chosen.temperature, chosen.max_tokens
        )
        return _Resolved(self._providers[chosen.endpoint], spec)


def open_models(config: ModelsConfig) -> ModelRegistry:
    """Opens nothing yet: connections and the embedded model's weights come with the first call.

    Raises ConfigurationFault (F0000) for a provider that is not there.
    """
    embedded = EmbeddedModel()
    providers: dict[str, Provider] = {EMBEDDED: embedded}
    for name, endpoint in config.endpoints.items():
        opener = PROVIDERS.get(endpoint.provider)
        if opener is None:
            guess = nearest(endpoint.provider, PROVIDERS)
            raise ConfigurationFault(f'endpoint "{name}": no provider is called "{endpoint.provider}"{guess}')
        providers[name] = opener(name, endpoint)
    return ModelRegistry(config, providers, embedded)
