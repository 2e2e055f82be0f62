"""Everything the judge needs before it sees a text: background, criteria, labels and marks, each prepared once.

Texts become features through the encoder; criteria and sets of marks are kept, because a stage asks the same for
every row.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlserver.core.examples import Example
from sqlserver.llm.embedded.classifier import Label, LabelMarks, label_marks, label_of
from sqlserver.llm.embedded.concepts import normalised, read_background, read_concepts
from sqlserver.llm.embedded.encoder import Encoder, Vector
from sqlserver.llm.embedded.judge import NOTHING, PHRASINGS, Criterion, Features, Mark, Marks, criterion_of, marks_of
from sqlserver.llm.embedded.lexical import Lexicon, Terms
from sqlserver.llm.embedded.marked_examples import MarkedText, marked_texts, relevance, truth

KEPT = 256
"""Criteria, and sets of marks, prepared at a time."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Background:
    """``vectors`` [n, 384] of the background texts, ``centre`` [384] their mean."""

    vectors: Vector
    centre: Vector
    nothing: Vector


class Knowledge:
    """One event loop. The first use encodes the background, about a second."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._texts = read_background()
        self._lexicon = Lexicon(self._texts)
        self._concepts = read_concepts()
        self._background: _Kept[Background] = _Kept()
        self._criteria: _Kept[Criterion] = _Kept()
        self._labels: _Kept[tuple[Label, ...]] = _Kept()
        self._marks: _Kept[tuple[Marks, tuple[Example, ...]]] = _Kept()
        self._label_marks: _Kept[tuple[tuple[LabelMarks, ...], int, tuple[Example, ...]]] = _Kept()

    async def features(self, texts: Sequence[str]) -> list[Features]:
        vectors = await self._encoder.encode(texts)
        return [Features(vector, self.terms(text)) for text, vector in zip(texts, vectors, strict=True)]

    def terms(self, text: str) -> Terms:
        return self._lexicon.terms(text)

    async def background(self) -> Background:
        return await self._background.get("", self._read_background)

    async def criterion(self, text: str) -> Criterion:
        return await self._criteria.get(text, lambda: self._prepare_criterion(text))

    async def labels(self, names: tuple[str, ...]) -> tuple[Label, ...]:
        return await self._labels.get(names, lambda: self._prepare_labels(names))

    async def marks(self, examples: tuple[Example, ...], arguments: tuple[str, ...], criterion: str) -> Marks:
        """The examples that count for this criterion. The tuple's identity is the key: one stage, one tuple."""
        key = (id(examples), arguments, criterion)
        marks, _ = await self._marks.get(key, lambda: self._prepare_marks(examples, arguments, criterion))
        return marks

    async def label_marks(
        self, examples: tuple[Example, ...], arguments: tuple[str, ...], names: tuple[str, ...]
    ) -> tuple[tuple[LabelMarks, ...], int]:
        """For each label what is known, and how many examples count."""
        key = (id(examples), arguments, names)
        kept = await self._label_marks.get(key, lambda: self._prepare_label_marks(examples, arguments, names))
        return kept[0], kept[1]

    async def _read_background(self) -> Background:
        vectors = await self._encoder.encode(self._texts)
        nothing = await self._encoder.encode([phrasing.format(NOTHING) for phrasing in PHRASINGS])
        return Background(vectors, vectors.mean(0), nothing)

    async def _prepare_criterion(self, text: str) -> Criterion:
        background = await self.background()
        own = await self._encoder.encode([phrasing.format(text) for phrasing in PHRASINGS])
        concept = self._concepts.get(normalised(text))
        poles = None
        if concept is not None:
            poles = (await self._encoder.encode(concept.holds), await self._encoder.encode(concept.opposes))
        return criterion_of(own, background.nothing, poles, background.vectors, self.terms(text))

    async def _prepare_labels(self, names: tuple[str, ...]) -> tuple[Label, ...]:
        labels = []
        for name in names:
            own = await self._encoder.encode([phrasing.format(name) for phrasing in PHRASINGS])
            concept = self._concepts.get(normalised(name))
            holds = await self._encoder.encode(concept.holds) if concept is not None else None
            labels.append(label_of(name, own, holds, self.terms(name)))
        return tuple(labels)

    async def _prepare_marks(
        self, examples: tuple[Example, ...], arguments: tuple[str, ...], criterion: str
    ) -> tuple[Marks, tuple[Example, ...]]:
        background = await self.background()
        marked = marked_texts(examples, arguments)
        asked, *vectors = await self._encoder.encode([criterion, *(mark.about for mark in marked)])
        found = []
        for mark, vector in zip(marked, vectors, strict=True):
            said = truth(mark.output)
            counts = relevance(criterion, mark.about, float(asked @ vector), self._concepts)
            if said is not None and counts > 0:
                found.append((mark, said[0], said[1] * counts * mark.confidence))
        features = await self.features([mark.text for mark, _, _ in found])
        marks = [Mark(known, sign, weight) for known, (_, sign, weight) in zip(features, found, strict=True)]
        return marks_of(marks, background.centre), examples

    async def _prepare_label_marks(
        self, examples: tuple[Example, ...], arguments: tuple[str, ...], names: tuple[str, ...]
    ) -> tuple[tuple[LabelMarks, ...], int, tuple[Example, ...]]:
        background = await self.background()
        by_label: dict[str, list[MarkedText]] = {_folded(name): [] for name in names}
        for mark in marked_texts(examples, arguments):
            if _folded(mark.output) in by_label:
                by_label[_folded(mark.output)].append(mark)
        found = []
        for name in names:
            marked = by_label[_folded(name)]
            features = await self.features([mark.text for mark in marked])
            marks = [Mark(known, 1, mark.confidence) for known, mark in zip(features, marked, strict=True)]
            found.append(label_marks(marks, background.centre))
        return tuple(found), sum(map(len, by_label.values())), examples


class _Kept(Generic[T]):
    """The last results by key. Callers that come while one is prepared wait for it; a failure is not kept."""

    def __init__(self) -> None:
        self._tasks: OrderedDict[Hashable, asyncio.Task[T]] = OrderedDict()

    async def get(self, key: Hashable, prepare: Callable[[], Awaitable[T]]) -> T:
        task = self._tasks.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(_awaited(prepare))
            self._tasks[key] = task
        self._tasks.move_to_end(key)
        while len(self._tasks) > KEPT:
            self._tasks.popitem(last=False)
        return await asyncio.shield(task)


async def _awaited(prepare: Callable[[], Awaitable[T]]) -> T:
    return await prepare()


def _folded(label: str) -> str:
    return label.strip().strip("\"'").casefold()
