"""Common criteria with what holds and what does not: poles that the sentence model alone does not keep apart.

To the model "urgent" and "no hurry" are near each other, and so are "good" and "bad": opposites share their subject.
``concepts.txt`` says for some sixty such criteria what either side looks like; all others are taken as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

_LEADING = re.compile(r"^(?:(?:it|this|that|text|is|are|was|being|sounds|looks|very|an?|the|about|related to)\s+)+")
_TRAILING = re.compile(r"\s+(?:products?|items?|texts?|things?|messages?|in tone|tone)$")


@dataclass(frozen=True, slots=True)
class Concept:
    """Short phrases for either side."""

    holds: tuple[str, ...]
    opposes: tuple[str, ...]


def read_concepts() -> Mapping[str, Concept]:
    """Normalised criterion to its concept."""
    found: dict[str, Concept] = {}
    for line in _data("concepts.txt").splitlines():
        if line and not line.startswith("#"):
            names, holds, opposes = (part.strip() for part in line.split("|"))
            concept = Concept(_phrases(holds), _phrases(opposes))
            for name in names.split(","):
                found[normalised(name)] = concept
    return found


def read_background() -> tuple[str, ...]:
    """A few hundred short texts on all subjects: what an ordinary text looks like."""
    return tuple(line for line in _data("background.txt").splitlines() if line)


def judge_data() -> str:
    """The files that the judge's answers rest on, as one text: part of the model's identity."""
    return _data("background.txt") + _data("concepts.txt")


def normalised(criterion: str) -> str:
    """``Is an Eco-Friendly product.`` and ``eco-friendly`` are one criterion."""
    text = " ".join(criterion.lower().strip(" \t\n.!?\"'").split())
    text = _LEADING.sub("", text)
    return _TRAILING.sub("", text) or text


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";"))


def _data(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
