"""The sentence model: the published vectors, whatever stands beside a text in its batch."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest

from sqlserver.core.errors import ConfigurationFault
from sqlserver.llm.embedded import encoder as encoding
from sqlserver.llm.embedded import weights
from sqlserver.llm.embedded.encoder import Encoder
from sqlserver.llm.embedded.provider import EmbeddedModel
from sqlserver.llm.embedded.tokenizer import Tokenizer

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = ["a", "Eco-friendly bamboo toothbrush", "", "naïve 東京 \ud800 text", "word " * 400, "Plastic water bottle"]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("This is an example sentence", [0.06765, 0.06349, 0.04871, 0.07930, 0.03744]),
        ("Each sentence is converted", [0.08643, 0.10276, 0.00539, 0.00204, -0.00996]),
    ],
)
async def test_vectors_are_those_of_the_published_model(embedded: EmbeddedModel, text: str, start: list[float]) -> None:
    vector = (await embedded.encoder.encode([text]))[0]
    assert vector.shape == (384,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert vector[:5] == pytest.approx(start, abs=2e-5)


async def test_a_vector_does_not_depend_on_its_batch(embedded: EmbeddedModel) -> None:
    model = encoding.SentenceModel(weights.find_model())
    together = model.encode(TEXTS)
    alone = np.concatenate([model.encode([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-6


async def test_the_same_text_is_encoded_once_and_the_cache_is_bounded() -> None:
    encoder = Encoder(cached=3)
    await asyncio.gather(*(encoder.encode([text]) for text in ("a", "b", "a", "b")))
    assert encoder.encoded == 2
    await encoder.encode(["c", "d", "a"])
    assert encoder.encoded == 4
    await encoder.encode(["a", "c", "d"])
    assert encoder.encoded == 4
    await encoder.encode(["b"])
    assert encoder.encoded == 5
    await encoder.close()


async def test_the_event_loop_goes_on_while_texts_are_encoded(embedded: EmbeddedModel) -> None:
    turns = 0
    task = asyncio.create_task(embedded.encoder.encode([f"text {n} that nobody asked for yet" for n in range(300)]))
    while not task.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 20


async def test_a_cancelled_caller_takes_nobody_with_it(embedded: EmbeddedModel) -> None:
    first = asyncio.create_task(embedded.encoder.encode(["asked by two at once"]))
    second = asyncio.create_task(embedded.encoder.encode(["asked by two at once"]))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).shape == (1, 384)
    assert first.cancelled()


async def test_a_model_that_cannot_be_loaded_fails_the_callers_and_is_tried_again() -> None:
    def missing() -> encoding.SentenceModel:
        raise ConfigurationFault("not installed")

    encoder = Encoder(missing)
    for _ in range(2):
        with pytest.raises(ConfigurationFault, match="not installed"):
            await encoder.encode(["a", "b"])
    await encoder.close()


async def test_texts_are_neither_padded_nor_cut_at_128() -> None:
    tokenizer = Tokenizer(weights.find_model().tokenizer)
    assert [len(ids) for ids in tokenizer.encode(["", "one", "word " * 400])] == [2, 3, 256]


async def test_other_weights_are_refused(tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_bytes(b"x")
    same_size = tmp_path / "same_size"
    with same_size.open("wb") as file:
        os.truncate(file.fileno(), weights.WEIGHTS_BYTES)
    for path, told in ((short, "1 bytes"), (same_size, "not the published ones")):
        with pytest.raises(ConfigurationFault, match=told) as caught:
            weights.check_weights(path)
        assert caught.value.hint is not None
        assert "sqlserver model install" in caught.value.hint


async def test_a_missing_package_is_told_with_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "MODULE", "no_such_package")
    with pytest.raises(ConfigurationFault, match="is not installed") as caught:
        weights.find_model()
    assert caught.value.hint is not None
    assert "sqlserver model install" in caught.value.hint
