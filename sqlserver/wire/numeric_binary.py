"""numeric's binary format: digit count, weight, sign and scale, then digits in base 10,000, all 16-bit big-endian.

Zero digits at either end are left off, as PostgreSQL does. Vectorised over the decimal digits, so every width of
decimal takes the same road.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.wire import binary_columns as bc
from sqlserver.wire.text_format import decimal_text, is_unconstrained, unscaled_text

Decimals = int | npt.NDArray[np.int64]
"""Of all values, or of each."""

_WEIGHTS = np.array([1000, 100, 10, 1], np.uint16)
_NEGATIVE = 0x4000
_SPECIAL = {"NaN": 0xC000, "Infinity": 0xD000, "-Infinity": 0xF000}


def decimal_binary(array: pa.Array) -> pa.Array:
    scale = array.type.scale
    after_point: Decimals = max(scale, 0)
    if is_unconstrained(array.type):
        after_point = _decimals(decimal_text(array))
    text = pc.fill_null(unscaled_text(array), "0")
    negative = pc.starts_with(text, "-").to_numpy(zero_copy_only=False)
    text = pc.utf8_ltrim(text, "-")
    return _from_digits(text, negative, scale, after_point, array)


def _decimals(text: pa.Array) -> npt.NDArray[np.int64]:
    """How many digits stand after each point."""
    point = pc.fill_null(pc.find_substring(text, "."), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    length = pc.fill_null(pc.utf8_length(text), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.where(point < 0, 0, length - point - 1)


def _from_digits(
    text: pa.Array,
    negative: np.ndarray[tuple[int], np.dtype[np.bool_]],
    scale: int,
    shown: Decimals,
    like: pa.Array,
) -> pa.Array:
    """``text`` holds digits only, the last ``scale`` of them after the point."""
    count = len(text)
    right = -scale % 4
    longest = max(pc.max(pc.binary_length(text)).as_py() or 1, scale, 1)
    width = longest + -(longest + right) % 4
    digits = np.full((count, width + right), 0, np.uint8)
    padded = pc.utf8_lpad(text, width, "0")
    digits[:, :width] = np.frombuffer(bc.data(bc.as_binary(padded)), np.uint8).reshape(count, width) - ord("0")
    groups = digits.reshape(count, -1, 4) @ _WEIGHTS
    total = groups.shape[1]
    whole_groups = total - (scale + right) // 4

    filled = groups != 0
    any_filled = filled.any(axis=1)
    first = np.where(any_filled, filled.argmax(axis=1), total)
    last = np.where(any_filled, total - filled[:, ::-1].argmax(axis=1), total)

    matrix = np.empty((count, total + 4), ">u2")
    matrix[:, 0] = last - first
    matrix[:, 1] = np.where(any_filled, whole_groups - 1 - first, 0).astype(np.int16).view(np.uint16)
    matrix[:, 2] = np.where(negative, _NEGATIVE, 0)
    matrix[:, 3] = shown
    matrix[:, 4:] = groups
    position = np.arange(total)
    kept = np.ones((count, total + 4), bool)
    kept[:, 4:] = (position >= first[:, None]) & (position < last[:, None])
    bounds = np.concatenate(([0], np.cumsum((last - first + 4) * 2)))
    return bc.from_offsets(bounds, matrix[kept], like)


def special_binary(name: str) -> bytes:
    """NaN and the infinities."""
    return np.array([0, 0, _SPECIAL[name], 0], ">u2").tobytes()
