"""Encoded columns side by side, row by row, as one stream.

What has one width in all rows (a message's head, lengths, delimiters, values of constant length) is laid out in one
structured array up to the next value of varying length; those runs and the varying values are then joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlserver.wire import binary_columns as bc

_NATIVE = {1: "u1", 2: "u2", 4: "u4", 8: "u8"}  # copied several times as fast as a void of the same width

Lengths = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A field of one width: ``values`` of every row, or the one that they share."""

    dtype: str
    values: Any


Field: TypeAlias = Fixed | pa.Array


def data_rows(
    message: bytes, values: Sequence[pa.Array], lengths: Sequence[Lengths], sizes: npt.NDArray[np.int64]
) -> memoryview:
    """DataRow messages. ``values`` are binary arrays, ``lengths`` theirs with -1 for NULL, ``sizes`` the messages'."""
    fields: list[Field] = [Fixed("S1", message), Fixed(">i4", sizes), Fixed(">u2", len(values))]
    for value, length in zip(values, lengths, strict=True):
        fields.append(Fixed(">i4", length))
        fields += value_fields(value, length)
    return side_by_side(len(sizes), fields)


def row_sizes(lengths: Sequence[Lengths]) -> npt.NDArray[np.int64]:
    """What the length field of each row's message holds."""
    sizes = np.full(len(lengths[0]), 6 + 4 * len(lengths), np.int64)
    for length in lengths:
        sizes += np.maximum(length, 0)
    return sizes


def value_fields(value: pa.Array, lengths: Lengths) -> list[Field]:
    """A binary array, as a field of one width where it can be, none where all are empty or NULL."""
    width = int(lengths[0])
    if (lengths != width).any():
        return [value]
    if width <= 0:
        return []
    dtype = _NATIVE.get(width, f"V{width}")
    return [Fixed(dtype, np.frombuffer(bc.data(value), dtype))]


def side_by_side(rows: int, fields: Iterable[Field]) -> memoryview:
    """The stream of the rows; an array that is NULL adds nothing."""
    parts: list[pa.Array] = []
    run: list[Fixed] = []
    for field in fields:
        if isinstance(field, Fixed):
            run.append(field)
            continue
        if run:
            parts.append(bc.from_matrix(_laid_out(rows, run)))
            run = []
        parts.append(field)
    if not parts:
        return _laid_out(rows, run).view(np.uint8).data
    if run:
        parts.append(bc.from_matrix(_laid_out(rows, run)))
    return bc.data(bc.join(*parts))


def _laid_out(rows: int, run: Sequence[Fixed]) -> npt.NDArray[np.void]:
    laid_out = np.empty(rows, _structure(tuple(field.dtype for field in run)))
    for number, field in enumerate(run):
        laid_out[f"f{number}"] = field.values
    return laid_out


@lru_cache(maxsize=1024)
def _structure(dtypes: tuple[str, ...]) -> np.dtype[Any]:
    return np.dtype([(f"f{number}", dtype) for number, dtype in enumerate(dtypes)])
