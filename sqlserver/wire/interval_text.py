"""Intervals as PostgreSQL writes them with IntervalStyle postgres: ``1 year 2 mons -3 days +04:05:06.5``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.wire import binary_columns as bc
from sqlserver.wire.calendar_digits import clock_digits

INTERVAL = np.dtype([("months", "<i4"), ("days", "<i4"), ("nanoseconds", "<i8")])
"""The layout of Arrow's month_day_nano_interval."""
_HOUR = 3_600_000_000  # microseconds

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def interval_text(array: pa.Array) -> pa.Array:
    """PostgreSQL's rule: parts that are 0 are left out, and one after a negative one carries its plus sign."""
    fields = bc.fixed_values(array, INTERVAL)
    months, days, nanoseconds = (fields[name].astype(np.int64) for name in ("months", "days", "nanoseconds"))
    years = np.sign(months) * (np.abs(months) // 12)
    parts: list[pa.Array] = []
    after_negative = np.zeros(len(array), bool)
    empty = np.ones(len(array), bool)
    for values, unit in ((years, "year"), (months - 12 * years, "mon"), (days, "day")):
        there = values != 0
        if there.any():
            parts.append(_part(values, unit, there, after_negative, empty))
            after_negative = np.where(there, values < 0, after_negative)
            empty &= ~there
    microseconds = nanoseconds // 1000 + ((nanoseconds < 0) & (nanoseconds % 1000 != 0))  # towards zero
    there = (microseconds != 0) | empty
    if there.any():
        parts.append(_clock(microseconds, there, after_negative, empty))
    text = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "")
    return bc.keep_nulls(text, array)


def _part(values: Integers, unit: str, there: Mask, after_negative: Mask, empty: Mask) -> pa.Array:
    lead = _chosen(empty, "", " ")
    plus = _chosen(after_negative & (values > 0), "+", "")
    number = pa.array(values).cast(pa.string())
    return _where(
        there, pc.binary_join_element_wise(lead, plus, number, _chosen(values == 1, f" {unit}", f" {unit}s"), "")
    )


def _clock(microseconds: Integers, there: Mask, after_negative: Mask, empty: Mask) -> pa.Array:
    lead = _chosen(empty, "", " ")
    sign = pc.if_else(pa.array(microseconds < 0), "-", _chosen(after_negative, "+", ""))
    size = np.abs(microseconds)
    hours = size // _HOUR
    minutes = clock_digits(size - hours * _HOUR, None)
    hour = pc.ascii_lpad(pa.array(hours).cast(pa.string()), 2, "0")
    return _where(there, pc.binary_join_element_wise(lead, sign, hour, pc.utf8_slice_codeunits(minutes, 2), ""))


def _chosen(where: Mask, text: str, other: str) -> pa.Array:
    return pc.if_else(pa.array(where), text, other)


def _where(there: Mask, text: pa.Array) -> pa.Array:
    return text if there.all() else pc.if_else(pa.array(there), text, "")
