"""The Python API of the documents, in a process of its own on an empty data directory, and against a server's SQL."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sqlserver import training_system
from sqlserver.core.errors import InvalidParameterValue
from sqlserver.training.marks import Mark
from sqlserver.training_system.server_store import ServerStore, mark_statement

LOGGED = """
import asyncio, json, sys
from sqlserver.cascade.library import CascadeLibrary
from sqlserver.cascade.run_context import RunContext
from sqlserver.cascade.runner import run_cascade
from sqlserver.core.model import ModelReply
from sqlserver.resources import data_folder
from sqlserver.training_system import *
from sqlserver.training_system import open_store
import sqlserver.training_system as training_system

class Models:
    def resolve(self, alias): return alias
    def is_local(self, alias): return False
    async def complete(self, request, deadline, on_failed):
        text = "true" if "bamboo" in request.user else "false"
        return ModelReply(text, "m", "test", '{"messages": []}', "{}")

def ask(*texts):
    library = CascadeLibrary([data_folder("cascades")], [data_folder("operators")])
    cascade = (library.current(), library.cascade("semantic_matches"))[1]
    async def work(store):
        context = RunContext("s", "c", 1e9)
        inputs = [{"text": text, "criterion": "eco-friendly"} for text in texts]
        return [(await run_cascade(cascade, one, context, {}, Models(), store._store)).trace_id for one in inputs]
    return open_store.with_store(work)

def examples(**options):
    return get_training_examples("semantic_matches", "evaluate", **options)
