"""Arrow arrays of byte strings, made from and read into numpy: what the column encoders are built of.

Every function keeps the length of its input and its NULLs, and takes sliced arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

ColumnEncoder = Callable[[pa.Array], pa.Array]
"""An Arrow array of one type to a binary (or string) array of the same length; NULL stays NULL."""

Matrix = npt.NDArray[np.generic]

_JOIN = pc.get_function("binary_join_element_wise")
_JOIN_OPTIONS = pc.JoinOptions(null_handling="replace", null_replacement="")
_NO_SEPARATOR = pa.scalar(b"", pa.binary())


def fixed_values(array: pa.Array, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """The values of a fixed-width array without a copy; what stands under a NULL is arbitrary."""
    width = np.dtype(dtype).itemsize
    buffer = array.buffers()[1]
    if buffer is None or len(array) == 0:
        return np.zeros(len(array), dtype)
    return np.frombuffer(buffer, dtype, len(array), array.offset * width)


def as_binary(array: pa.Array) -> pa.Array:
    """string → binary without a copy."""
    return array if array.type == pa.binary() else array.view(pa.binary())


def offsets(array: pa.Array) -> npt.NDArray[np.int32]:
    """The n + 1 offsets of a binary array into its data buffer."""
    buffer = array.buffers()[1]
    if buffer is None:
        return np.zeros(1, np.int32)
    return np.frombuffer(buffer, np.int32, len(array) + 1, array.offset * 4)


def data(array: pa.Array) -> memoryview:
    """The bytes of a binary array's values, one after the other."""
    bounds = offsets(array)
    buffer = array.buffers()[2]
    return memoryview(b"") if buffer is None else memoryview(buffer)[bounds[0] : bounds[-1]]


def valid(array: pa.Array) -> npt.NDArray[np.bool_]:
    bitmap = array.buffers()[0]
    if bitmap is None:  # nothing is NULL, or all of a null array
        mask: npt.NDArray[np.bool_] = array.is_valid().to_numpy(zero_copy_only=False)
        return mask
    first, skipped = divmod(array.offset, 8)
    covering = np.frombuffer(bitmap, np.uint8, (skipped + len(array) + 7) // 8, first)
    return np.unpackbits(covering, count=skipped + len(array), bitorder="little")[skipped:].view(bool)


def from_offsets(bounds: npt.NDArray[np.integer], content: object, like: pa.Array | None = None) -> pa.Array:
    """A binary array over ``content``, NULL where ``like`` is."""
    validity = None
    if like is not None and like.null_count:
        validity = pa.py_buffer(np.packbits(valid(like), bitorder="little"))
    return pa.Array.from_buffers(
        pa.binary(),
        len(bounds) - 1,
        [validity, pa.py_buffer(bounds.astype(np.int32, copy=False)), pa.py_buffer(content)],
    )


def from_matrix(rows: Matrix, like: pa.Array | None = None) -> pa.Array:
    """One value for each row of a contiguous (or structured) array, all of one width, NULL where ``like`` is."""
    count = len(rows)
    width = rows.nbytes // count if count else 0
    return from_offsets(np.arange(count + 1, dtype=np.int64) * width, np.ascontiguousarray(rows), like)


def from_values(values: Iterable[str | bytes | None]) -> pa.Array:
    """The per-value road, for types too rare for a vectorised one."""
    return pa.array([v.encode() if isinstance(v, str) else v for v in values], pa.binary())


def join(*parts: pa.Array | pa.Scalar) -> pa.Array:
    """Binary arrays side by side, NULL as nothing."""
    return _JOIN.call([*parts, _NO_SEPARATOR], _JOIN_OPTIONS)


def replace_where(array: pa.Array, mask: npt.NDArray[np.bool_], values: Iterable[str]) -> pa.Array:
    """A string array with ``values``, in order, where ``mask`` is set."""
    return pc.replace_with_mask(array, pa.array(mask), pa.array(list(values), array.type))


def keep_nulls(array: pa.Array, like: pa.Array) -> pa.Array:
    """``array`` with NULL where ``like`` is NULL."""
    if not like.null_count:
        return array
    return pc.if_else(like.is_valid(), array, pa.scalar(None, array.type))
