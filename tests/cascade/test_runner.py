"""A run writes its rows in the right order, asks once more for an unreadable reply, and never makes up a value."""

from __future__ import annotations

import asyncio
import json

import pytest

from sqlserver.cascade.library import CascadeLibrary
from sqlserver.cascade.model import Cascade, Cell
from sqlserver.cascade.run_context import CascadeAnswer, RunContext
from sqlserver.cascade.runner import run_cascade
from sqlserver.core.errors import (
    DiskFull,
    FeatureNotSupported,
    InvalidParameterValue,
    InvalidTextRepresentation,
    ModelUnreachable,
    ServerError,
)
from sqlserver.core.examples import Example, ExampleSet, Injection
from sqlserver.core.model import ModelReply
from tests.cascade.call_book import CallBook, ScriptedModels, attempt

INPUTS = {"text": "bamboo", "criterion": "eco-friendly"}


async def run(
    library: CascadeLibrary,
    models: ScriptedModels,
    book: CallBook,
    *,
    cascade: Cascade | None = None,
    inputs: dict[str, object] | None = None,
    injection: Injection | None = None,
    name: str = "semantic_matches",
) -> CascadeAnswer:
    operator = library.current().by_function.get(name) if cascade is None else None
    context = RunContext("session", "caller", deadline=1e9, db_user="ada", operator=operator, cache_key="key")
    chosen = cascade or library.cascade(operator.cascade_id if operator else name)
    injections = {} if injection is None else {chosen.final_cell.name: injection}
    return await run_cascade(chosen, INPUTS if inputs is None else inputs, context, injections, models, book)


async def test_the_intent_is_written_before_the_request_and_the_outcome_before_the_value(
    shipped: CascadeLibrary,
) -> None:
    book = CallBook()
    models = ScriptedModels("True.", while_asked=lambda: book.events.append(("request", "")))
    answer = await run(shipped, models, book)
    assert (answer.value, answer.output) == (True, "true")
    assert [kind for kind, _ in book.events] == ["intent", "request", "outcome"]
    intent, outcome = book.intents[answer.trace_id], book.outcomes[answer.trace_id]
    assert json.loads(intent.inputs_json) == INPUTS
    assert (intent.cascade_id, intent.cell_name, intent.operator, intent.model) == (
        "semantic_matches", "evaluate", "semantic_matches", "default-1",
    )  # fmt: skip
    assert (intent.session_id, intent.caller_id, intent.db_user, intent.cache_key) == (
        "session",
        "caller",
        "ada",
        "key",
    )
    assert (outcome.status, outcome.output) == ("ok", "true")
    assert json.loads(outcome.content_json) == {"role": "assistant", "content": "True."}
    messages = json.loads(intent.full_request_json)["messages"]
    assert [message["role"] for message in messages] == ["system", "user"]
    assert "bamboo" in messages[1]["content"]
    assert "bamboo" not in messages[0]["content"]


async def test_examples_stand_in_the_system_message_exactly_once(shipped: CascadeLibrary) -> None:
    models, book = ScriptedModels("true"), CallBook()
    example = Example("t-1", "text: mug", "true", 1.0)
    injection = Injection(ExampleSet("recent", (example,)), "<examples>one</examples>")
    answer = await run(shipped, models, book, injection=injection)
    (request,) = models.requests
    assert request.system.count("<examples>one</examples>") == 1
    assert "<examples>" not in request.user
    assert request.examples == (example,)
    assert book.intents[answer.trace_id].example_ids == ("t-1",)
    assert book.intents[answer.trace_id].example_set_hash == injection.examples.set_hash


async def test_an_unreadable_reply_is_asked_once_more_with_what_was_wrong(shipped: CascadeLibrary) -> None:
    models, book = ScriptedModels("Well, it depends", "no"), CallBook()
    answer = await run(shipped, models, book)
    assert answer.value is False
    assert book.statuses() == ["invalid", "ok"]
    first, second = book.intents.values()
    assert first.request_id != second.request_id
    assert "not true or false" in models.requests[1].user
    assert "Well, it depends" in models.requests[1].user
    assert models.requests[1].system == models.requests[0].system


async def test_a_reply_that_stays_unreadable_is_22p02_and_never_a_value(shipped: CascadeLibrary) -> None:
    models, book = ScriptedModels("hm", "hm hm"), CallBook()
    with pytest.raises(InvalidTextRepresentation) as caught:
        await run(shipped, models, book)
    assert caught.value.detail == "The model replied: hm hm"
    assert book.statuses() == ["invalid", "invalid"]
    assert all(outcome.output == "" for outcome in book.outcomes.values())


async def test_each_failed_try_has_a_row_of_its_own_under_one_request(shipped: CascadeLibrary) -> None:
    models, book = ScriptedModels(attempt(1), attempt(2, "timeout"), "true"), CallBook()
    answer = await run(shipped, models, book)
    assert sorted(book.statuses()) == ["failed", "ok", "timeout"]
    assert len({intent.request_id for intent in book.intents.values()}) == 1
    assert book.outcomes[answer.trace_id].status == "ok"
    assert [intent.cache_key for intent in book.intents.values()].count("key") == 1


