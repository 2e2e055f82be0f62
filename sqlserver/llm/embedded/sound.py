"""Whether two words or names sound alike, by English phonetic codes: the sentence model knows nothing of sound.

Metaphone and Soundex keep consonants and drop most vowels, so ``ship`` and ``sheep`` count as alike. Several words are
compared one by one, in order.
"""

from __future__ import annotations

import re

import jellyfish

_WORD = re.compile(r"[^\W\d_]+")
_NEAR = 0.85
"""Jaro-Winkler similarity of two Metaphone codes that still counts where the Soundex codes agree."""


def likeness(left: str, right: str) -> float:
    """0 to 1: of the worst pair of words. 0 where one has more words than the other, or none."""
    words = [_WORD.findall(text.lower()) for text in (left, right)]
    if not words[0] or len(words[0]) != len(words[1]):
        return 0.0
    return min(_word_likeness(a, b) for a, b in zip(*words, strict=True))


def sounds_alike(left: str, right: str) -> bool:
    return likeness(left, right) >= _NEAR


def _word_likeness(left: str, right: str) -> float:
    if left == right:
        return 1.0
    codes = jellyfish.metaphone(left), jellyfish.metaphone(right)
    near = jellyfish.jaro_winkler_similarity(*codes)
    if codes[0] == codes[1] and codes[0]:
        return 1.0
    same_soundex = jellyfish.soundex(left) == jellyfish.soundex(right)
    return near if same_soundex else min(near, _NEAR - 0.01)
