"""What the embedded model answers: small tables as a person expects, and marks that move later answers."""

from __future__ import annotations

import asyncio
import json
import random

import pytest

from sqlserver.core.errors import FeatureNotSupported, InvalidParameterValue
from sqlserver.core.examples import Example
from sqlserver.core.model import FailedAttempt, LocalTask, ModelReply, ModelRequest
from sqlserver.llm.embedded.provider import EmbeddedModel
from sqlserver.llm.provider import ModelSpec

pytestmark = pytest.mark.asyncio(loop_scope="session")

ECO = "eco-friendly"
TOWNS = ("Berlin is large", "The museum opens at nine")


async def ask(
    model: EmbeddedModel,
    text: str,
    other: object,
    task: LocalTask = "judge",
    examples: tuple[Example, ...] = (),
    names: tuple[str, ...] = ("text", "criterion"),
) -> ModelReply:
    async def told(_: FailedAttempt) -> None:
        raise AssertionError("the embedded model makes no attempts")

    inputs = dict(zip(names, (text, other), strict=False))
    request = ModelRequest("default", "s", "u", inputs, examples, local_task=task, local_arguments=names)
    deadline = asyncio.get_running_loop().time() + 60
    return await model.complete(ModelSpec("default", ""), request, deadline, told)


def marked(text: str, output: str, criterion: str = ECO, confidence: float = 1.0) -> Example:
    return Example(text, "", output, confidence, {"text": text, "criterion": criterion})


async def score(model: EmbeddedModel, text: str, criterion: str, *examples: Example) -> float:
    reply = await ask(model, text, criterion, "score", examples)
    assert isinstance(reply.value, float)
    return reply.value


@pytest.mark.parametrize(
    ("criterion", "true", "false"),
    [
        (
            "eco-friendly",
            ["Eco-friendly bamboo toothbrush", "Sustainable cotton t-shirt", "Reusable steel water bottle"],
            ["Plastic water bottle", "Disposable plastic fork"],
        ),
        ("eco-friendly", ["bamboo toothbrush"], ["plastic bottle"]),
        ("sustainable", ["bamboo toothbrush", "recycled paper"], ["plastic bottle", "gas guzzling truck"]),
        ("positive", ["This is amazing!", "Great movie, wonderful acting"], ["I hate it", "Boring and far too long"]),
        ("a complaint", ["The waiter was rude", "Still waiting for my refund"], ["Best hotel ever", "Lovely staff"]),
        ("food", ["Pizza with cheese", "Grilled salmon with lemon"], ["Mountain bike", "Laptop with 8 GB memory"]),
        ("about animals", ["The cat sleeps on the sofa", "Wolves hunt in packs"], ["The stock market fell"]),
        ("politics", ["The minister resigned", "Voters go to the polls"], ["Chocolate cake", "Bluetooth speaker"]),
    ],
)
async def test_small_tables_get_the_answers_a_person_expects(
    embedded: EmbeddedModel, criterion: str, true: list[str], false: list[str]
) -> None:
    answers = {text: (await ask(embedded, text, criterion)).value for text in true + false}
    assert answers == dict.fromkeys(true, True) | dict.fromkeys(false, False)


@pytest.mark.parametrize("output", ["true", "false"])
async def test_a_marked_text_is_answered_as_marked(embedded: EmbeddedModel, output: str) -> None:
    for text in ("Plastic water bottle", "Eco-friendly bamboo toothbrush", *TOWNS):
        reply = await ask(embedded, text, ECO, examples=(marked(text, output),))
        assert reply.text == output


@pytest.mark.parametrize(("output", "moves"), [("true", 1), ("false", -1), ("0.9", 1), ("0.1", -1)])
async def test_one_mark_moves_its_neighbours_in_the_marked_direction(
    embedded: EmbeddedModel, output: str, moves: int
) -> None:
    before = await score(embedded, "Large plastic water bottles", ECO)
    after = await score(embedded, "Large plastic water bottles", ECO, marked("Plastic water bottle", output))
    assert (after - before) * moves > 0


async def test_marks_on_one_criterion_leave_the_others_alone(embedded: EmbeddedModel) -> None:
    marks = tuple(marked(text, "false") for text in ("Gold watch", "Diamond necklace", "Designer handbag"))
    for criterion in ("expensive", "not eco-friendly"):
        reply = await ask(embedded, "Gold watch", criterion, examples=marks)
        assert json.loads(reply.response_json)["marks"] == 0
        assert reply.value == (await ask(embedded, "Gold watch", criterion)).value
    same = await ask(embedded, "Gold watch", "Eco-Friendly", examples=marks)
    assert json.loads(same.response_json)["marks"] == 3


async def test_an_opposite_shares_no_marks(embedded: EmbeddedModel) -> None:
    marks = (marked("Gold watch", "true", "cheap"),)
    assert await score(embedded, "Gold watch", "expensive", *marks) == await score(embedded, "Gold watch", "expensive")


async def test_marks_do_not_depend_on_their_order(embedded: EmbeddedModel) -> None:
    marks = [
        marked("Steel bottle", "true"),
        marked("Plastic cup", "false"),
        marked("Paper cup", "false", confidence=0.5),
    ]
    shuffled = marks[:]
    random.Random(3).shuffle(shuffled)
    first = await score(embedded, "Glass bottle", ECO, *marks)
    assert first == pytest.approx(await score(embedded, "Glass bottle", ECO, *shuffled), abs=1e-4)


