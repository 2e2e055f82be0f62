"""The library follows its folders from one call to the next."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from sqlserver.cascade.check import check_operators, list_operators
from sqlserver.cascade.library import CascadeLibrary
from sqlserver.core.errors import UndefinedObject

RHYMES = """\
sql_function:
  name: rhymes_with
  operators: ["{{ text }} RHYMES_WITH {{ other }}"]
  args: [{name: text}, {name: other}]
  returns: BOOLEAN
cells:
  - name: judge
    instructions: Do {{ input.text }} and {{ input.other }} rhyme?
"""
OPERATOR = """\
sql_function:
  name: asks
  args: [{name: text}]
  returns: VARCHAR
  cascade: asking
"""
CASCADE = (
    "cascade_id: asking\ninputs_schema: {text: A text}\ncells: [{name: a, instructions: 'Say {{ input.text }}'}]\n"
)

Make = Callable[[], CascadeLibrary]


def test_everything_shipped_is_right(shipped: CascadeLibrary) -> None:
    report = check_operators(shipped)
    assert report.findings == ()
    assert (report.operators, report.cascades) == (8, 8)
    assert report.test_cases >= 12


def test_the_shipped_words_and_function_names(shipped: CascadeLibrary) -> None:
    table = shipped.current()
    words = {" ".join(words): operator.returns for words, (operator, _) in table.by_words.items()}
    assert words == {
        "MEANS": "BOOLEAN", "MATCHES": "BOOLEAN", "ABOUT": "DOUBLE", "ASK": "VARCHAR", "EXTRACTS": "VARCHAR",
        "SIMILAR_TO": "DOUBLE", "SOUNDS_LIKE": "BOOLEAN",
    }  # fmt: skip
    for name in ("semantic_matches", "ai_filter", "classify", "ai_classify", "ai_extract", "ai_similarity", "embed"):
        assert name in table.by_function
    matches = shipped.cascade("semantic_matches").final_cell
    assert (matches.name, matches.use_training, matches.training_limit) == ("evaluate", True, 5)


def test_what_can_be_taught_learns(shipped: CascadeLibrary) -> None:
    untaught = {listing.name for listing in list_operators(shipped) if not listing.taught}
    assert untaught == {"embed", "semantic_similar"}


def test_a_file_dropped_in_changed_and_removed_counts_in_the_next_call(library: Make, tmp_path: Path) -> None:
    running = library()
    assert ("RHYMES_WITH",) not in running.current().by_words
    file = tmp_path / "rhymes.yaml"
    file.write_text(RHYMES)
    assert running.current().by_words[("RHYMES_WITH",)][0].name == "rhymes_with"
    version = running.cascade("rhymes_with").version
    file.write_text(RHYMES.replace("rhyme?", "rhyme!"))
    running.current()
    assert running.cascade("rhymes_with").version != version
    file.unlink()
    assert ("RHYMES_WITH",) not in running.current().by_words


def test_writes_of_one_size_in_one_tick_are_all_seen(library: Make, tmp_path: Path) -> None:
    running, file = library(), tmp_path / "rhymes.yaml"
    for number in range(100):
        file.write_text(RHYMES.replace("rhyme?", f"rhyme {number:03}?"))
        running.current()
        assert f"rhyme {number:03}?" in running.cascade("rhymes_with").final_cell.instructions


def test_unchanged_files_are_not_read_again(shipped: CascadeLibrary) -> None:
    table, reads = shipped.current(), shipped.reads
    assert all(shipped.current() is table for _ in range(10))
    assert shipped.reads == reads


def test_files_in_folders_below_count_and_hidden_ones_do_not(library: Make, tmp_path: Path) -> None:
    for name in ("a/b/asking.cascade.yaml", ".hidden/x.yaml", "a/.swap.yaml", "a/readme.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CASCADE if name.endswith("asking.cascade.yaml") else "{{{")
    running = library()
    assert running.problems() == ()
    assert running.cascade("asking").cascade_id == "asking"


def test_a_broken_file_is_told_once_and_its_previous_version_stays(
    library: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    running, file = library(), tmp_path / "rhymes.yaml"
    file.write_text(RHYMES)
    before = running.current().by_words[("RHYMES_WITH",)]
    file.write_text(RHYMES.replace("returns", "retruns"))
    with caplog.at_level(logging.WARNING, logger="sqlserver.cascade.library"):
        for _ in range(3):
            assert running.current().by_words[("RHYMES_WITH",)] == before
    told = [record.getMessage() for record in caplog.records]
    assert f'{file}:5: unknown key sql_function.retruns (did you mean "returns"?)' in told
    assert len(told) == len(set(told)) == len(running.problems())
    file.write_text(RHYMES)
    assert running.problems() == ()


def test_an_operator_waits_for_its_cascade(library: Make, tmp_path: Path) -> None:
    running = library()
    (tmp_path / "asks.yaml").write_text(OPERATOR)
    assert [finding.message for finding in running.problems()] == ["operator asks: the cascade asking does not exist"]
    (tmp_path / "asking.cascade.yaml").write_text(CASCADE)
    assert "asks" in running.current().by_function
    assert running.problems() == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("cascade: asking", "cascade: askin", 'does not exist (did you mean "asking"?)'),
        ("name: text", "name: txt", 'has no input txt (did you mean "text"?)'),
        ("args: [{name: text}]", "args: [{name: text}, {name: more}]", "has no input more"),
    ],
)
def test_an_operator_that_does_not_fit_its_cascade_is_told_and_the_previous_one_stays(
    library: Make, tmp_path: Path, old: str, new: str, words: str
) -> None:
    running = library()
    (tmp_path / "asking.cascade.yaml").write_text(CASCADE)
    (tmp_path / "asks.yaml").write_text(OPERATOR)
    before = running.current().by_function["asks"]
    (tmp_path / "asks.yaml").write_text(OPERATOR.replace(old, new))
    assert running.current().by_function["asks"] == before
    assert words in running.problems()[0].message
    assert running.problems()[0].line == 1


def test_returns_must_fit_the_cells_schema(library: Make, tmp_path: Path) -> None:
    schema = "Say {{ input.text }}', output_schema: {type: number}"
    (tmp_path / "asking.cascade.yaml").write_text(CASCADE.replace("Say {{ input.text }}'", schema))
    (tmp_path / "asks.yaml").write_text(OPERATOR.replace("VARCHAR", "BOOLEAN"))
    (finding,) = library().problems()
    assert finding.message == "operator asks: returns BOOLEAN, but asking answers with number"


def test_a_users_file_wins_over_the_shipped_one_of_the_same_name(library: Make, tmp_path: Path) -> None:
    shipped = library().cascade("semantic_matches")
    (tmp_path / "mine.yaml").write_text(
        "cascade_id: semantic_matches\ninputs_schema: {text: a, criterion: b}\n"
        "cells: [{name: evaluate, instructions: 'Is {{ input.text }} {{ input.criterion }}?'}]\n"
    )
    running = library()
    assert running.cascade("semantic_matches").version != shipped.version
    assert running.problems() == ()


def test_two_files_of_one_folder_with_one_name_are_told(library: Make, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CASCADE)
    (tmp_path / "b.yaml").write_text(CASCADE)
    (finding,) = library().problems()
    assert str(finding) == f"{tmp_path}/b.yaml: cascade asking is defined in a.yaml too; this one wins"


def test_an_unknown_cascade_is_named_with_the_nearest(shipped: CascadeLibrary) -> None:
    with pytest.raises(UndefinedObject) as caught:
        shipped.cascade("semantic_match")
    assert caught.value.hint == 'Did you mean "semantic_matches"?'


def test_words_and_names_that_two_operators_claim_are_told(library: Make, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(RHYMES.replace("RHYMES_WITH", "MEANS"))
    findings = check_operators(library()).findings
    assert [finding.message.split(" (")[0] for finding in findings] == [
        "operator semantic_matches: the word MEANS belongs to rhymes_with"
    ]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("{args: [a, b], expect: maybe}", "expect is not true or false"),
        ("{args: [[a], b], expect: true}", "text is not a VARCHAR"),
    ],
)
def test_a_test_case_of_another_type_is_told(library: Make, tmp_path: Path, case: str, words: str) -> None:
    text = RHYMES.replace("returns: BOOLEAN", f"returns: BOOLEAN\n  test_cases: [{case}]")
    (tmp_path / "rhymes.yaml").write_text(text)
    (finding,) = check_operators(library()).findings
    assert finding.message == f"operator rhymes_with: test case 1: {words}"
