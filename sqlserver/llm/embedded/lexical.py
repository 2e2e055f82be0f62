"""The words of a text as a sparse, weighted, unit-length vector: what the sentence vector forgets (names, codes).

TF-IDF with document frequencies of the background set, so that a text's terms depend on nothing but the text.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping

Terms = Mapping[str, float]
"""Word stem to weight; the squares add up to 1 (or there are none)."""

MOST_WORDS = 400
_WORD = re.compile(r"[^\W_]+(?:[-'+#.][^\W_]+)*[+#]*")
_SUFFIXES = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ers", "er"), ("es", "e"), ("s", ""))


def stem(word: str) -> str:
    """Plural and -ing off, roughly: ``games`` → ``game``. Same words give same stems, no more is asked."""
    if word.endswith("ss"):
        return word
    for suffix, ending in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)] + ending
    return word


def words_of(text: str) -> list[str]:
    """Stems in order; a compound (``eco-friendly``) gives its parts and the whole without hyphen."""
    found: list[str] = []
    for match in _WORD.finditer(text.lower()):
        word = match.group().removesuffix("'s")
        parts = re.split(r"[-'.]", word)
        found.extend(stem(part) for part in parts if part)
        if len(parts) > 1:
            found.append(stem("".join(parts)))
        if len(found) >= MOST_WORDS:
            break
    return found


class Lexicon:
    """Document frequencies of some texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        documents = [set(words_of(text)) for text in texts]
        self._documents = len(documents)
        self._frequencies = Counter(word for document in documents for word in document)

    def weight(self, word: str) -> float:
        return math.log((self._documents + 1) / (self._frequencies[word] + 0.5))

    def terms(self, text: str) -> Terms:
        counted = Counter(words_of(text))
        weights = {word: (1 + math.log(count)) * self.weight(word) for word, count in counted.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {word: weight / length for word, weight in weights.items()} if length else {}


def overlap(left: Terms, right: Terms) -> float:
    """The cosine of two texts' terms, 0 to 1."""
    if len(left) > len(right):
        left, right = right, left
    return sum(weight * right[word] for word, weight in left.items() if word in right)


def mean_terms(rows: Iterable[tuple[float, Terms]], total: float) -> Terms:
    """The weighted sum of rows divided by ``total``."""
    summed: dict[str, float] = {}
    for share, terms in rows:
        for word, weight in terms.items():
            summed[word] = summed.get(word, 0.0) + share * weight
    return {word: weight / total for word, weight in summed.items()}