"""


def python(code: str, data_dir: Path) -> str:
    """What the code prints; it must end by itself."""
    environment = os.environ | {"SQLSERVER_DATA_DIR": str(data_dir)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOGGED + textwrap.dedent(code)],
        env=environment, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_marked_answers_are_the_next_examples_and_what_is_not_given_is_kept(tmp_path: Path) -> None:
    printed = python(
        """
        bamboo, plastic = ask("bamboo toothbrush", "plastic bottle")
        print(mark_as_trainable([bamboo, plastic], verified=True, confidence=0.9, notes="right", tags=["eco"]))
        print(mark_as_trainable([bamboo]), mark_as_trainable([bamboo], confidence=0.95), mark_as_trainable([]))
        for one in examples():
            inputs = one["user_input"].replace(chr(10), " / ")
            print(inputs, one["assistant_output"], one["confidence"], one["verified"])
        print(len(examples(min_confidence=0.92)), len(examples(verified_only=True)), len(examples(limit=1)))
        print(mark_as_trainable([plastic], trainable=False), len(examples()))
        print([examples(strategy=name)[0]["trace_id"] == bamboo for name in ("recent", "high_confidence", "random")])
        print(get_training_stats(cascade_id="semantic_matches"), get_training_stats("other"))
        """,
        tmp_path,
    ).splitlines()
    assert printed[0] == "2"
    assert printed[1] == "0 1 0"
    assert printed[2:4] == [
        "text: plastic bottle / criterion: eco-friendly false 0.9 True",
        "text: bamboo toothbrush / criterion: eco-friendly true 0.95 True",
    ]
    assert printed[4] == "1 2 1"
    assert printed[5] == "1 1"
    assert printed[6] == "[True, True, True]"
    assert "'cell_name': 'evaluate', 'trainable_count': 1, 'verified_count': 2" in printed[7]
    assert printed[7].endswith("[]")


def test_it_works_where_an_event_loop_runs_and_again_in_the_next_process(tmp_path: Path) -> None:
    trace = python(
        """
        async def notebook():
            (trace,) = ask("bamboo cup")
            mark_as_trainable([trace])
            return trace
        print(asyncio.run(notebook()))
        """,
        tmp_path,
    ).strip()
    assert python("print(examples()[0]['trace_id'])", tmp_path).strip() == trace


def test_a_directory_that_another_process_holds_is_told_until_that_one_closes_it(tmp_path: Path) -> None:
    printed = python(
        """
        import subprocess
        OTHER = '''
        import sqlserver.training_system as training
        from sqlserver.core.errors import ServerError
        try:
            print(training.get_training_stats()[0]["cell_name"])
        except ServerError as error:
            print(error.sqlstate)
        '''
        def other():
            return subprocess.run([sys.executable, "-c", OTHER], capture_output=True, text=True).stdout.strip()
        ask("bamboo")
        print(other())
        training_system.close()
        training_system.close()
        print(other())
        """,
        tmp_path,
    )
    assert printed.split() == ["55006", "evaluate"]


EXAMPLES = [{"user_input": "bamboo toothbrush", "assistant_output": "true"}]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("few_shot", "Here are verified examples to guide your response:\n\nExample 1:\nInput: bamboo toothbrush\n"
                     "Output: true\n\n\n---\n\nJudge."),
        ("xml", "<examples>\n<example>\n  <input>bamboo toothbrush</input>\n  <output>true</output>\n</example>\n"
                "</examples>\n\nJudge."),
        ("markdown", "## Training Examples\n\n**Example 1:**\n- **Input:** bamboo toothbrush\n- **Output:** true\n\n"
                     "Judge."),
    ],
)  # fmt: skip
def test_examples_stand_before_the_instructions_as_in_the_documents(name: str, expected: str) -> None:
    inject = training_system.inject_training_examples_into_instructions
    assert inject("Judge.", EXAMPLES, name) == expected
    assert inject("Judge.", [], name) == "Judge."


def test_unknown_names_are_22023() -> None:
    with pytest.raises(InvalidParameterValue, match='no format "yaml"'):
        training_system.inject_training_examples_into_instructions("x", EXAMPLES, "yaml")
    with pytest.raises(InvalidParameterValue, match='no strategy "newest"'):
        training_system.get_training_examples("c", "e", strategy="newest")
    with pytest.raises(InvalidParameterValue, match="a list of trace ids"):
        training_system.mark_as_trainable("trace-1")


@dataclass
class Answer:
    tag: str
    rows: Sequence[Sequence[str | None]] = ()


class Connection:
    """Answers every statement alike and keeps them."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[str] = []
        self._answer = answer

    def query(self, sql: str) -> Iterator[Answer]:
        self.asked.append(sql)
        yield self._answer

    def close(self) -> None:
        self.asked.append("closed")


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        (Mark(trainable=True), "MARK TRAINABLE TRACE 'it''s'"),
        (Mark(trainable=False, verified=False), "MARK NOT TRAINABLE, NOT VERIFIED TRACE 'it''s'"),
        (
            Mark(trainable=True, verified=True, confidence=0.9, notes="a'b", tags=("x", "y")),
            "MARK TRAINABLE, VERIFIED TRACE 'it''s' CONFIDENCE 0.900000 NOTES 'a''b' TAGS ('x', 'y')",
        ),
    ],
)
def test_a_mark_on_a_running_server_is_its_own_statement(mark: Mark, said: str) -> None:
    assert mark_statement(["it's"], mark) == said


async def test_many_traces_are_marked_in_pieces_and_counted_together() -> None:
    connection = Connection(Answer("MARK 7"))
    assert await ServerStore(connection).mark([str(number) for number in range(2500)], Mark(trainable=True)) == 21
    assert len(connection.asked) == 3


async def test_a_servers_rows_become_examples() -> None:
    row = ("t-1", "text: a", "true", "0.9", "t", "2026-01-01 00:00:00+00")
    connection = Connection(Answer("SELECT 1", [row]))
    options: dict[str, Any] = {"min_confidence": 0.8, "verified_only": True, "order": "recent", "limit": 5}
    (example,) = await ServerStore(connection).training_candidates("c", "it's", **options)
    assert (example.trace_id, example.output, example.confidence, example.verified) == ("t-1", "true", 0.9, True)
    assert example.timestamp == "2026-01-01T00:00:00+00:00"
    for part in ("cell_name = 'it''s'", ">= 0.800000", "AND verified", "LIMIT 5", "ORDER BY timestamp DESC"):
        assert part in connection.asked[0]
