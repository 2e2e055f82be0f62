"""Floats as PostgreSQL writes them with extra_float_digits above 0: the fewest digits that read back the same.

Arrow writes the fewest digits too, but turns to exponents elsewhere, and takes a number that lies in the middle
between two floats for the one with the even mantissa, where PostgreSQL takes it for neither and writes a digit more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.wire import binary_columns as bc

Values = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

_SPECIAL = ((np.isnan, "NaN"), (np.isposinf, "Infinity"), (np.isneginf, "-Infinity"))
_BITS_8, _BITS_4 = 53, 24  # of the mantissa


def float8_text(array: pa.Array) -> pa.Array:
    """Arrow turns to exponents from 1e10 on where PostgreSQL does from 1e15, and below 1e-6 where PostgreSQL does
    below 1e-4, with one digit where PostgreSQL writes two."""
    text, values, size = _shortest(array, np.float64)
    if not (size >= 1e10).any() and not (size < 1e-4).any():
        return text
    whole = (size >= 1e10) & (size < 1e15) & (values == np.rint(values))
    text = _replaced(text, whole, lambda: pa.array(values[whole].astype(np.int64)).cast(pa.string()))
    short = (size < 1e-6) & (size >= 1e-9)
    text = _replaced(text, short, lambda: pc.utf8_replace_slice(text.filter(pa.array(short)), -1, -1, "0"))
    odd = (size >= 1e10) & (size < 1e15) & ~whole | (size < 1e-4) & (size >= 1e-6)
    text = _replaced(text, odd, lambda: pa.array([repr(value) for value in values[odd].tolist()], pa.string()))
    return _off_the_middle(text, values, size, _BITS_8)


def float4_text(array: pa.Array) -> pa.Array:
    """Arrow turns to exponents from 1e10 on where PostgreSQL does from 1e6; below 1e-4 as for float8."""
    text, values, size = _shortest(array, np.float32)
    odd = (size >= 1e6) & (size < 1e10) | (size < 1e-4) & (size >= 1e-9)
    text = _replaced(text, odd, lambda: pa.array(map(_scientific, values[odd])))
    return _off_the_middle(text, values, size, _BITS_4)


def _shortest(array: pa.Array, dtype: type[np.floating[Any]]) -> tuple[pa.Array, Values, Values]:
    """Arrow's text with the special values as PostgreSQL has them; the values and their sizes, both 1 for special ones,
    0 and NULL: nothing more is to be done about them."""
    text = array.cast(pa.string())
    values = bc.fixed_values(array, dtype)
    size = np.abs(values)
    plain = (size > 0) & (size < np.inf)
    there = bc.valid(array) if array.null_count else None
    if there is not None:
        plain &= there
    if plain.all():
        return text, values, size
    for belongs, word in _SPECIAL:
        special = belongs(values) if there is None else belongs(values) & there
        text = _replaced(text, special, partial(pa.scalar, word))
    return text, np.where(plain, values, dtype(1)), np.where(plain, size, dtype(1))


def _off_the_middle(text: pa.Array, values: Values, size: Values, bits: int) -> pa.Array:
    """Below 2 to the number of bits the middle between two floats has more digits than any float needs."""
    large = size >= 2.0**bits
    nearest = partial(_nearest, bits)
    return _replaced(text, large, lambda: pa.array(map(nearest, values[large].tolist(), _texts(text, large))))


def _nearest(bits: int, value: float, text: str) -> str:
    """``text``, or the next longer one that lies nearer to ``value``, an integer, than the middle to a neighbour."""
    fraction, exponent = math.frexp(abs(value))
    exact, above = int(abs(value)), 1 << (exponent - bits)
    below = above // 2 if fraction == 0.5 else above
    digits = sum(map(str.isdigit, text.partition("e")[0]))
    while not -below < 2 * (int(abs(Decimal(text))) - exact) < above:
        text = f"{value:.{digits}e}"
        digits += 1
    return text


def _replaced(text: pa.Array, where: Mask, values: Callable[[], pa.Array | pa.Scalar]) -> pa.Array:
    return pc.replace_with_mask(text, pa.array(where), values()) if where.any() else text


def _texts(text: pa.Array, where: Mask) -> list[str]:
    texts: list[str] = text.filter(pa.array(where)).to_pylist()
    return texts


def _scientific(value: np.floating[Any]) -> str:
    return np.format_float_scientific(value, unique=True, trim="-", exp_digits=2)
