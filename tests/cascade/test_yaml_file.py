"""YAML is read safely, and what is wrong in it is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from sqlserver.config.yaml_file import YamlFault, parse_yaml, read_yaml, validate


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    use_training: bool = False


class Root(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    items: list[Item]
    named: dict[str, Item] | None = None


LAUGHS = "b0: &b0 [1, 1]\n" + "".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 9)}]\n" for n in range(1, 10))


def faults(text: str) -> list[str]:
    with pytest.raises(YamlFault) as caught:
        validate(parse_yaml(text, "f.yaml"), Root)
    assert caught.value.sqlstate == "F0000"
    return [str(finding) for finding in caught.value.findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "items:\n  - name: a\n    use_trainig: true\n",
            'f.yaml:3: unknown key items.0.use_trainig (did you mean "use_training"?)',
        ),
        ("items:\n  - name: a\n    zzz: 1\n", "f.yaml:3: unknown key items.0.zzz (known: name, use_training)"),
        ("items: []\nnamed:\n  k: {nam: x, name: y}\n", 'f.yaml:3: unknown key named.k.nam (did you mean "name"?)'),
        ("items:\n  - use_training: true\n", "f.yaml:2: items.0.name is missing"),
        ("items:\n- name: a\n  use_training: 'yes'\n", "f.yaml:3: items.0.use_training: should be a valid boolean"),
        ("items: []\nitems: []\n", 'f.yaml:2: the key "items" stands twice'),
        ("a: [", "f.yaml:1: expected the node content, but found '<stream end>'"),
        ("\nx: &x [*x]\n", "f.yaml:2: holds more than 20,000 values or nests deeper than 64"),
        ("- 1\n", "f.yaml:1: must hold the keys items, named"),
        ("", "f.yaml:1: must hold the keys items, named"),
        ("{[1]: 2}\n", "f.yaml:1: a key must be a word"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_file_and_line(text: str, expected: str) -> None:
    assert faults(text)[0] == expected


def test_every_mistake_of_a_file_is_told_in_the_order_of_its_lines() -> None:
    told = faults("items:\n  - nam: a\n  - name: 3\n")
    assert [line.split(":")[1] for line in told] == ["2", "2", "3"]


@pytest.mark.parametrize(
    "hostile",
    [
        "a: !!python/object/apply:os.system ['true']",
        "[" * 3000,
        LAUGHS,
        "a: \x00",
        "a: 2024-13-45",
    ],
)  # fmt: skip
def test_hostile_text_is_refused_and_costs_little(hostile: str) -> None:
    with pytest.raises(YamlFault):
        parse_yaml(hostile, "f.yaml")


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    large, binary = tmp_path / "large.yaml", tmp_path / "binary.yaml"
    large.write_text("a: " + "x" * 200)
    binary.write_bytes(b"a: \xff")
    for path, words in (
        (large, "larger than 100 bytes"),
        (binary, "not UTF-8"),
        (tmp_path / "no.yaml", "No such file"),
    ):
        with pytest.raises(YamlFault, match=words):
            read_yaml(path, max_bytes=100)
