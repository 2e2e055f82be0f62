"""The invariants of the data model, each as a test."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from sqlserver.core.errors import ServerError
from sqlserver.core.identity import inputs_text
from sqlserver.store.annotation_state import Annotation
from sqlserver.store.log_store import LogStore
from tests.store.calls import examples, intent, log_call, mark, outcome


async def annotation(store: LogStore, trace_id: str) -> Annotation:
    return (await store.current_annotations([trace_id]))[trace_id]


async def test_current_state_can_be_rebuilt_from_the_history(store: LogStore) -> None:
    first, second = await log_call(store), await log_call(store)
    await store.annotate([mark(first, trainable=True, notes="good"), mark(second, trainable=True)])
    await store.annotate([mark(first, verified=True, clears=("notes",)), mark(second, trainable=False)])
    before = (await store.read_relation("training_annotations", order_by="trace_id")).to_pylist()
    history = (await store.read_relation("training_annotation_history")).num_rows
    for table in ("annotation_state", "training_set"):
        await store.clickhouse.command(f"TRUNCATE TABLE {table}")
    await store.rebuild()
    assert (await store.read_relation("training_annotations", order_by="trace_id")).to_pylist() == before
    assert (await store.read_relation("training_annotation_history")).num_rows == history == 6
    assert len(await examples(store)) == 1


async def test_a_machines_score_never_changes_a_persons_label(store: LogStore) -> None:
    said, unsaid = await log_call(store), await log_call(store)
    await store.annotate([mark(said, confidence=0.3)])
    scores = {"trace_id": [said, unsaid], "name": ["confidence"] * 2, "score": [0.9, 0.9], "source": ["judge"] * 2}
    await store.insert_relation("trace_scores", pa.table(scores))
    table = await store.read_relation("training_examples_with_annotations", ["trace_id", "confidence", "trainable"])
    assert {row["trace_id"]: row["confidence"] for row in table.to_pylist()} == {said: 0.3, unsaid: 0.9}
    assert (await annotation(store, said)).confidence == 0.3
    assert await examples(store, min_confidence=0.0) == []


async def test_marking_one_field_keeps_the_others(store: LogStore) -> None:
    trace = await log_call(store)
    await store.annotate([mark(trace, trainable=True, notes="why", tags=("a", "b"), confidence=0.9)])
    await store.annotate([mark(trace, verified=True)])
    await store.insert_relation("training_annotations", pa.table({"trace_id": [trace], "confidence": [0.95]}))
    now = await annotation(store, trace)
    assert (now.trainable, now.verified, now.confidence, now.notes, now.tags) == (True, True, 0.95, "why", ("a", "b"))


async def test_a_trainable_trace_without_confidence_counts_as_one(store: LogStore) -> None:
    trace = await log_call(store)
    await store.annotate([mark(trace, trainable=True)])
    (row,) = (await store.read_relation("training_annotations", ["confidence", "annotated_by"])).to_pylist()
    assert row == {"confidence": 1.0, "annotated_by": "human"}
    assert len(await examples(store, min_confidence=1.0)) == 1


async def test_unmark_writes_and_the_older_version_stays_dead(store: LogStore) -> None:
    trace = await log_call(store)
    await store.annotate([mark(trace, trainable=True, verified=True)])
    await store.annotate([mark(trace, clears=("trainable", "verified"))])
    await store.clickhouse.command("OPTIMIZE TABLE annotation_state FINAL")
    await store.clickhouse.command("OPTIMIZE TABLE training_set FINAL")
    assert (await store.read_relation("training_annotations")).num_rows == 0
    assert (await store.read_relation("training_annotation_history")).num_rows == 4
    assert await examples(store) == []


async def test_order_is_the_stores_sequence_not_a_clock(store: LogStore) -> None:
    trace = await log_call(store)
    for at, trainable in (("2030-01-01", True), ("2020-01-01", False)):
        await store.clickhouse.command(
            "INSERT INTO training_annotations (trace_id, trainable, annotated_at) "
            f"VALUES ('{trace}', {trainable}, '{at}')"
        )
    assert (await annotation(store, trace)).trainable is False


async def test_events_of_one_insert_apply_in_their_order(store: LogStore) -> None:
    trace = await log_call(store)
    assert await store.annotate([mark(trace, notes=str(n)) for n in range(50)]) == 1
    assert (await annotation(store, trace)).notes == "49"


async def test_imported_logs_are_examples_at_once(store: LogStore) -> None:
    parts = [{"type": "text", "text": "two"}, {"type": "image_url", "image_url": {}}, {"type": "text", "text": "parts"}]
    requests = [
        [{"role": "system", "content": "s"}, {"role": "user", "content": "first"}, {"role": "user", "content": "last"}],
        [{"role": "user", "content": "asked"}, {"role": "assistant", "content": ""}, {"role": "tool", "content": "42"}],
        [{"role": "user", "content": parts}],
    ]
    response = json.dumps({"choices": [{"message": {"role": "assistant", "content": "yes"}}]})
    rows = {
        "trace_id": ["old-1", "old-2", "old-3"],
        "cascade_id": ["semantic_matches"] * 3,
        "cell_name": ["evaluate"] * 3,
        "full_request_json": [json.dumps({"messages": messages}) for messages in requests],
        "full_response_json": [response, "", response],
        "content_json": ["", json.dumps({"content": "no"}), ""],
    }
    assert await store.insert_relation("unified_logs", pa.table(rows)) == 3
    await store.annotate([mark(trace, trainable=True) for trace in rows["trace_id"]])
    assert sorted(await examples(store)) == [("asked", "no"), ("last", "yes"), ("two\nparts", "yes")]


async def test_what_was_answered_is_visible_in_the_next_read(store: LogStore) -> None:
    for n in range(3):
        await log_call(store)
        assert (await store.read_relation("unified_logs", ["trace_id"])).num_rows == n + 1


@pytest.mark.parametrize(
    "inputs",
    [
        {"text": "bamboo", "criterion": "eco-friendly"},
        {"text": 'a "quoted" \\ line\nand ümlaut 🎋', "n": 3, "x": 1.5, "ok": True, "none": None},
        {"labels": ["a", "b"], "nested": {"k": ["v", 1]}},
        {"text": ""},
    ],
)
async def test_user_input_is_the_typed_inputs_as_lines(store: LogStore, inputs: dict[str, object]) -> None:
    await log_call(store, inputs)
    (row,) = (await store.read_relation("training_examples_mv", ["user_input", "system_message"])).to_pylist()
    assert row == {"user_input": inputs_text(dict(sorted(inputs.items()))), "system_message": "You judge."}


async def test_an_example_never_contains_injected_examples(store: LogStore) -> None:
    made = intent({"text": "bamboo"}, example_ids=("x",))
    prompt = json.dumps(
        {"messages": [{"role": "system", "content": "<examples>old</examples>"}, {"role": "user", "content": "q"}]}
    )
    await store.intend([made])
    await store.conclude([outcome(made.trace_id, full_request_json=prompt)])
    await store.annotate([mark(made.trace_id, trainable=True)])
    assert await examples(store) == [("text: bamboo", "true")]


@pytest.mark.parametrize("status", ["failed", "cancelled", "timeout", "invalid", "unknown"])
async def test_a_failed_call_is_logged_and_never_an_example(store: LogStore, status: str) -> None:
    made = intent(cache_key="k")
    await store.intend([made])
    await store.conclude([outcome(made.trace_id, status=status, error="no")])
    await store.annotate([mark(made.trace_id, trainable=True)])
    assert (await store.read_relation("semantic_errors", ["status", "error"])).to_pylist() == [
        {"status": status, "error": "no"}
    ]
    assert (await store.read_relation("training_examples_mv")).num_rows == 0
    assert await examples(store) == []
    assert await store.cached(["k"]) == {}


@pytest.mark.parametrize(
    ("said", "sqlstate"),
    [({"confidence": 1.5}, "22023"), ({"split": "dev"}, "22023"), ({"clears": ("nonsense",)}, "22023")],
)
async def test_a_value_out_of_range_writes_nothing(store: LogStore, said: dict[str, object], sqlstate: str) -> None:
    with pytest.raises(ServerError) as failure:
        await store.annotate([mark("a", trainable=True), mark("b", **said)])
    assert failure.value.sqlstate == sqlstate
    assert (await store.read_relation("training_annotation_history")).num_rows == 0
