"""Dates and clock times as digits, a column at a time: looked up in tables, one text of one width per row.

Assumes years 1 to 9999. Arrow's own text works value by value (30 ns for a timestamp, 60 with a fraction).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.wire import binary_columns as bc

_DAY = 86_400
_SECOND = 1_000_000

Integers = npt.NDArray[np.int64]
Table = npt.NDArray[Any]


def date_digits(days: Integers, like: pa.Array | None) -> pa.Array:
    """``2026-01-02`` for each of ``days`` since 1970, NULL where ``like`` is."""
    rows = np.empty(len(days), _layout(date=True, clock=False, fraction=False))
    _write_dates(rows, days)
    return bc.from_matrix(rows, like).view(pa.string())


def clock_digits(microseconds: Integers, like: pa.Array | None) -> pa.Array:
    """``03:04:05`` or ``03:04:05.67`` for microseconds since midnight."""
    seconds = microseconds // _SECOND
    return _with_clock(seconds, microseconds - seconds * _SECOND, None, like)


def timestamp_digits(microseconds: Integers, like: pa.Array | None) -> pa.Array:
    """``2026-01-02 03:04:05`` or ``2026-01-02 03:04:05.67`` for microseconds since 1970."""
    seconds = microseconds // _SECOND
    days = seconds // _DAY
    return _with_clock(seconds - days * _DAY, microseconds - seconds * _SECOND, days, like)


def _with_clock(seconds: Integers, fractions: Integers, days: Integers | None, like: pa.Array | None) -> pa.Array:
    has_fraction = bool(fractions.any())
    rows = np.empty(len(seconds), _layout(date=days is not None, clock=True, fraction=has_fraction))
    if days is not None:
        _write_dates(rows, days)
        rows["space"] = b" "
    rows["clock"] = _clocks()[seconds]
    if not has_fraction:
        return bc.from_matrix(rows, like).view(pa.string())
    thousands = fractions // 1000
    rest = fractions - thousands * 1000
    full, trimmed, last = _fractions()
    rows["micro"] = last[rest]  # first: its leading byte is also the last of "milli"
    rows["milli"] = np.where(rest == 0, trimmed[thousands], full[thousands])
    return pc.ascii_rtrim(bc.from_matrix(rows, like).view(pa.string()), "\0")


@cache
def _layout(*, date: bool, clock: bool, fraction: bool) -> np.dtype[Any]:
    fields: list[tuple[str, str, int]] = []
    end = 0
    if date:
        fields += [("month", "u8", 0), ("day", "u2", 8)]
        end = 10
    if date and clock:
        fields.append(("space", "S1", 10))
        end = 11
    if clock:
        fields.append(("clock", "u8", end))
        end += 8
    if fraction:
        fields += [("milli", "u4", end), ("micro", "u4", end + 3)]
        end += 7
    names, formats, offsets = zip(*fields, strict=True)
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": end})


def _write_dates(rows: Table, days: Integers) -> None:
    if not len(days):
        return
    first, last = int(days.min()), int(days.max())
    if last - first < len(days):
        month, day = _dates(np.arange(first, last + 1))
        places = days - first
        rows["month"], rows["day"] = month[places], day[places]
    else:
        rows["month"], rows["day"] = _dates(days)


def _dates(days: Integers) -> tuple[Table, Table]:
    """``2026-01-`` and ``02``."""
    digits = _digits(pa.array(days.astype(np.int32)).cast(pa.date32()), [("month", "u8"), ("day", "u2")])
    return np.ascontiguousarray(digits["month"]), np.ascontiguousarray(digits["day"])


@cache
def _clocks() -> Table:
    """``HH:MM:SS`` of each second of a day."""
    return _digits(pa.array(np.arange(_DAY, dtype=np.int32)).cast(pa.time32("s")), "u8")


@cache
def _fractions() -> tuple[Table, Table, Table]:
    """``.120``, ``.12`` and, behind a byte that is overwritten, ``12``: zero bytes stand for trailing zeros."""
    full = [f"{number:03d}" for number in range(1000)]
    trimmed = [digits.rstrip("0") for digits in full]
    return (
        _table("." + digits for digits in full),
        _table("." + digits if digits else "" for digits in trimmed),
        _table("\0" + digits for digits in trimmed),
    )


def _table(texts: Iterable[str]) -> Table:
    return np.frombuffer("".join(text.ljust(4, "\0") for text in texts).encode(), "u4")


def _digits(array: pa.Array, dtype: Any) -> Table:
    return np.frombuffer(bc.data(array.cast(pa.string())), dtype)
