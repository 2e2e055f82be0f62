"""Judges a text against a criterion, from sentence vectors and words, before and after marks (method E).

An answer is a function of text, criterion, marks and model alone: means, scales and word weights come from the fixed
background set, never from the column that is read. All decision values are in the background's standard deviations,
0 is the threshold. Constants were chosen on the tuning criteria of ``benchmarks/judge.py``; others report them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sqlserver.llm.embedded.encoder import Vector
from sqlserver.llm.embedded.lexical import Terms, mean_terms, overlap

PHRASINGS = ("{}", "{} item", "related to {}")
NOTHING = "something"
"""What the phrasings are compared with where a criterion has no known opposite."""
GLOSS_SHARE = 0.7
"""How much a known concept's phrases count beside the criterion's own words."""
LEXICAL = 4.0
THRESHOLD, CONTRAST_THRESHOLD = 1.5, 0.5
"""Standard deviations above an ordinary text; with a known opposite the boundary lies near the middle."""
SLOPE = 1.4
"""Of the logistic curve from decision value to probability, fitted at equal class sizes."""

EMBEDDING_GAIN, LEXICAL_GAIN = 12.0, 12.0
PATIENCE = 8.0
"""Effective marks at which they weigh as much as the criterion's words."""
WITHIN_CLASS, WITHIN_WORDS, ELSEWHERE = 0.25, 0.075, 0.2
"""Expected similarity of two texts of the class (vectors, words), and the share of it outside: for few marks."""
PSEUDO_PAIRS = 2.0
NEAR = 0.5
"""Cosine from which a marked text speaks for its neighbours directly; at 1 the mark is the answer."""
CERTAIN = 3.5
"""The decision value of a marked text itself."""


@dataclass(frozen=True, slots=True)
class Features:
    """The two views of one text: a unit vector [384] and its weighted words."""

    vector: Vector
    terms: Terms


@dataclass(frozen=True, slots=True)
class Criterion:
    """``direction`` [384]; ``mean`` and ``deviation`` are those of the background along it."""

    direction: Vector
    mean: float
    deviation: float
    terms: Terms
    threshold: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A judged text: ``sign`` +1 or -1; ``weight`` 0 to 1."""

    features: Features
    sign: int
    weight: float


@dataclass(frozen=True, slots=True)
class Side:
    """Marks of one sign (or one class) summed up. ``middle`` is the unbiased half squared length of the mean."""

    total: float
    mean: Vector
    middle: float
    terms: Terms
    terms_middle: float


@dataclass(frozen=True, slots=True)
class Marks:
    """What was learned: both sides and, for the neighbourhood, every mark. ``centre`` is the background's mean."""

    centre: Vector
    positive: Side
    negative: Side
    vectors: Vector
    signs: Vector

    @property
    def count(self) -> int:
        return len(self.signs)


def criterion_of(
    own: Vector, nothing: Vector, poles: tuple[Vector, Vector] | None, background: Vector, terms: Terms
) -> Criterion:
    """``own`` and ``nothing`` [3, 384] are phrasings; ``poles`` [n, 384] a concept's phrases for and against."""
    direction = own.mean(0) - nothing.mean(0)
    if poles is not None:
        holds, opposes = poles
        direction = (1 - GLOSS_SHARE) * direction + GLOSS_SHARE * (holds.mean(0) - opposes.mean(0))
    along = background @ direction
    threshold = THRESHOLD if poles is None else CONTRAST_THRESHOLD
    return Criterion(direction, float(along.mean()), max(float(along.std()), 1e-6), terms, threshold)


def prior(text: Features, criterion: Criterion) -> float:
    """The decision value without marks."""
    distance = (float(text.vector @ criterion.direction) - criterion.mean) / criterion.deviation
    return distance + LEXICAL * overlap(text.terms, criterion.terms) - criterion.threshold


def marks_of(marks: Sequence[Mark], centre: Vector) -> Marks:
    counted = [mark for mark in marks if mark.weight > 0]
    return Marks(
        centre,
        side_of([mark for mark in counted if mark.sign > 0], centre, WITHIN_CLASS, WITHIN_WORDS),
        side_of(
            [mark for mark in counted if mark.sign < 0], centre, WITHIN_CLASS * ELSEWHERE, WITHIN_WORDS * ELSEWHERE
        ),
        np.stack([mark.features.vector for mark in counted]) if counted else np.empty((0, len(centre)), np.float32),
        np.array([mark.sign * mark.weight for mark in counted], np.float32),
    )


def side_of(marks: Sequence[Mark], centre: Vector, expected: float, expected_words: float) -> Side:
    """The diagonal is left out of the squared length (a text is no evidence of likeness to itself).

    The naive midpoint drops balanced accuracy from .81 to .73 where users mark mostly one side.
    """
    total = sum(mark.weight for mark in marks)
    if not marks or total <= 0:
        return Side(0.0, np.zeros_like(centre), 0.0, {}, 0.0)
    weights = np.array([mark.weight for mark in marks], np.float32)
    rows = np.stack([mark.features.vector for mark in marks]) - centre
    summed = weights @ rows
    own = float((weights**2) @ (rows**2).sum(1))
    pairs = total**2 - float((weights**2).sum())
    terms = mean_terms(((mark.weight, mark.features.terms) for mark in marks), total)
    own_terms = sum(mark.weight**2 for mark in marks if mark.features.terms)
    between = sum(weight * weight for weight in terms.values()) * total**2 - own_terms
    divisor = pairs + PSEUDO_PAIRS
    return Side(
        total,
        np.asarray(summed / total, np.float32),
        (float(summed @ summed) - own + PSEUDO_PAIRS * expected) / divisor / 2,
        terms,
        (between + PSEUDO_PAIRS * expected_words) / divisor / 2,
    )


def evidence(text: Features, side: Side, centre: Vector) -> float:
    """How much nearer the text is to this side's mean than the side's own midpoint asks."""
    if side.total <= 0:
        return 0.0
    vector = float((text.vector - centre) @ side.mean) - side.middle
    words = overlap(text.terms, side.terms) - side.terms_middle
    return EMBEDDING_GAIN * vector + LEXICAL_GAIN * words


def decide(text: Features, criterion: Criterion, marks: Marks | None) -> float:
    """The decision value: true from 0 on. Rounded, so that the last bits of a vector decide nothing."""
    value = prior(text, criterion)
    if marks is None or not marks.count:
        return round(value, 5)
    few, many = sorted((marks.positive.total, marks.negative.total))
    effective = max(2 * few, many / 2)  # marks of one sign alone count a quarter: the background stands for the other
    share = effective / (effective + PATIENCE)
    learned = evidence(text, marks.positive, marks.centre) - evidence(text, marks.negative, marks.centre)
    value = (1 - share) * value + share * learned
    pull, answer = neighbours(text, marks.vectors, marks.signs)
    return round((1 - pull) * value + pull * answer * CERTAIN, 5)


def neighbours(text: Features, vectors: Vector, signs: Vector) -> tuple[float, float]:
    """How strongly near marked texts speak (0 to 1; 1 for the same text), and what they say (-1 to 1)."""
    closeness = np.clip((vectors @ text.vector - NEAR) / (1 - NEAR), 0, 1) ** 2
    pull = float((closeness * np.minimum(np.abs(signs), 1)).max())
    says = float(closeness**2 @ np.sign(signs)) / max(float((closeness**2).sum()), 1e-9)
    return pull, says


def probability(value: float) -> float:
    """0 to 1, .5 at the threshold, rising with the decision value."""
    return 1 / (1 + math.exp(-SLOPE * max(-40.0, min(40.0, value))))
