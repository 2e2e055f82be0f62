"""Replies become typed values; what cannot be read is never a value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.cascade.library import CascadeLibrary
from sqlserver.cascade.model import Cascade, Cell
from sqlserver.cascade.output_schema import Mismatch, schema_faults, with_labels
from sqlserver.cascade.reply import output_text, read_output, read_reply, reply_schema, request_schema, typed
from sqlserver.core.errors import InvalidParameterValue, InvalidTextRepresentation
from sqlserver.core.operators import Argument, Operator

BOOLEAN = {"type": "boolean"}
SCORE = {"type": "number", "minimum": 0, "maximum": 1}
LABEL = {"type": "string", "enum": ["delivery", "Payment", "out of stock"]}
LIST = {"type": "array", "items": {"type": "string"}, "maxItems": 2}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name"],
    "additionalProperties": False,
}
MAYBE = {"type": ["string", "null"]}

READABLE: list[tuple[str, dict[str, Any] | None, object]] = [
    *[(text, BOOLEAN, True) for text in (
        "true", "True.", " TRUE\n", '"true"', "**true**", "yes", "Yes!", "```\ntrue\n```", "```json\ntrue\n```",
        '{"answer": true}', '```json\n{"answer": true}\n```', "Answer: true", "(true)", '{"answer": "Yes"}',
    )],
    *[(text, BOOLEAN, False) for text in ("false", "No.", '{"answer": false}', "`false`")],
    ("0.75", SCORE, 0.75), ("1", SCORE, 1.0), (".5", SCORE, 0.5), ("1e-3", SCORE, 0.001), ('"0.5"', SCORE, 0.5),
    ('{"answer": 0.5}', SCORE, 0.5), ("0.5.", SCORE, 0.5), ("Answer: 0.5", SCORE, 0.5),
    ("12", {"type": "integer"}, 12), ("12.0", {"type": "integer"}, 12), ("-3", {"type": "integer"}, -3),
    ("delivery", LABEL, "delivery"), ("Delivery.", LABEL, "delivery"), ("payment", LABEL, "Payment"),
    ('"out of stock"', LABEL, "out of stock"), ('{"answer": "delivery"}', LABEL, "delivery"),
    ('["a", "b"]', LIST, ["a", "b"]), ('```json\n["a"]\n```', LIST, ["a"]), ('{"answer": ["a"]}', LIST, ["a"]),
    ('{"name": "Ada", "age": 36}', PERSON, {"name": "Ada", "age": 36}),
    ("null", MAYBE, None), ("None", MAYBE, None), ('{"answer": null}', MAYBE, None), ("a value", MAYBE, "a value"),
    ('"quoted"', MAYBE, "quoted"), (" any text. ", None, "any text."),
    ('He said "hi"', {"type": "string"}, 'He said "hi"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "schema", "value"), READABLE)
def test_wrapped_answers_are_read(text: str, schema: dict[str, Any] | None, value: object) -> None:
    found = read_reply(text, schema)
    assert found == value
    assert type(found) is type(value)


UNREADABLE: list[tuple[str, dict[str, Any]]] = [
    *[(text, BOOLEAN) for text in (
        "", "true, because bamboo is sustainable", "maybe", "true false", "not true", "1", '{"answer": "perhaps"}',
        '{"answer": 1}', '{"answer": true, "why": "x"}', "null", "{", "I cannot judge that.", "untrue",
    )],
    *[(text, SCORE) for text in ("1.5", "-0.1", "half", "NaN", "Infinity", "1e999", "50%", "true",
                                    '{"answer": true}', "0.5 or so")],
    ("1.5", {"type": "integer"}),
    ("refund", LABEL), ("delivery or Payment", LABEL), ("", LABEL), ('{"answer": 3}', LABEL),
    ('["a", "b", "c"]', LIST), ("[1]", LIST), ("a, b", LIST), ("[" * 5000, LIST), ("[NaN]", LIST),
    ('{"age": 3}', PERSON), ('{"name": "A", "age": 1.5}', PERSON), ('{"name": "A", "x": 1}', PERSON), ("[]", PERSON),
]  # fmt: skip


@pytest.mark.parametrize(("text", "schema"), UNREADABLE)
def test_what_does_not_fit_is_a_mismatch(text: str, schema: dict[str, Any]) -> None:
    with pytest.raises(Mismatch):
        read_reply(text, schema)


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_fail_otherwise(text: str) -> None:
    for schema in (BOOLEAN, SCORE, LABEL, LIST, PERSON, MAYBE):
        try:
            read_reply(text, schema)
        except Mismatch:
            continue


@pytest.mark.parametrize(
    ("value", "returns", "expected"),
    [
        (True, "BOOLEAN", True), (3, "DOUBLE", 3.0), (3.0, "INTEGER", 3), ("a", "VARCHAR", "a"),
        (None, "BOOLEAN", None),
        ([1, 2.5], "FLOAT[]", [1.0, 2.5]),
        ({"a": 1}, "JSON", '{"a":1}'), ([1], "JSON", "[1]"),
        (True, "VARCHAR", "true"),
        ([["a"]], "VARCHAR[][]", [["a"]]),
    ],
)  # fmt: skip
def test_values_take_the_operators_type(value: object, returns: str, expected: object) -> None:
    assert typed(value, returns) == expected


@pytest.mark.parametrize(
    ("value", "returns"),
    [("a", "BOOLEAN"), (1, "BOOLEAN"), (True, "DOUBLE"), (1.5, "INTEGER"), (40_000, "SMALLINT"), (2**63, "BIGINT"),
     ("1", "DOUBLE"), (float("nan"), "DOUBLE"), ("a", "FLOAT[]"), (["a"], "FLOAT[]")],
)  # fmt: skip
def test_a_value_of_another_type_is_a_mismatch(value: object, returns: str) -> None:
    with pytest.raises(Mismatch):
        typed(value, returns)


def operator(returns: str) -> Operator:
    return Operator("f", "", (Argument("text", "VARCHAR"),), returns, "c")


def one_cell(schema: dict[str, Any] | None = None) -> Cascade:
    return Cascade("c", (Cell("first"), Cell("last", output_schema=schema)))


@pytest.mark.parametrize(
    ("returns", "value"),
    [("BOOLEAN", False), ("DOUBLE", 0.1), ("INTEGER", 7), ("FLOAT[]", [0.25, -1.0]),
     ("VARCHAR", "a"), ("JSON", '{"a":[1]}'),
     ("VARCHAR", ' "quoted" and spaced '), ("VARCHAR", '{"answer": "kept"}'),
     ("VARCHAR", ""), ("VARCHAR[]", ["a", "null"])],
)  # fmt: skip
def test_a_logged_output_reads_back_as_the_same_value(returns: str, value: object) -> None:
    assert read_output(one_cell(), output_text(value), operator(returns)) == value


def test_a_null_answer_reads_back_as_null() -> None:
    assert read_output(one_cell(MAYBE), output_text(None), operator("VARCHAR")) is None


def test_a_correction_that_does_not_fit_is_22p02() -> None:
    with pytest.raises(InvalidTextRepresentation, match='cell "last" cannot be read: the reply is not true or false'):
        read_output(one_cell(), "maybe", operator("BOOLEAN"))


def test_the_last_cell_without_a_schema_answers_as_the_operator_returns() -> None:
    cascade = one_cell()
    assert reply_schema(cascade, cascade.final_cell, operator("DOUBLE")) == {"type": "number"}
    assert reply_schema(cascade, cascade.cells[0], operator("DOUBLE")) is None
    assert request_schema(reply_schema(cascade, cascade.final_cell, operator("VARCHAR")), {}) is None


def test_labels_come_from_the_input(shipped: CascadeLibrary) -> None:
    schema = shipped.cascade("semantic_classify").final_cell.output_schema
    assert schema is not None
    assert with_labels(schema, {"labels": ["b", "a", "b"]}) == {"type": "string", "enum": ["b", "a"]}
    for labels in ([], None, "a", [1]):
        with pytest.raises(InvalidParameterValue):
            with_labels(schema, {"labels": labels})


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "bool"}, "unknown type bool"),
        ({"typ": "x"}, "unknown keyword typ"),
        ({}, "type is missing"),
        ({"type": "number", "minimum": "0"}, "minimum must be a number"),
        ({"type": "string", "enum": {"input": "other"}}, "one of the inputs labels"),
        ({"type": "array", "items": {"type": "strin"}}, "output_schema.items: unknown type strin"),
        ({"type": "object", "properties": {"a": {"type": "x"}}}, "output_schema.properties.a: unknown type x"),
        ([], "must be a mapping"),
    ],
)
def test_a_wrong_schema_is_told_in_words(schema: object, words: str) -> None:
    assert words in "\n".join(schema_faults(schema, frozenset({"labels"})))
