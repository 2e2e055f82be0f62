"""``models.yaml``: endpoints, the aliases that SQL may name, prices and limits.

    endpoints:
      main:
        base_url: https://api.openai.com/v1
        api_key: env:OPENAI_API_KEY        # or the key itself; env:NAME keeps it out of the file
        concurrency: 64
    models:
      default: {endpoint: main, model: gpt-4.1-mini, price_in: 0.40, price_out: 1.60}
      careful: {endpoint: main, model: gpt-4.1, price_in: 2.00, price_out: 8.00}
      local: {endpoint: embedded}

Prices are US dollars per million tokens. The endpoint ``embedded`` is always there and is the model inside the server.
SQLSERVER_LLM_BASE_URL, _API_KEY and _MODEL make the endpoint ``environment`` and win the alias ``default``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from sqlserver.config.yaml_file import Finding, YamlDocument, YamlFault, nearest, read_yaml, validate
from sqlserver.core.errors import ConfigurationFault

DEFAULT_ALIAS = "default"
EMBEDDED = "embedded"
ENVIRONMENT = "environment"

Price = Annotated[float, Field(ge=0)]


class Endpoint(BaseModel):
    """``timeout`` is seconds for one call, all its attempts together. ``provider`` names the code that speaks to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str = "openai"
    base_url: str = ""
    api_key: SecretStr = SecretStr("")
    concurrency: int = Field(64, ge=1, le=4096)
    timeout: float = Field(30.0, gt=0, le=3600)
    attempts: int = Field(4, ge=1, le=4)

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be a URL that starts with https:// or http://")
        if parts.username or parts.password:
            raise ValueError("must not hold a user or password; the key belongs in api_key")
        return value.rstrip("/")

    @property
    def key(self) -> str:
        return self.api_key.get_secret_value()


class ModelAlias(BaseModel):
    """What an alias stands for. ``temperature`` and ``max_tokens`` apply where a cell gives none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: str
    model: str = ""
    price_in: Price = 0.0
    price_out: Price = 0.0
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1)


class ModelsConfig(BaseModel):
    """All endpoints by name and models by alias."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoints: dict[str, Endpoint] = {}
    models: dict[str, ModelAlias] = {}

    @property
    def has_endpoint(self) -> bool:
        """False where the alias ``default`` is the embedded model."""
        chosen = self.models.get(DEFAULT_ALIAS)
        return chosen is not None and chosen.endpoint != EMBEDDED


def load_models(
    path: Path | None = None,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    model: str | None = None,
    concurrency: int = 64,
    environment: Mapping[str, str] | None = None,
) -> ModelsConfig:
    """The file where there is one, then the endpoint of the settings. Raises YamlFault or ConfigurationFault (F0000).

    A base URL without a model name asks for the model that the file's ``default`` names, else for ``default``.
    """
    environment = os.environ if environment is None else environment
    read = _from_file(path, environment) if path is not None and path.exists() else ModelsConfig()
    endpoints, models = dict(read.endpoints), dict(read.models)
    if base_url:
        endpoints[ENVIRONMENT] = _endpoint_of(base_url, api_key or "", concurrency)
        models[DEFAULT_ALIAS] = ModelAlias(endpoint=ENVIRONMENT, model=model or _named(models) or "default")
    models.setdefault(DEFAULT_ALIAS, ModelAlias(endpoint=EMBEDDED))
    models.setdefault(EMBEDDED, ModelAlias(endpoint=EMBEDDED))
    return ModelsConfig(endpoints=endpoints, models=models)


def _named(models: Mapping[str, ModelAlias]) -> str:
    """The model name behind the file's own default."""
    chosen = models.get(DEFAULT_ALIAS)
    return chosen.model if chosen is not None else ""


def _endpoint_of(base_url: str, api_key: str, concurrency: int) -> Endpoint:
    try:
        return Endpoint(base_url=base_url, api_key=SecretStr(api_key), concurrency=concurrency)
    except ValueError as error:
        raise ConfigurationFault("SQLSERVER_LLM_BASE_URL must be a URL that starts with https:// or http://") from error


def _from_file(path: Path, environment: Mapping[str, str]) -> ModelsConfig:
    document = read_yaml(path)
    if document.data is None:
        return ModelsConfig()
    config = validate(document, ModelsConfig)
    findings = [*_wrong_endpoints(document, config), *_wrong_models(document, config)]
    endpoints: dict[str, Endpoint] = {}
    for name, endpoint in config.endpoints.items():
        variable = endpoint.key.removeprefix("env:")
        if endpoint.key.startswith("env:"):
            if variable not in environment:
                at = ("endpoints", name, "api_key")
                findings.append(document.finding(at, f"the environment variable {variable} is not set"))
            endpoint = endpoint.model_copy(update={"api_key": SecretStr(environment.get(variable, ""))})  # noqa: PLW2901
        endpoints[name] = endpoint
    if findings:
        raise YamlFault(tuple(sorted(findings, key=lambda finding: finding.line)))
    return config.model_copy(update={"endpoints": endpoints})


def _wrong_endpoints(document: YamlDocument, config: ModelsConfig) -> list[Finding]:
    found = []
    for name, endpoint in config.endpoints.items():
        if name == EMBEDDED:
            found.append(document.finding(("endpoints", name), f'the endpoint name "{EMBEDDED}" is the server\'s own'))
        elif not endpoint.base_url:
            found.append(document.finding(("endpoints", name), f"endpoints.{name}.base_url is missing"))
    return found


def _wrong_models(document: YamlDocument, config: ModelsConfig) -> list[Finding]:
    known = [*config.endpoints, EMBEDDED]
    found = []
    for alias, chosen in config.models.items():
        if chosen.endpoint not in known:
            message = f'no endpoint is called "{chosen.endpoint}"{nearest(chosen.endpoint, known)}'
            found.append(document.finding(("models", alias, "endpoint"), message))
        elif chosen.endpoint != EMBEDDED and not chosen.model:
            found.append(document.finding(("models", alias), f"models.{alias}.model is missing"))
    return found
