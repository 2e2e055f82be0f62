"""Arrays in binary: dimensions, NULL flag, element type, length and lower bound of each dimension, elements.

Elements are encoded as one column over all rows of a batch, then cut per row. PostgreSQL's arrays are rectangular,
DuckDB's lists need not be: a ragged one is an error here (its text form has no such limit).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.core.errors import ServerError
from sqlserver.wire import binary_columns as bc
from sqlserver.wire.binary_columns import ColumnEncoder
from sqlserver.wire.json_text import is_list


@dataclass(frozen=True, slots=True)
class _Shape:
    """``leaves``: all elements in order; ``counts``: how many belong to each value; ``sizes``: values × dimensions."""

    leaves: pa.Array
    counts: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]


def array_encoder(
    arrow_type: pa.DataType, element_oid: int, element_encoder: Callable[[pa.DataType], ColumnEncoder]
) -> ColumnEncoder:
    leaf_type = arrow_type
    while is_list(leaf_type):
        leaf_type = leaf_type.value_type
    encode_element = element_encoder(leaf_type)

    def encode(array: pa.Array) -> pa.Array:
        shape = _shape(array)
        elements = bc.as_binary(encode_element(shape.leaves))
        nulls = ~bc.valid(elements) if elements.null_count else np.zeros(len(elements), bool)
        framed = bc.join(length_prefixes(elements), elements)
        leaf_bounds = np.concatenate(([0], np.cumsum(shape.counts)))
        has_null = np.diff(np.concatenate(([0], np.cumsum(nulls)))[leaf_bounds]) > 0
        bodies = bc.from_offsets(bc.offsets(framed)[leaf_bounds], framed.buffers()[2] or b"")
        return bc.keep_nulls(bc.join(_headers(shape, has_null, element_oid), bodies), array)

    return encode


def length_prefixes(array: pa.Array) -> pa.Array:
    """The 32-bit lengths of a binary array's values, -1 for NULL."""
    return bc.from_matrix(value_lengths(array, null=-1).astype(">i4"))


def value_lengths(array: pa.Array, null: int) -> npt.NDArray[np.int32]:
    lengths = np.diff(bc.offsets(array))
    if array.null_count:
        lengths[~bc.valid(array)] = null
    return lengths


def _shape(array: pa.Array) -> _Shape:
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    children = array.flatten()
    if not is_list(children.type):
        return _Shape(children, lengths, lengths[:, None])
    inner = _shape(children)
    bounds = np.concatenate(([0], np.cumsum(lengths)))
    first = np.minimum(bounds[:-1], max(len(children) - 1, 0))
    depth = inner.sizes.shape[1]
    first_sizes = inner.sizes[first] if len(children) else np.zeros((len(array), depth), np.int64)
    if children.null_count or (inner.sizes != np.repeat(first_sizes, lengths, axis=0)).any():
        raise ServerError(
            "multidimensional arrays must have sub-arrays with matching dimensions",
            sqlstate="2202E",
            hint="Ask for the column in text format, or cast it to text.",
        )
    sizes = np.concatenate((lengths[:, None], np.where(lengths[:, None] > 0, first_sizes, 0)), axis=1)
    return _Shape(inner.leaves, sizes.prod(axis=1), sizes)


def _headers(shape: _Shape, has_null: npt.NDArray[np.bool_], element_oid: int) -> pa.Array:
    count, depth = shape.sizes.shape
    matrix = np.ones((count, 3 + 2 * depth), ">i4")
    empty = shape.counts == 0
    matrix[:, 0] = np.where(empty, 0, depth)
    matrix[:, 1] = has_null
    matrix[:, 2] = element_oid
    matrix[:, 3::2] = shape.sizes
    kept = np.ones(matrix.shape, bool)
    kept[empty, 3:] = False
    bounds = np.concatenate(([0], np.cumsum(kept.sum(axis=1) * 4)))
    return bc.from_offsets(bounds, matrix[kept])
