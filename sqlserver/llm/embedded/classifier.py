"""Chooses one of several labels for a text: by what the labels say, and by texts marked with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sqlserver.llm.embedded.encoder import Vector
from sqlserver.llm.embedded.judge import (
    EMBEDDING_GAIN,
    GLOSS_SHARE,
    LEXICAL,
    NEAR,
    PATIENCE,
    WITHIN_CLASS,
    WITHIN_WORDS,
    Features,
    Mark,
    Side,
    evidence,
    side_of,
)
from sqlserver.llm.embedded.lexical import Terms, overlap

COSINE_GAIN = EMBEDDING_GAIN
"""A cosine in the units of the marks' evidence."""
NEIGHBOUR_GAIN = 4.0
SAME_TEXT = 100.0
"""What a mark on the very same text adds: it is the answer."""


@dataclass(frozen=True, slots=True)
class Label:
    """``prototype`` [384] is the mean of the label's phrasings (and of its concept's phrases)."""

    name: str
    prototype: Vector
    terms: Terms


@dataclass(frozen=True, slots=True)
class LabelMarks:
    """What was learned about one label. ``vectors`` [n, 384] are the marked texts themselves."""

    side: Side
    vectors: Vector


@dataclass(frozen=True, slots=True)
class Choice:
    """``probability`` is that of the chosen label among those given."""

    label: str
    probability: float


def label_of(name: str, own: Vector, holds: Vector | None, terms: Terms) -> Label:
    prototype = own.mean(0)
    if holds is not None:
        prototype = (1 - GLOSS_SHARE) * prototype + GLOSS_SHARE * holds.mean(0)
    return Label(name, prototype, terms)


def label_marks(marks: Sequence[Mark], centre: Vector) -> LabelMarks:
    vectors = np.stack([mark.features.vector for mark in marks]) if marks else np.empty((0, len(centre)), np.float32)
    return LabelMarks(side_of(marks, centre, WITHIN_CLASS, WITHIN_WORDS), vectors)


def choose(text: Features, labels: Sequence[Label], marks: Sequence[LabelMarks], centre: Vector) -> Choice:
    """The label of the highest value; of equals the first. ``marks`` stand in the order of ``labels``."""
    values = [round(_value(text, label, known, centre), 5) for label, known in zip(labels, marks, strict=True)]
    best = max(range(len(values)), key=values.__getitem__)
    total = sum(math.exp(value - values[best]) for value in values)
    return Choice(labels[best].name, 1 / total)


def _value(text: Features, label: Label, marks: LabelMarks, centre: Vector) -> float:
    value = COSINE_GAIN * float(text.vector @ label.prototype) + LEXICAL * overlap(text.terms, label.terms)
    if marks.side.total <= 0:
        return value
    share = 2 * marks.side.total / (2 * marks.side.total + PATIENCE)
    value = (1 - share) * value + share * evidence(text, marks.side, centre)
    cosine = float((marks.vectors @ text.vector).max())
    value += NEIGHBOUR_GAIN * max(0.0, (cosine - NEAR) / (1 - NEAR)) ** 2
    return value + (SAME_TEXT if cosine > 0.9999 else 0.0)
