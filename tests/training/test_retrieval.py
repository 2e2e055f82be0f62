"""Which examples a stage gets, when they are asked for again, and that training never fails a query."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sqlserver.cascade.model import Cell
from sqlserver.core.errors import ModelUnreachable
from sqlserver.core.examples import NO_INJECTION
from sqlserver.training.messages import injection_message
from sqlserver.training.retrieval import ExampleRetriever
from tests.training.examples import MarkedExamples, example

CELL = Cell("evaluate", use_training=True, training_limit=3, training_min_confidence=0.5)


async def ids(store: MarkedExamples, cell: Cell = CELL, seed: str = "SELECT 1") -> tuple[str, ...]:
    injection = await ExampleRetriever(store).examples_for("semantic_matches", cell, seed)
    return injection.examples.ids


async def test_the_newest_examples_up_to_the_limit() -> None:
    store = MarkedExamples(*(example(number) for number in range(5)))
    assert await ids(store) == ("trace-004", "trace-003", "trace-002")
    assert store.asked == [("evaluate", "recent", 3)]


async def test_every_parameter_of_the_cell_counts() -> None:
    store = MarkedExamples(example(1, confidence=0.6), example(2, confidence=0.9, verified=True), example(3))
    store.mark(example(4), cell="other")
    assert await ids(store, replace(CELL, training_min_confidence=0.8)) == ("trace-003", "trace-002")
    assert await ids(store, replace(CELL, training_verified_only=True)) == ("trace-002",)
    assert await ids(store, replace(CELL, training_limit=1)) == ("trace-003",)
    assert len(await ids(store, replace(CELL, training_same_cell_only=False, training_limit=9))) == 4
    assert await ids(store, replace(CELL, training_strategy="high_confidence", training_limit=2)) == (
        "trace-003", "trace-002",
    )  # fmt: skip
    assert await ids(store, replace(CELL, use_training=False)) == ()


@pytest.mark.parametrize(("name", "start"), [("xml", "<examples>"), ("markdown", "## Tr"), ("few_shot", "Here are")])
async def test_the_text_has_the_cells_format(name: str, start: str) -> None:
    retriever = ExampleRetriever(MarkedExamples(example(1)))
    injection = await retriever.examples_for("c", Cell("evaluate", use_training=True, training_format=name), "")  # type: ignore[arg-type]
    assert injection.text.startswith(start)
    assert "sample 1" in injection.text


async def test_a_choice_is_kept_until_a_mark_commits() -> None:
    store = MarkedExamples(example(1))
    retriever = ExampleRetriever(store)
    first = await retriever.examples_for("c", CELL, "a")
    assert await retriever.examples_for("c", CELL, "another statement") is first
    assert len(store.asked) == 1
    store.mark(example(2))
    assert (await retriever.examples_for("c", CELL, "a")).examples.ids == ("trace-002", "trace-001")
    assert len(store.asked) == 2


async def test_a_mark_that_commits_while_the_examples_are_read_is_not_missed() -> None:
    class Racing(MarkedExamples):
        async def training_candidates(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            found = await super().training_candidates(*args, **kwargs)
            if len(self.asked) == 1:
                self.mark(example(2))
            return found

    retriever = ExampleRetriever(Racing(example(1)))
    await retriever.examples_for("c", CELL, "")
    assert "trace-002" in (await retriever.examples_for("c", CELL, "")).examples.ids


async def test_random_is_the_same_for_one_statement_and_differs_between_statements() -> None:
    store = MarkedExamples(*(example(number) for number in range(50)))
    retriever = ExampleRetriever(store)
    cell = replace(CELL, training_strategy="random")
    chosen = [(await retriever.examples_for("c", cell, seed)).examples.ids for seed in ("a", "a", "b", "c")]
    assert chosen[0] == chosen[1]
    assert len(set(chosen)) > 1


async def test_a_store_that_fails_is_a_warning_and_no_examples() -> None:
    class Failing(MarkedExamples):
        async def training_candidates(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            raise ModelUnreachable("the store is away")

    injection = await ExampleRetriever(Failing()).examples_for("c", CELL, "")
    assert injection.examples.ids == ()
    assert injection.warning == "training examples for evaluate could not be read: the store is away"


async def test_a_strategy_that_is_not_there_yet_is_replaced_and_said() -> None:
    cell = replace(CELL, training_strategy="semantic")
    injection = await ExampleRetriever(MarkedExamples(example(1))).examples_for("c", cell, "")
    assert injection.examples.strategy == "recent"
    assert injection.warning == "training_strategy semantic is not available: recent is used instead"


async def test_the_messages_of_the_documents() -> None:
    injection = await ExampleRetriever(MarkedExamples(example(1), example(2))).examples_for("c", CELL, "")
    assert injection_message("evaluate", injection) == "Injected 2 training examples (recent strategy)"
    assert injection_message("evaluate", NO_INJECTION) == "No training examples available yet for evaluate"
