"""Texts to unit vectors, off the event loop, in micro-batches of whatever is asked for at the same time.

One worker thread runs the model; callers only wait. What is pending when the worker gets free goes together, sorted
by length so that little is padded. Vectors are kept by (model hash, text hash), the least recently used go first.
A vector never depends on its batch: 32-bit floats, and padded positions weigh exactly nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sqlserver.llm.embedded.graph import WIDTH, open_session
from sqlserver.llm.embedded.tokenizer import Tokenizer
from sqlserver.llm.embedded.weights import WEIGHTS_SHA256, ModelFiles, find_model

Vector = NDArray[np.float32]
"""384 numbers of length 1 unless said otherwise."""

BATCH_TEXTS = 64
BATCH_TOKENS = 4_096
ROUND_TEXTS = 256
"""Texts in one trip to the worker thread: about a second, so that a cancelled caller holds nobody up."""
CACHED_VECTORS = 100_000
"""154 MB at most."""


class SentenceModel:
    """The loaded model: blocking, for one thread at a time. Opening takes about 0.3 s and 150 MB."""

    def __init__(self, files: ModelFiles) -> None:
        self._tokenizer = Tokenizer(files.tokenizer)
        self._session: Any = open_session(files.weights)

    def encode(self, texts: Sequence[str]) -> Vector:
        """[len(texts), 384] unit vectors in the order of ``texts``."""
        tokens = self._tokenizer.encode(list(texts))
        vectors = np.empty((len(tokens), WIDTH), np.float32)
        for rows in _batches([len(ids) for ids in tokens]):
            longest = len(tokens[rows[-1]])
            ids = np.zeros((len(rows), longest), np.int64)
            mask = np.zeros((len(rows), longest), np.float32)
            for place, row in enumerate(rows):
                ids[place, : len(tokens[row])] = tokens[row]
                mask[place, : len(tokens[row])] = 1
            vectors[rows] = self._session.run(None, {"ids": ids, "mask": mask})[0]
        return vectors


def _batches(lengths: list[int]) -> Iterable[list[int]]:
    """Row numbers by rising length, in groups of at most BATCH_TEXTS texts and BATCH_TOKENS padded tokens."""
    group: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) == BATCH_TEXTS or (len(group) + 1) * lengths[row] > BATCH_TOKENS):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


class Encoder:
    """``await encoder.encode(texts)`` from any task of one event loop. The model is loaded at the first use."""

    def __init__(
        self, load: Callable[[], SentenceModel] = lambda: SentenceModel(find_model()), cached: int = CACHED_VECTORS
    ) -> None:
        self._load = load
        self._model: SentenceModel | None = None
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedded-model")
        self._pending: dict[bytes, tuple[str, asyncio.Future[Vector]]] = {}
        self._running: asyncio.Task[None] | None = None
        self._vectors: OrderedDict[bytes, Vector] = OrderedDict()
        self._cached = cached
        self.encoded = 0
        """Texts that went through the model: what was not in the cache."""

    async def encode(self, texts: Sequence[str]) -> Vector:
        """[len(texts), 384]. Raises ConfigurationFault (F0000) where the model is not installed."""
        waiting = [self._ask(text) for text in texts]
        rows = [await place if isinstance(place, asyncio.Future) else place for place in waiting]
        return np.stack(rows) if rows else np.empty((0, WIDTH), np.float32)

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _ask(self, text: str) -> Vector | asyncio.Future[Vector]:
        key = _key(text)
        known = self._vectors.get(key)
        if known is not None:
            self._vectors.move_to_end(key)
            return known
        if key in self._pending:
            return asyncio.shield(self._pending[key][1])
        future: asyncio.Future[Vector] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_retrieved)
        self._pending[key] = (text, future)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return asyncio.shield(future)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)  # lets the callers of this moment join the first batch
        taken: dict[bytes, tuple[str, asyncio.Future[Vector]]] = {}
        while self._pending:
            taken = dict(list(self._pending.items())[:ROUND_TEXTS])
            try:
                vectors = await loop.run_in_executor(self._worker, self._encode, [text for text, _ in taken.values()])
            except BaseException as error:
                self._fail(taken, error)
                if not isinstance(error, Exception):
                    raise
                continue
            for (key, (_, future)), vector in zip(taken.items(), vectors, strict=True):
                self._keep(key, vector)
                del self._pending[key]
                if not future.done():
                    future.set_result(vector)

    def _fail(self, taken: dict[bytes, tuple[str, asyncio.Future[Vector]]], error: BaseException) -> None:
        for key, (_, future) in taken.items():
            del self._pending[key]
            if not future.done():
                if isinstance(error, Exception):
                    future.set_exception(error)
                else:
                    future.cancel()

    def _encode(self, texts: list[str]) -> Vector:
        if self._model is None:
            self._model = self._load()
        self.encoded += len(texts)
        return self._model.encode(texts)

    def _keep(self, key: bytes, vector: Vector) -> None:
        self._vectors[key] = vector.copy()  # a row of a round's array would keep all of it
        while len(self._vectors) > self._cached:
            self._vectors.popitem(last=False)


def _key(text: str) -> bytes:
    return hashlib.sha256(WEIGHTS_SHA256.encode() + text.encode("utf-8", "surrogatepass")).digest()[:16]


def _retrieved(future: asyncio.Future[Vector]) -> None:
    """A failure that nobody waits for any more is no news: whoever still waits gets it through the shield."""
    if not future.cancelled():
        future.exception()
