"""Encoded columns side by side as DataRow messages.

What has one width in all rows (the message's head, the 32-bit lengths, values of constant length) is laid out in one
structured array up to the next value of varying length; those pieces and the varying values are then joined row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlserver.wire import binary_columns as bc

_HEAD = (("kind", "S1"), ("length", ">i4"), ("columns", ">u2"))
_NATIVE = {1: "u1", 2: "u2", 4: "u4", 8: "u8"}  # copied several times as fast as a void of the same width

Lengths = npt.NDArray[np.int32]


def row_sizes(lengths: Sequence[Lengths]) -> npt.NDArray[np.int64]:
    """What the length field of each row's message holds."""
    sizes = np.full(len(lengths[0]), 6 + 4 * len(lengths), np.int64)
    for length in lengths:
        sizes += np.maximum(length, 0)
    return sizes


def assembled(
    message: bytes, values: Sequence[pa.Array], lengths: Sequence[Lengths], sizes: npt.NDArray[np.int64]
) -> memoryview:
    """The stream of all rows. ``values`` are binary arrays, ``lengths`` theirs with -1 for NULL."""
    widths = [_constant(length) for length in lengths]
    pieces = iter(_pieces(tuple(widths)))
    piece = np.empty(len(sizes), next(pieces))
    piece["kind"] = message
    piece["length"] = sizes
    piece["columns"] = len(values)
    parts: list[pa.Array] = []
    for number, (value, length, width) in enumerate(zip(values, lengths, widths, strict=True)):
        piece[f"length {number}"] = length if width is None else width
        if width is None:
            parts += [bc.from_matrix(piece), value]
            piece = np.empty(len(sizes), next(pieces))
        elif width > 0:
            piece[f"value {number}"] = np.frombuffer(bc.data(value), _value_type(width))
    if not parts:
        return piece.view(np.uint8).data
    if piece.dtype.itemsize:
        parts.append(bc.from_matrix(piece))
    return bc.data(bc.join(*parts))


def _constant(lengths: Lengths) -> int | None:
    """The length that all values have, -1 where all are NULL."""
    first = int(lengths[0])
    return first if (lengths == first).all() else None


def _value_type(width: int) -> str:
    return _NATIVE.get(width, f"V{width}")


@lru_cache(maxsize=1024)
def _pieces(widths: tuple[int | None, ...]) -> tuple[np.dtype[Any], ...]:
    """What stands before each value of varying length, and after the last one."""
    pieces: list[list[tuple[str, str]]] = [list(_HEAD)]
    for number, width in enumerate(widths):
        pieces[-1].append((f"length {number}", ">i4"))
        if width is None:
            pieces.append([])
        elif width > 0:
            pieces[-1].append((f"value {number}", _value_type(width)))
    return tuple(np.dtype(fields) for fields in pieces)
