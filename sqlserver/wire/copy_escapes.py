"""Escapes of COPY's text and csv formats a column at a time.

pyarrow's reader knows neither. In text, values are split as they stand and unescaped afterwards, which is right where
no escape hides a delimiter or a newline. In csv with an ESCAPE of its own, escapes are hidden behind bytes that the
piece does not hold, and shown again in the values.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.core.copy import CopyOptions

_BACKSLASH = ord("\\")
_NAMED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NUMBERED = frozenset("01234567x")
_HIDDEN_ESCAPE, _HIDDEN_QUOTE = b"\x01", b"\x02"


def escaped_letters(piece: bytes, delimiter: str) -> str | None:
    """What stands behind the backslashes of a piece of text that escape; None where one hides a delimiter or a newline,
    ends the data, or ends the piece."""
    if b"\\" not in piece:
        return ""
    buffer = np.frombuffer(piece, np.uint8)
    at = np.flatnonzero(buffer == _BACKSLASH)
    # Of neighbours, the first, third, … escape what follows them.
    begins = np.concatenate(([True], np.diff(at) != 1))
    first = np.maximum.accumulate(np.where(begins, np.arange(len(at)), 0))
    escaping = at[(np.arange(len(at)) - first) % 2 == 0]
    if escaping[-1] + 1 >= len(buffer):
        return None
    letters = np.unique(buffer[escaping + 1]).tobytes().decode("latin-1")
    return None if any(letter in letters for letter in (delimiter, "\n", "\r", ".")) else letters


def unescaped(column: pa.Array, letters: str, each: Callable[[str], str]) -> pa.Array:
    """``letters`` as found by ``escaped_letters``; ``each`` unescapes one value. NULL stays NULL."""
    holding = pc.fill_null(pc.match_substring(column, "\\"), False)
    if not pc.any(holding).as_py():
        return column
    values = column.filter(holding)
    hidden = _HIDDEN_ESCAPE.decode()
    if not _NUMBERED.isdisjoint(letters) or pc.any(pc.match_substring(values, hidden)).as_py():
        values = pa.array([each(value) for value in values.to_pylist()], pa.string())
    else:
        values = pc.replace_substring(values, "\\\\", hidden)
        for letter, meant in _NAMED.items():
            if letter in letters:
                values = pc.replace_substring(values, f"\\{letter}", meant)
        if set(letters) - set(_NAMED) - {"\\"}:
            values = pc.replace_substring(values, "\\", "")
        values = pc.replace_substring(values, hidden, "\\")
    return pc.replace_with_mask(column, holding, values)


def hidden_escapes(piece: bytes, options: CopyOptions) -> bytes | None:
    """A piece of csv of the same length in which escaped quotes and escapes are hidden; None where one of them does not
    stand inside quotes, where it escapes nothing."""
    escape, quote = options.escape.encode(), options.quote.encode()
    if _HIDDEN_ESCAPE in piece or _HIDDEN_QUOTE in piece:
        return None
    hidden = piece.replace(escape * 2, _HIDDEN_ESCAPE * 2).replace(escape + quote, _HIDDEN_QUOTE * 2)
    buffer = np.frombuffer(hidden, np.uint8)
    return hidden if _all_inside(buffer, buffer == ord(quote)) else None


def _all_inside(buffer: npt.NDArray[np.uint8], is_quote: npt.NDArray[np.bool_]) -> bool:
    escapes = np.flatnonzero((buffer == _HIDDEN_ESCAPE[0]) | (buffer == _HIDDEN_QUOTE[0]))
    before = np.searchsorted(np.flatnonzero(is_quote), escapes)
    return bool((before % 2 == 1).all())


def shown_escapes(column: pa.Array, options: CopyOptions) -> pa.Array:
    column = pc.replace_substring(column, _HIDDEN_ESCAPE.decode() * 2, options.escape)
    return pc.replace_substring(column, _HIDDEN_QUOTE.decode() * 2, options.quote)
