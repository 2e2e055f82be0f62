"""Marks, their withdrawal, and what retrieval makes of them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from sqlserver.store.log_store import LogStore
from tests.store.calls import examples, intent, log_call, mark, outcome


async def fields(store: LogStore, trace_id: str) -> dict[str, Any]:
    found = (await store.current_annotations([trace_id])).get(trace_id)
    return {name: value for name, value in found.values().items() if value not in (None, ())} if found else {}


async def test_annotate_counts_traces_whose_state_changed(store: LogStore) -> None:
    traces = [await log_call(store) for _ in range(3)]
    marks = [mark(trace, trainable=True) for trace in traces]
    assert await store.annotate(marks) == 3
    assert await store.annotate(marks) == 0
    assert await store.annotate([*marks, mark(traces[0], verified=True)]) == 1
    assert await store.annotate([mark(traces[1], notes="x"), mark(traces[1], clears=("notes",))]) == 0
    assert await store.annotate([]) == 0


async def test_a_mark_that_changes_nothing_leaves_no_history(store: LogStore) -> None:
    trace = await log_call(store)
    await store.annotate([mark(trace, trainable=True, confidence=0.9)])
    await store.annotate([mark(trace, trainable=True, confidence=0.8)])
    history = (
        await store.read_relation(
            "training_annotation_history", ["field", "old_value", "new_value"], order_by="changed_at, field DESC"
        )
    ).to_pylist()
    assert history == [
        {"field": "trainable", "old_value": None, "new_value": "true"},
        {"field": "confidence", "old_value": None, "new_value": "0.9"},
        {"field": "confidence", "old_value": "0.9", "new_value": "0.8"},
    ]


async def test_undo_goes_back_batch_by_batch(store: LogStore) -> None:
    first, second = await log_call(store), await log_call(store)
    await store.annotate([mark(first, trainable=True, batch="b1"), mark(second, trainable=True, batch="b1")])
    await store.annotate([mark(first, notes="n", verified=True, batch="b2")])
    await store.annotate([mark(first, notes="n", batch="b3")])
    assert await store.undo_last_batch("ann") == ("b2", 1)
    assert await fields(store, first) == {"trainable": True}
    assert await store.undo_last_batch("ann") == ("b1", 2)
    assert await examples(store) == []
    assert await store.undo_last_batch("ann") is None
    await store.annotate([mark(first, trainable=True, batch="b4")])
    assert await store.undo_last_batch("ann") == ("b4", 1)
    assert await store.undo_last_batch("ann") is None


async def test_undo_takes_back_ones_own_marks_only(store: LogStore) -> None:
    trace = await log_call(store)
    await store.annotate([mark(trace, trainable=True, notes="ann's", batch="b1")])
    await store.annotate([mark(trace, notes="bob's", by="bob", batch="b2")])
    assert await store.undo_last_batch("ann") == ("b1", 1)
    assert await fields(store, trace) == {"notes": "bob's"}
    assert await store.undo_last_batch("carol") is None
    assert await store.undo_last_batch("bob") == ("b2", 1)
    assert await fields(store, trace) == {}


async def test_undo_restores_what_an_earlier_batch_said(store: LogStore) -> None:
    trace = await log_call(store)
    await store.annotate([mark(trace, confidence=0.5, tags=("a",), corrected_output="x")])
    await store.annotate([mark(trace, confidence=0.9, tags=(), clears=("corrected_output",))])
    assert await fields(store, trace) == {"confidence": 0.9}
    await store.undo_last_batch("ann")
    assert await fields(store, trace) == {"confidence": 0.5, "tags": ("a",), "corrected_output": "x"}


async def test_a_mark_that_comes_before_its_log_row_takes_effect_with_it(store: LogStore) -> None:
    made = intent()
    assert await store.annotate([mark(made.trace_id, trainable=True)]) == 1
    assert await examples(store) == []
    await store.intend([made])
    await store.conclude([outcome(made.trace_id)])
    assert len(await examples(store)) == 1


async def test_a_mark_made_before_an_import_takes_effect_with_it(store: LogStore) -> None:
    await store.annotate([mark("old", trainable=True)])
    row = {"cascade_id": "semantic_matches", "cell_name": "evaluate", "inputs_json": '{"text":"t"}', "output": "yes"}
    await store.insert_relation("unified_logs", pa.table({"trace_id": ["old"], **{k: [v] for k, v in row.items()}}))
    assert await examples(store) == [("text: t", "yes")]


async def test_a_correction_replaces_the_logged_output_and_answers_its_input(store: LogStore) -> None:
    made = intent({"text": "plastic"})
    await store.intend([made])
    await store.conclude([outcome(made.trace_id, "true")])
    cell = (made.cascade_id, made.cell_name)
    await store.annotate([mark(made.trace_id, trainable=True, verified=True)])
    assert await store.correction(*cell, made.input_hash) is None
    await store.annotate([mark(made.trace_id, corrected_output="false")])
    assert await examples(store) == [("text: plastic", "false")]
    found = await store.corrections(*cell, [made.input_hash, "other", ""])
    assert {key: (example.output, example.inputs) for key, example in found.items()} == {
        made.input_hash: ("false", {"text": "plastic"})
    }
    await store.annotate([mark(made.trace_id, trainable=False)])
    assert await store.correction(*cell, made.input_hash) is None


async def test_the_newest_correction_of_an_input_stands(store: LogStore) -> None:
    older, newer = intent({"text": "a"}), intent({"text": "a"})
    await store.intend([older, newer])
    await store.conclude([outcome(older.trace_id), outcome(newer.trace_id)])
    await store.annotate([mark(newer.trace_id, trainable=True, corrected_output="1")])
    await store.annotate([mark(older.trace_id, trainable=True, corrected_output="2")])
    found = await store.correction(older.cascade_id, older.cell_name, older.input_hash)
    assert found is not None
    assert found.output == "2"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["c", "b", "a"]),
        ({"limit": 2}, ["c", "b"]),
        ({"limit": 0}, []),
        ({"order": "confidence"}, ["b", "a", "c"]),
        ({"order": "all"}, ["c", "b", "a"]),
        ({"min_confidence": 0.9}, ["b", "a"]),
        ({"verified_only": True}, ["a"]),
        ({"cell": None}, ["other", "c", "b", "a"]),
        ({"cell": "nowhere"}, []),
    ],
)
async def test_candidates(store: LogStore, options: dict[str, Any], expected: list[str]) -> None:
    said: dict[str, dict[str, Any]] = {
        "a": {"confidence": 0.9, "verified": True},
        "b": {},
        "c": {"confidence": 0.8},
        "d": {"confidence": 0.7},
        "test": {"split": "test"},
        "not": {"trainable": False},
    }
    marks = [mark(await log_call(store, {"text": text}), **{"trainable": True, **says}) for text, says in said.items()]
    marks.append(mark(await log_call(store, {"text": "other"}, cell_name="second"), trainable=True))
    marks.append(mark(await log_call(store, {"text": "x"}, cascade_id="another"), trainable=True))
    await store.annotate(marks)
    asked = {"cell": "evaluate"} | options
    assert [shown.removeprefix("text: ") for shown, _ in await examples(store, **asked)] == expected


async def test_every_committed_mark_changes_the_version_and_is_told(store: LogStore) -> None:
    told: list[int] = []
    store.on_annotations(lambda: told.append(store.annotation_version("semantic_matches")))
    trace = await log_call(store)
    before = store.annotation_version("semantic_matches")
    await store.annotate([mark(trace, trainable=True)])
    await store.annotate([mark(trace, trainable=True)])
    await store.undo_last_batch("ann")
    assert len(told) == len(set(told)) == 2
    assert before not in told


async def test_marks_survive_a_stop_between_history_and_read_model(store: LogStore) -> None:
    trace = await log_call(store)
    await store.flush()
    await store.clickhouse.command(f"INSERT INTO training_annotations (trace_id, trainable) VALUES ('{trace}', true)")
    assert await examples(store) == []
    await store.repair()
    assert len(await examples(store)) == 1


async def test_another_clients_marks_and_logs_are_seen_by_the_watch(store: LogStore) -> None:
    trace = await log_call(store)
    await store.flush()
    assert await store.look_for_changes() is False
    for statement in (
        f"INSERT INTO training_annotations (trace_id, trainable) VALUES ('{trace}', true), ('late', true)",
        "INSERT INTO unified_logs (trace_id, cascade_id, cell_name, inputs_json, output) "
        """VALUES ('late', 'semantic_matches', 'evaluate', '{"text":"late"}', 'yes')""",
    ):
        version = store.annotation_version("semantic_matches")
        await store.clickhouse.command(statement)
        assert await store.look_for_changes() is True
        assert store.annotation_version("semantic_matches") != version
        assert await store.look_for_changes() is False
    assert ("text: late", "yes") in await examples(store)
    assert len(await examples(store)) == 2


async def test_marking_many_at_once(store: LogStore) -> None:
    made = [intent({"text": str(n)}) for n in range(1000)]
    await store.intend(made)
    await store.conclude([outcome(one.trace_id) for one in made])
    assert await store.annotate([mark(one.trace_id, trainable=True, batch="b") for one in made]) == 1000
    assert len(await examples(store, limit=2000)) == 1000
    assert await store.undo_last_batch("ann") == ("b", 1000)
    assert await examples(store) == []
