"""Structs, maps, unions and lists of them as JSON text: what PostgreSQL has no type for.

Built from the columns of their children, so a value inside has the same text as in a column of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as t

from sqlserver.wire import binary_columns as bc
from sqlserver.wire.binary_columns import ColumnEncoder

LeafEncoder = Callable[[pa.DataType], ColumnEncoder]
"""The text encoder for a type that is not nested."""

_NEEDS_ESCAPES = r'["\\\x00-\x1f]'
_NOT_NUMBERS = pa.array(["NaN", "Infinity", "-Infinity"])


def is_list(arrow_type: pa.DataType) -> bool:
    return bool(t.is_list(arrow_type) or t.is_large_list(arrow_type) or t.is_fixed_size_list(arrow_type))


def json_encoder(arrow_type: pa.DataType, leaf: LeafEncoder) -> ColumnEncoder:
    if t.is_struct(arrow_type):
        return _struct(arrow_type, leaf)
    if t.is_map(arrow_type):
        return _map(arrow_type, leaf)
    if is_list(arrow_type):
        item = json_encoder(arrow_type.value_type, leaf)
        return lambda array: _in_lists(array, pc.fill_null(item(array.flatten()), "null"), "[", "]")
    if t.is_union(arrow_type):
        return lambda array: pa.array(
            [None if v is None else json.dumps(v, default=str) for v in array.to_pylist()], pa.string()
        )
    encode = leaf(arrow_type)
    if t.is_boolean(arrow_type):
        return lambda array: pc.if_else(array, "true", "false")
    if t.is_integer(arrow_type) or t.is_decimal(arrow_type):
        return encode
    if t.is_floating(arrow_type):
        return lambda array: _quote_where(encode(array), _NOT_NUMBERS)
    return lambda array: _quoted(encode(array))


def _quoted(text: pa.Array) -> pa.Array:
    text = text.cast(pa.string())
    quoted = pc.binary_join_element_wise('"', text, '"', "")
    escaped = pc.match_substring_regex(text, _NEEDS_ESCAPES)
    if not pc.any(escaped).as_py():
        return quoted
    escaped = pc.fill_null(escaped, False)
    texts = [json.dumps(value, ensure_ascii=False) for value in text.filter(escaped).to_pylist()]
    return pc.replace_with_mask(quoted, escaped, pa.array(texts, pa.string()))


def _quote_where(text: pa.Array, among: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_in(text, among), pc.binary_join_element_wise('"', text, '"', ""), text)


def _in_lists(array: pa.Array, items: pa.Array, opening: str, closing: str) -> pa.Array:
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    bounds = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    inside = pc.binary_join(pa.ListArray.from_arrays(pa.array(bounds), items), ", ")
    return bc.keep_nulls(pc.binary_join_element_wise(opening, inside, closing, ""), array)


def _struct(arrow_type: pa.DataType, leaf: LeafEncoder) -> ColumnEncoder:
    fields = list(arrow_type)
    encoders = [json_encoder(field.type, leaf) for field in fields]
    names = [
        ("" if at == 0 else ", ") + json.dumps(field.name, ensure_ascii=False) + ": " for at, field in enumerate(fields)
    ]

    def encode(array: pa.Array) -> pa.Array:
        parts: list[object] = ["{"]
        for name, encoder, child in zip(names, encoders, array.flatten(), strict=True):
            parts += [name, pc.fill_null(encoder(child), "null")]
        if not fields:
            return bc.keep_nulls(pa.array(["{}"] * len(array)), array)
        return bc.keep_nulls(pc.binary_join_element_wise(*parts, "}", ""), array)

    return encode


def _map(arrow_type: pa.DataType, leaf: LeafEncoder) -> ColumnEncoder:
    encode_key = leaf(arrow_type.key_type)
    encode_item = json_encoder(arrow_type.item_type, leaf)

    def encode(array: pa.Array) -> pa.Array:
        entries = pa.StructArray.from_arrays([array.keys, array.items], ["key", "value"])
        bounds = pa.array(array.offsets.to_numpy())  # a copy: a mask takes no sliced offsets
        array = pa.ListArray.from_arrays(bounds, entries, mask=array.is_null())
        keys, items = array.flatten().flatten()
        pairs = pc.binary_join_element_wise(
            _quoted(encode_key(keys)), ": ", pc.fill_null(encode_item(items), "null"), ""
        )
        return _in_lists(array, pairs, "{", "}")

    return encode
