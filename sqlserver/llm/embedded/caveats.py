"""What the embedded model does not understand in a criterion, told to the user as a warning.

It hears subjects, not logic: "not about games" finds games (AUC .13), and numbers are words to it.
"""

from __future__ import annotations

import re

_NEGATED = re.compile(
    r"\b(?:not|no|non|never|neither|nor|without|except|excluding|lacks?|lacking|isn't|aren't|doesn't|don't|cannot|can't)\b",
    re.IGNORECASE,
)
_COMPARING = re.compile(
    r"[<>≤≥]|\b(?:more|less|fewer|greater|higher|lower|bigger|smaller|larger|cheaper|older|newer|longer|shorter|better|worse)"
    r"\s+than\b|\b(?:at least|at most|between|exactly|over|under|above|below|before|after|until|since)\s+\W?\d",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"\b\d+(?:[.,]\d+)?\s*(?:%|percent|years?|dollars?|euros?|usd|kg|km|items?)?\b|[$€£]\s*\d", re.IGNORECASE
)


def is_negated(criterion: str) -> bool:
    return _NEGATED.search(criterion) is not None


def caveat(criterion: str) -> str:
    """A warning for the user, or nothing. The same words for the same kind and criterion."""
    shown = criterion if len(criterion) <= 60 else criterion[:57] + "…"
    if is_negated(criterion):
        return f'the embedded model does not understand negation in "{shown}": put NOT in SQL, as in NOT (x MEANS y)'
    if _COMPARING.search(criterion):
        return f'the embedded model does not understand comparison in "{shown}": compare in SQL'
    if _NUMERIC.search(criterion):
        return f'the embedded model does not understand numbers in "{shown}": compare numbers in SQL'
    return ""