async def test_a_mark_counts_by_its_confidence(embedded: EmbeddedModel) -> None:
    text, neighbour = "Large plastic water bottles", "Plastic water bottle"
    sure = await score(embedded, text, ECO, marked(neighbour, "true"))
    unsure = await score(embedded, text, ECO, marked(neighbour, "true", confidence=0.2))
    assert await score(embedded, text, ECO) < unsure < sure


async def test_imported_examples_are_read_from_their_message(embedded: EmbeddedModel) -> None:
    message = f"Does it match?\n\nText: Plastic water bottle\nCriterion: {ECO}"
    imported = Example("t", message, "true", 1.0)
    assert (await ask(embedded, "Plastic water bottle", ECO, examples=(imported,))).value is True


async def test_an_answer_does_not_depend_on_what_else_is_asked(embedded: EmbeddedModel) -> None:
    texts = [f"{thing} number {n}" for n in range(20) for thing in ("Bamboo brush", "Plastic fork", "Report")]
    alone = [(await ask(embedded, text, ECO)).score for text in texts[:6]]
    fresh = EmbeddedModel()
    together = await asyncio.gather(*(ask(fresh, text, ECO) for text in reversed(texts)))
    await fresh.close()
    assert [reply.score for reply in reversed(together)][:6] == pytest.approx(alone, abs=2e-5)


async def test_score_is_a_half_where_the_judge_turns_true(embedded: EmbeddedModel) -> None:
    for text in ("bamboo toothbrush", "plastic bottle", "Reusable bag", "Oak table", *TOWNS):
        assert ((await score(embedded, text, ECO)) >= 0.5) == (await ask(embedded, text, ECO)).value


@pytest.mark.parametrize(
    ("text", "label"),
    [("This is amazing!", "positive"), ("It broke after one day", "negative"), ("Waste of money", "negative")],
)
@pytest.mark.parametrize("labels", [["positive", "negative"], '["positive", "negative"]', "positive, negative"])
async def test_classify_chooses_one_of_the_labels(
    embedded: EmbeddedModel, text: str, label: str, labels: object
) -> None:
    reply = await ask(embedded, text, labels, "classify", names=("text", "labels"))
    assert (reply.value, reply.text) == (label, label)


async def test_classify_learns_labels_that_say_nothing(embedded: EmbeddedModel) -> None:
    labels = ["queue 1", "queue 2"]
    marks = tuple(
        Example(text, "", label, 1.0, {"text": text, "labels": labels})
        for text, label in [
            ("I was charged twice", "queue 2"),
            ("Wrong amount on the invoice", "queue 2"),
            ("The app crashes", "queue 1"),
            ("The screen stays black", "Queue 1"),
        ]
    )
    for text, label in [("Please refund the payment", "queue 2"), ("Error when I open the app", "queue 1")]:
        assert (await ask(embedded, text, labels, "classify", marks, ("text", "labels"))).value == label


async def test_similarity_and_embedding(embedded: EmbeddedModel) -> None:
    near = await ask(embedded, "a small dog", "a puppy", "similarity")
    far = await ask(embedded, "a small dog", "tax return", "similarity")
    assert isinstance(near.value, float)
    assert isinstance(far.value, float)
    assert 0 <= far.value < 0.3 < near.value <= 1
    vector = await ask(embedded, "a small dog", None, "embed", names=("text",))
    assert vector.value == json.loads(vector.text)
    assert isinstance(vector.value, list)
    assert len(vector.value) == 384


@pytest.mark.parametrize(
    ("criterion", "warned"),
    [
        ("not eco-friendly", "negation"),
        ("without sugar", "negation"),
        ("costs more than 100 dollars", "comparison"),
        ("cheaper than a car", "comparison"),
        ("50% off", "numbers"),
        (ECO, ""),
        ("notable", ""),
    ],
)
async def test_what_it_does_not_understand_is_told(embedded: EmbeddedModel, criterion: str, warned: str) -> None:
    warning = (await ask(embedded, "Apple juice", criterion)).warning
    assert warned in warning
    assert bool(warned) == bool(warning)


async def test_free_text_is_refused_with_the_words_that_configure_an_endpoint(embedded: EmbeddedModel) -> None:
    with pytest.raises(FeatureNotSupported) as caught:
        await ask(embedded, "a", "b", "none")
    assert caught.value.sqlstate == "0A000"
    assert caught.value.hint is not None
    assert "SQLSERVER_LLM_BASE_URL" in caught.value.hint


async def test_no_labels_are_an_error(embedded: EmbeddedModel) -> None:
    with pytest.raises(InvalidParameterValue):
        await ask(embedded, "a", [], "classify", names=("text", "labels"))


async def test_the_log_reads_as_a_chat_completion(embedded: EmbeddedModel) -> None:
    reply = await ask(embedded, "bamboo toothbrush", ECO)
    assert json.loads(reply.request_json)["messages"][-1] == {"role": "user", "content": "u"}
    assert json.loads(reply.response_json)["choices"][0]["message"]["content"] == reply.text == "true"
    assert (reply.provider, reply.model, reply.cost) == ("local", "all-MiniLM-L6-v2", 0.0)
