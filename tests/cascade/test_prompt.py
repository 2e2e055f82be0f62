"""Prompts: row text is data, in the user message alone, and everything has a cap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.cascade.model import Cell
from sqlserver.cascade.prompt import MAX_INPUT, system_message, template_faults, user_message
from sqlserver.core.errors import InvalidParameterValue, ServerError
from sqlserver.core.examples import NO_INJECTION, Injection


def rendered(template: str, **inputs: object) -> str:
    return user_message(Cell("c", template), inputs, {"first": "one", "truth": True})


@pytest.mark.parametrize(
    ("template", "inputs", "expected"),
    [
        ("Text: {{ input.text }}\n", {"text": "a"}, "Text: a"),
        ("{{ input.labels }}", {"labels": ["a", "b"]}, '["a","b"]'),
        ("{{ input.labels | join(', ') }}", {"labels": ["a", "b"]}, "a, b"),
        ("{{ input.n }} {{ input.yes }}", {"n": 1.5, "yes": True}, "1.5 true"),
        ("{{ outputs.first }} {{ outputs.truth }}", {}, "one true"),
        ("{{ input.items }} {{ input['keys'] }}", {"items": "a", "keys": "b"}, "a b"),
        ("{% if input.x %}{{ input.x }}{% else %}nothing{% endif %}", {"x": None}, "nothing"),
    ],
)
def test_inputs_and_earlier_answers_are_filled_in(template: str, inputs: dict[str, object], expected: str) -> None:
    assert rendered(template, **inputs) == expected


@given(st.text(max_size=200))
def test_row_text_is_never_read_as_a_template(text: str) -> None:
    assert rendered("<{{ input.text }}>", text=text) == f"<{text}>"


def test_a_cell_without_instructions_shows_its_inputs() -> None:
    assert rendered("", left="a", right="b") == "left: a\nright: b"


@pytest.mark.parametrize(
    "template",
    [
        "{{ input.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 10 ** 100000000 }}",
        "{{ [0] * 100000000 }}",
        "{% for i in range(10000000) %}x{% endfor %}",
        "{% for i in range(99999) %}0123456789 and more{% endfor %}",
        "{{ input.absent }}",
        "{{ input.text + 1 }}",
        "{{ 1 // 0 }}",
    ],
)
def test_what_a_template_may_not_do_is_an_error_with_a_sqlstate(template: str) -> None:
    with pytest.raises(ServerError) as caught:
        rendered(template, text="a")
    assert caught.value.sqlstate in {"22023", "F0000"}


@pytest.mark.parametrize("template", ["{{ 'x' | center(1000000000) }}", "{{ lipsum(100) }}", "{% include 'x' %}"])
def test_filters_and_globals_that_make_much_out_of_little_are_not_there(template: str) -> None:
    assert list(template_faults(template, frozenset(), ()))


def test_an_input_over_the_cap_is_refused_and_not_cut() -> None:
    assert len(rendered("{{ input.text }}", text="x" * MAX_INPUT)) == MAX_INPUT
    with pytest.raises(InvalidParameterValue, match="100,001 characters"):
        rendered("{{ input.text }}", text="x" * (MAX_INPUT + 1))


@pytest.mark.parametrize(
    ("system", "examples", "expected"),
    [
        ("You judge.\n", "<examples>…", "You judge.\n\n<examples>…"),
        ("You judge.\n", "", "You judge."),
        ("", "<examples>…", "<examples>…"),
        ("", "", ""),
    ],
)
def test_the_system_message_is_fixed_text_and_examples(system: str, examples: str, expected: str) -> None:
    assert system_message(Cell("c", "", system), Injection(text=examples)) == expected


def test_without_an_injection_the_system_text_stands_alone() -> None:
    assert system_message(Cell("c", "", "You judge."), NO_INJECTION) == "You judge."
