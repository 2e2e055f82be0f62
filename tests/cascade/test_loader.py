"""Cascade and operator files: what they define, and what is refused with the line to look at."""

from __future__ import annotations

import pytest

from sqlserver.cascade.model import LocalUse
from sqlserver.config.yaml_file import YamlFault
from sqlserver.core.operators import InfixForm
from tests.cascade.conftest import definitions
from tests.classifier import CLASSIFIER

RHYMES = """\
sql_function:
  name: rhymes_with
  operators: ["{{ text }} RHYMES_WITH {{ other }}"]
  args: [{name: text, type: VARCHAR}, {name: other, type: TEXT}]
  returns: bool
cells:
  - name: judge
    instructions: Do {{ input.text }} and {{ input.other }} rhyme?
"""


def test_the_documents_cascade_loads_as_it_stands() -> None:
    cascade = definitions(CLASSIFIER).cascade
    assert cascade is not None
    cell = cascade.final_cell
    assert (cascade.cascade_id, cascade.inputs) == ("test_classifier", {"text": "Text to classify"})
    assert (cell.name, cell.model, cell.use_training, cell.training_limit) == (
        "classify", "google/gemini-2.5-flash-lite", True, 3,
    )  # fmt: skip


def test_cell_parameters_have_the_documents_defaults() -> None:
    found = definitions("cascade_id: c\ncells: [{name: a, instructions: hi}]").cascade
    assert found is not None
    cell = found.final_cell
    assert (cell.use_training, cell.training_limit, cell.training_strategy, cell.training_min_confidence) == (
        False, 5, "recent", 0.8,
    )  # fmt: skip
    assert (cell.training_verified_only, cell.training_same_cell_only, cell.training_format) == (False, True, "xml")
    assert (cell.batch_size, cell.output_schema, cell.local) == (1, None, LocalUse())


def test_one_file_may_hold_an_operator_and_its_cascade() -> None:
    found = definitions(RHYMES)
    assert found.cascade is not None
    assert found.operator is not None
    operator = found.operator.operator
    assert operator.infix == (InfixForm("text", ("RHYMES_WITH",), "other"),)
    assert (operator.cascade_id, found.cascade.cascade_id) == ("rhymes_with", "rhymes_with")
    assert (operator.returns, operator.arguments[1].type) == ("BOOLEAN", "VARCHAR")
    assert list(found.cascade.inputs) == ["text", "other"]
    assert operator.source == "file.yaml:1"


def test_a_call_template_gives_a_function_name() -> None:
    text = RHYMES.replace('"{{ text }} RHYMES_WITH {{ other }}"', '"RHYMES({{ text }}, {{ other }})"')
    found = definitions(text).operator
    assert found is not None
    assert (found.operator.infix, found.operator.aliases) == ((), ("rhymes",))


@pytest.mark.parametrize(
    "words",
    ["~", "->", "@>", "IN", "TO", "LIKE", "SIMILAR TO", "ILIKE", "IS", "AND", "OR", "BETWEEN", "NOT", "GLOB", "=", "||",
     "COLLATE", "MEANS NOT", "FEELS LIKE", "OVERLAPS", "AS", "like"],
)  # fmt: skip
def test_a_template_cannot_take_over_plain_sql(words: str) -> None:
    with pytest.raises(YamlFault, match=r"^file\.yaml:3: operator template .* takes over the (symbol|keyword) "):
        definitions(RHYMES.replace("RHYMES_WITH {{", f"{words} {{{{"))


@pytest.mark.parametrize("words", ["MEANS", "RELEVANCE TO", "ALIGNS WITH", "Sounds_Like"])
def test_other_words_make_operators(words: str) -> None:
    found = definitions(RHYMES.replace("RHYMES_WITH {{", f"{words} {{{{")).operator
    assert found is not None
    assert found.operator.infix[0].words == tuple(words.upper().split())


RULES = "    rules:\n      max_turns: 1"

BROKEN = [
    (CLASSIFIER.replace("training_limit", "training_limt"), 12, 'did you mean "training_limit"'),
    (CLASSIFIER.replace("{{ input.text }}", "{{ input.txt }}"), 20, "input.txt is not an input (known: text)"),
    (CLASSIFIER.replace("{{ input.text }}", "{{ text }}"), 20, "inputs are {{ input.text }}"),
    (CLASSIFIER.replace("{{ input.text }}", "{{ outputs.a }}"), 20, "outputs.a is not an earlier cell"),
    (CLASSIFIER.replace("{{ input.text }}", "{{ input.text | }}"), 20, "is not a valid template"),
    (CLASSIFIER.replace("max_turns: 1", "max_turns: 2"), 25, "max_turns"),
    (CLASSIFIER.replace("xml", "yaml"), 15, "training_format"),
    (CLASSIFIER.replace("0.8", "1.8"), 14, "training_min_confidence"),
    (CLASSIFIER.replace("cascade_id: test_classifier", "description: x"), 1, "cascade_id is missing"),
    (CLASSIFIER.replace(RULES, "    local: {task: judge, inputs: [text]}"), 24, "reads 2 of"),
    (CLASSIFIER.replace(RULES, "    output_schema: {tipe: x}"), 24, 'did you mean "type"'),
    (CLASSIFIER.replace(RULES, "    system: 'You read {{ input.text }}'"), 24, "fixed text"),
    (RHYMES.replace("returns: bool", "returns: BOOLEEN"), 5, "BOOLEEN is not a type"),
    (RHYMES.replace("name: rhymes_with", "name: lower"), 2, "lower is a function of plain SQL"),
    (RHYMES.replace("{{ other }}\"]", "{{ othr }}\"]"), 3, "othr is not one of the arguments (text, other)"),
    (RHYMES.replace("bool", "bool\n  test_cases: [{args: [a], expect: true}]"), 6, "has 1 arguments"),
    ("sql_function: {name: x, args: [{name: t}], returns: VARCHAR}\n", 1, "cascade is missing"),
    ("description: nothing\n", 1, "defines nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "words"), BROKEN, ids=[words for _, _, words in BROKEN])
def test_a_mistake_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(YamlFault) as caught:
        definitions(text)
    finding = caught.value.findings[0]
    assert words in finding.message
    assert finding.line == line


def version(text: str) -> str:
    cascade = definitions(text).cascade
    assert cascade is not None
    return cascade.version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# ENABLE TRAINING!", "# learning"),
        ("cascade_id: test_classifier\n", "cascade_id: test_classifier\ndescription: Sentiment\n"),
        ("Text to classify", "What to classify"),
        ("training_limit: 3", "training_limit: 4"),
    ],
)
def test_what_cannot_change_an_answer_keeps_the_version(old: str, new: str) -> None:
    assert version(CLASSIFIER.replace(old, new)) == version(CLASSIFIER)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Respond with ONLY", "Respond only with"),
        ("gemini-2.5-flash-lite", "gemini-2.5-pro"),
        ("training_format: xml", "training_format: markdown"),
        ("name: classify", "name: sort"),
        ("    rules:\n", "    temperature: 0.5\n    rules:\n"),
        ("    rules:\n", "    system: Be brief.\n    rules:\n"),
        ("    rules:\n", "    output_schema: {type: string}\n    rules:\n"),
    ],
)
def test_what_can_change_an_answer_changes_the_version(old: str, new: str) -> None:
    assert version(CLASSIFIER.replace(old, new)) != version(CLASSIFIER)
