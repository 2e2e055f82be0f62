"""numeric's binary format: digit count, weight, sign and scale, then digits in base 10,000, all 16-bit big-endian.

Zero digits at either end are left off, as PostgreSQL does. Values of up to 64 bits are divided, longer ones cut from
their decimal digits.
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

Groups = npt.NDArray[np.uint16]
"""Values × digits in base 10,000, the point between two of them."""

_WORDS = np.dtype([("low", "<i8"), ("high", "<i8")])
_LONGEST = 16  # digits after the point that fit 64 bits, filled up to whole groups
_BASE = np.uint64(10_000)
_WEIGHTS = np.array([1000, 100, 10, 1], np.uint16)
_NEGATIVE = 0x4000
_SPECIAL = {"NaN": 0xC000, "Infinity": 0xD000, "-Infinity": 0xF000}


def decimal_binary(array: pa.Array) -> pa.Array:
    scale = array.type.scale
    shown: Decimals = max(scale, 0)
    if is_unconstrained(array.type):
        shown = _decimals(decimal_text(array))
    units = _units(array)
    if units is not None and 0 <= scale <= _LONGEST:
        groups, negative = _groups_of_units(units, scale), units < 0
    else:
        text = pc.fill_null(unscaled_text(array), "0")
        groups, negative = _groups_of_digits(pc.utf8_ltrim(text, "-"), scale), _mask(pc.starts_with(text, "-"))
    return _packed(groups, -(-max(scale, 0) // 4), negative, shown, array)


def _mask(array: pa.Array) -> npt.NDArray[np.bool_]:
    mask: npt.NDArray[np.bool_] = array.to_numpy(zero_copy_only=False)
    return mask


def _decimals(text: pa.Array) -> npt.NDArray[np.int64]:
    """How many digits stand after each point."""
    point = pc.fill_null(pc.find_substring(text, "."), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    length = pc.fill_null(pc.utf8_length(text), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.where(point < 0, 0, length - point - 1)


def _units(array: pa.Array) -> npt.NDArray[np.int64] | None:
    """The values times 10 to their scale, 0 for NULL, where all of them fit 64 bits."""
    if array.type.bit_width != 128:
        return None
    words = bc.fixed_values(array, _WORDS)
    low, high = words["low"], words["high"]
    if array.null_count:
        there = bc.valid(array)
        low, high = np.where(there, low, 0), np.where(there, high, 0)
    return low if (high == low >> 63).all() else None


def _groups_of_units(units: npt.NDArray[np.int64], scale: int) -> Groups:
    size = np.abs(units).view(np.uint64)  # right for the smallest integer too
    one = np.uint64(10**scale)
    whole = size // one
    fraction = (size - whole * one) * np.uint64(10 ** (-scale % 4)) if scale % 4 else size - whole * one
    columns: list[npt.NDArray[np.uint64]] = []
    for _ in range(-(-scale // 4)):
        rest = fraction // _BASE
        columns.insert(0, fraction - rest * _BASE)
        fraction = rest
    while not columns or whole.any():
        rest = whole // _BASE
        columns.insert(0, whole - rest * _BASE)
        whole = rest
    return np.stack(columns, axis=1).astype(np.uint16)


def _groups_of_digits(text: pa.Array, scale: int) -> Groups:
    """``text`` holds digits only, the last ``scale`` of them after the point."""
    count = len(text)
    right = -scale % 4
    longest = max(pc.max(pc.binary_length(text)).as_py() or 1, scale, 1)
    width = longest + -(longest + right) % 4
    digits = np.full((count, width + right), 0, np.uint8)
    padded = pc.utf8_lpad(text, width, "0")
    digits[:, :width] = np.frombuffer(bc.data(bc.as_binary(padded)), np.uint8).reshape(count, width) - ord("0")
    groups: Groups = digits.reshape(count, -1, 4) @ _WEIGHTS
    return groups


def _packed(
    groups: Groups, fraction_groups: int, negative: npt.NDArray[np.bool_], shown: Decimals, like: pa.Array
) -> pa.Array:
    """Header and groups of each value, without the groups that are 0 at either end."""
    count, total = groups.shape
    filled = groups != 0
    any_filled = filled.any(axis=1)
    first = np.where(any_filled, filled.argmax(axis=1), total)
    last = np.where(any_filled, total - filled[:, ::-1].argmax(axis=1), total)

    matrix = np.empty((count, total + 4), ">u2")
    matrix[:, 0] = last - first
    matrix[:, 1] = np.where(any_filled, total - fraction_groups - 1 - first, 0).astype(np.int16).view(np.uint16)
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
