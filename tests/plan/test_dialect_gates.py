"""A dialect rule is asked only where one of its needles stands in the text: they must be in whatever its words find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as expressions  # type: ignore[attr-defined]
from typing import Any

import pytest

from sqlserver.plan.dialect import RULES
from sqlserver.plan.dialect.edit import Rule


def each_match_holds(parsed: Iterable[tuple[Any, Any]], needles: Sequence[str]) -> bool:
    """Whether every match of the expression has a needle in it, as far as its literals tell."""
    run = ""
    for operation, argument in [*parsed, (None, None)]:
        if operation is code.LITERAL:
            run += chr(argument).lower()
            continue
        if any(needle in run for needle in needles):
            return True
        run = ""
        if operation is code.SUBPATTERN and each_match_holds(argument[3], needles):
            return True
        if operation is code.MAX_REPEAT and argument[0] > 0 and each_match_holds(argument[2], needles):
            return True
        if operation is code.BRANCH and all(each_match_holds(branch, needles) for branch in argument[1]):
            return True
    return False


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_needles_are_part_of_all_that_the_words_find(rule: Rule) -> None:
    assert all(needle == needle.lower() for needle in rule.needles)
    assert each_match_holds(expressions.parse(rule.words), rule.needles)
