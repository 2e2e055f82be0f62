"""Hints at the head of a statement."""

import pytest

from sqlserver.core.errors import SyntaxFault
from sqlserver.session.hints import leading_hints


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", ()),
        ("/* a comment */ SELECT 1", ()),
        ("-- /*+ semantic.model=x */\nSELECT 1", ()),
        ("-- why\n/* b */ /*+ semantic.model=x */ SELECT 1", (("semantic.model", "x"),)),
        ("SELECT /*+ semantic.model=x */ 1", ()),
        ("/*+ semantic.model=fast */ SELECT 1", (("semantic.model", "fast"),)),
        (
            "  /*+ Semantic.Model='a', semantic.cache=off */ SELECT",
            (("semantic.model", "a"), ("semantic.cache", "off")),
        ),
    ],
)
def test_hints_are_read_at_the_head_alone(sql: str, expected: tuple[tuple[str, str], ...]) -> None:
    assert leading_hints(sql) == expected


def test_a_hint_without_a_value_is_a_syntax_error_at_its_place() -> None:
    with pytest.raises(SyntaxFault) as raised:
        leading_hints("/*+ semantic.model */ SELECT 1")
    assert raised.value.position == 5
