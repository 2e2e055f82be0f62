"""Reads training examples as marks: which text, which criterion, and what was said about it.

An example counts as far as its criterion is the asked one: a mark on "eco-friendly" says nothing about "expensive",
and though "cheap" is near "expensive" it says the opposite. So only near-identical criteria share marks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlserver.core.examples import Example
from sqlserver.llm.embedded.caveats import is_negated
from sqlserver.llm.embedded.concepts import Concept, normalised

SAME, UNRELATED = 1.0, 0.85
"""Criteria whose cosine is at most ``UNRELATED`` share nothing (opposites reach about .8), above it linearly more."""

_TRUE = frozenset({"true", "t", "yes", "y", "1", "ja", "match", "matches"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "nein", "no match"})


@dataclass(frozen=True, slots=True)
class MarkedText:
    """``about`` is the criterion as it was asked then; "" where the example does not say."""

    text: str
    about: str
    output: str
    confidence: float


def marked_texts(examples: Sequence[Example], arguments: Sequence[str]) -> list[MarkedText]:
    """``arguments`` names the text's input and, where the task has one, the criterion's."""
    found = []
    for example in examples:
        inputs: Mapping[str, object] = example.inputs or lines_of(example.user_input, arguments)
        text = inputs.get(arguments[0]) if arguments else None
        if text is None:
            text = example.user_input
        about = str(inputs.get(arguments[1], "")) if len(arguments) > 1 else ""
        if str(text).strip():
            confidence = max(0.05, min(1.0, example.confidence))
            found.append(MarkedText(str(text), about, example.output.strip(), confidence))
    return found


def lines_of(user_input: str, names: Sequence[str]) -> dict[str, str]:
    """``name: value`` lines, where a value runs to the next known name; names in any case. Last mention wins."""
    if not names:
        return {}
    pattern = rf"^[ \t]*({'|'.join(re.escape(name) for name in names)}):[ \t]?"
    parts = re.split(pattern, user_input, flags=re.MULTILINE | re.IGNORECASE)
    known = {name.lower(): name for name in names}
    return {known[name.lower()]: value.strip() for name, value in zip(parts[1::2], parts[2::2], strict=True)}


def truth(output: str) -> tuple[int, float] | None:
    """An output as sign and strength: ``true`` is (1, 1), ``0.2`` is (-1, .6). None where it says neither."""
    word = output.strip().strip(".\"'").lower()
    if word in _TRUE:
        return 1, 1.0
    if word in _FALSE:
        return -1, 1.0
    try:
        number = float(word)
    except ValueError:
        return None
    if not 0 <= number <= 1:
        return None
    return (1 if number >= 0.5 else -1), abs(2 * number - 1)


def relevance(asked: str, marked: str, cosine: float, concepts: Mapping[str, Concept]) -> float:
    """How much of a mark on the criterion ``marked`` counts for ``asked``, 0 to 1."""
    left, right = normalised(asked), normalised(marked)
    if left == right:
        return 1.0
    if not right or is_negated(asked) != is_negated(marked):
        return 0.0
    known, other = concepts.get(left), concepts.get(right)
    if known is not None and other is not None:
        return 0.75 if known is other else 0.0
    return max(0.0, min(1.0, (cosine - UNRELATED) / (SAME - UNRELATED)))
