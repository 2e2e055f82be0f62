"""models.yaml and the three settings: what an alias leads to, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlserver.config.models_file import load_models
from sqlserver.core.errors import ConfigurationFault, InvalidParameterValue
from sqlserver.llm.registry import open_models

GOOD = """\
endpoints:
  main:
    base_url: https://models.example/v1
    api_key: env:MAIN_KEY
models:
  default: {endpoint: main, model: small, price_in: 0.4}
  local: {endpoint: embedded}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "models.yaml"
    path.write_text(text)
    return path


async def test_aliases_names_and_the_embedded_model(tmp_path: Path) -> None:
    config = load_models(written(tmp_path, GOOD), environment={"MAIN_KEY": "s3cret"})
    assert config.endpoints["main"].key == "s3cret"
    models = open_models(config)
    assert models.resolve("default") == "main:small@models.example/v1"
    assert models.resolve("google/gemini-2.5-flash-lite").startswith("main:google/gemini-2.5-flash-lite@")
    assert [models.is_local(alias) for alias in ("default", "local", "embedded")] == [False, True, True]
    with pytest.raises(InvalidParameterValue, match=r'no model is called "defalt" \(did you mean "default"\?\)'):
        models.resolve("defalt")
    await models.close()


async def test_without_an_endpoint_every_name_is_the_embedded_model() -> None:
    models = open_models(load_models(environment={}))
    assert models.is_local("default")
    assert models.resolve("default") == models.resolve("google/gemini-2.5-flash-lite")
    assert models.resolve("default").startswith("all-MiniLM-L6-v2@53aa51172d14")
    await models.close()


def test_the_settings_win_the_default_alias(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    config = load_models(path, base_url="http://127.0.0.1:9/v1/", model="big", environment={"MAIN_KEY": "x"})
    assert config.models["default"].model == "big"
    assert config.endpoints[config.models["default"].endpoint].base_url == "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("api_key", "api_kei"), r'models.yaml:4: unknown key endpoints.main.api_kei \(did you mean "api_key"\?\)'),
        (
            ("endpoint: main", "endpoint: mian"),
            r'models.yaml:6: no endpoint is called "mian" \(did you mean "main"\?\)',
        ),
        (("https:", "ftp:"), r"models.yaml:3: endpoints.main.base_url: must be a URL"),
        (("https://", "https://user:pw@"), r"models.yaml:3: .*the key belongs in api_key"),
        (("price_in: 0.4", "price_in: -1"), r"models.yaml:6: models.default.price_in"),
        (("MAIN_KEY", "OTHER_KEY"), r"models.yaml:4: the environment variable OTHER_KEY is not set"),
        (("  main:", "  embedded:"), r"models.yaml:2: the endpoint name"),
    ],
)
def test_mistakes_are_told_with_file_and_line(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    path = written(tmp_path, GOOD.replace(*change, 1))
    with pytest.raises(ConfigurationFault, match=told):
        load_models(path, environment={"MAIN_KEY": "x"})


def test_an_unknown_provider_is_told(tmp_path: Path) -> None:
    text = GOOD.replace("    base_url", "    provider: opnai\n    base_url", 1)
    config = load_models(written(tmp_path, text), environment={"MAIN_KEY": "x"})
    with pytest.raises(ConfigurationFault, match=r'did you mean "openai"'):
        open_models(config)


def test_a_key_is_never_shown() -> None:
    config = load_models(base_url="https://models.example/v1", api_key="s3cret", environment={})
    assert "s3cret" not in repr(config)