async def test_a_dead_endpoint_leaves_as_many_rows_as_tries(shipped: CascadeLibrary) -> None:
    models, book = ScriptedModels(attempt(1), attempt(2), ModelUnreachable("gone")), CallBook()
    with pytest.raises(ModelUnreachable):
        await run(shipped, models, book)
    assert [outcome.attempt for outcome in book.outcomes.values()] == [1, 2]
    assert book.statuses() == ["failed", "failed"]
    assert set(book.intents) == set(book.outcomes)


async def test_a_refusal_without_a_try_is_one_failed_row(shipped: CascadeLibrary) -> None:
    book = CallBook()
    with pytest.raises(ServerError, match="breaker"):
        await run(shipped, ScriptedModels(ModelUnreachable("breaker open")), book)
    assert [(o.status, o.error) for o in book.outcomes.values()] == [("failed", "breaker open")]


@pytest.mark.parametrize("failed_before", [0, 1])
@pytest.mark.parametrize("cancels", [1, 2])
async def test_a_cancelled_call_is_logged_as_cancelled(
    shipped: CascadeLibrary, failed_before: int, cancels: int
) -> None:
    started = asyncio.Event()

    class Hanging(ScriptedModels):
        async def complete(self, request, deadline, on_failed):  # type: ignore[no-untyped-def]
            for number in range(failed_before):
                await on_failed(attempt(number + 1))
            started.set()
            await asyncio.Event().wait()

    book = CallBook(pause=0.01)
    task = asyncio.create_task(run(shipped, Hanging(), book))
    await started.wait()
    for _ in range(cancels):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(book.statuses()) == ["cancelled", *["failed"] * failed_before]


@pytest.mark.parametrize("when", ["intend", "conclude"])
async def test_a_write_under_way_when_the_query_is_cancelled_is_finished(shipped: CascadeLibrary, when: str) -> None:
    book = CallBook(pause=0.02)
    task = asyncio.create_task(run(shipped, ScriptedModels("true"), book))
    await book.writing[when].wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert book.statuses() == [{"intend": "cancelled", "conclude": "ok"}[when]]


async def test_without_room_in_the_log_no_request_leaves(shipped: CascadeLibrary) -> None:
    class Full(CallBook):
        async def intend(self, intents):  # type: ignore[no-untyped-def]
            raise DiskFull("the log spool is full")

    models = ScriptedModels("true")
    with pytest.raises(DiskFull):
        await run(shipped, models, Full())
    assert models.requests == []


@pytest.mark.parametrize("name", ["semantic_ask", "semantic_extracts"])
async def test_free_text_from_the_embedded_model_is_refused_before_any_row(shipped: CascadeLibrary, name: str) -> None:
    book, operator = CallBook(), shipped.current().by_function[name]
    inputs: dict[str, object] = {argument.name: "x" for argument in operator.arguments}
    with pytest.raises(FeatureNotSupported) as caught:
        await run(shipped, ScriptedModels(local=True), book, name=name, inputs=inputs)
    assert "SQLSERVER_LLM_BASE_URL" in str(caught.value.hint)
    assert book.events == []


async def test_a_local_answer_is_checked_and_typed_without_a_second_request(shipped: CascadeLibrary) -> None:
    models = ScriptedModels(ModelReply("[0.5, 1]", "mini", "local", "{}", "{}", value=[0.5, 1.0]), local=True)
    book = CallBook()
    answer = await run(shipped, models, book, name="embed", inputs={"text": "a"})
    assert (answer.value, answer.output) == ([0.5, 1.0], "[0.5,1.0]")
    assert (models.requests[0].local_task, models.requests[0].local_arguments) == ("embed", ("text",))
    assert "messages" in json.loads(book.outcomes[answer.trace_id].full_request_json)


async def test_labels_of_the_statement_become_the_enum_of_the_request(shipped: CascadeLibrary) -> None:
    models = ScriptedModels("Payment.")
    inputs: dict[str, object] = {"text": "charged twice", "labels": ["delivery", "payment"]}
    answer = await run(shipped, models, CallBook(), name="classify", inputs=inputs)
    assert answer.value == "payment"
    assert models.requests[0].output_schema == {"type": "string", "enum": ["delivery", "payment"]}
    assert "Labels: delivery, payment" in models.requests[0].user


async def test_later_cells_see_earlier_answers_and_only_the_last_row_has_the_cache_key(
    shipped: CascadeLibrary,
) -> None:
    cascade = Cascade(
        "two",
        (
            Cell("sum", "Add {{ input.text }}", output_schema={"type": "integer"}),
            Cell("say", "Say {{ outputs.sum }} twice"),
        ),
        {"text": ""},
    )
    models, book = ScriptedModels("42", "42 42"), CallBook()
    answer = await run(shipped, models, book, cascade=cascade, inputs={"text": "40 + 2"})
    assert models.requests[1].user == "Say 42 twice"
    assert (answer.value, answer.output) == ("42 42", "42 42")
    assert [intent.cache_key for intent in book.intents.values()] == ["", "key"]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"text": "a"}, 'needs the input "criterion"'),
        ({"text": "a", "criterion": "b", "more": 1}, 'has no input "more"'),
    ],
)
async def test_missing_and_unknown_inputs_are_22023(
    shipped: CascadeLibrary, inputs: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidParameterValue, match=words):
        await run(shipped, ScriptedModels("true"), CallBook(), inputs=inputs)
