"""Row values, ``ROW(1, 'x', NULL)``: text as ``record_out`` writes it, binary as ``record_send`` does.

    text     (1,x,)
    binary   number of fields; of each its type, its length (-1 for NULL) and its bytes

A field's own bytes are those of a column of its type.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

import pyarrow as pa
import pyarrow.compute as pc

from sqlserver.wire import binary_columns as bc
from sqlserver.wire.array_binary import length_prefixes
from sqlserver.wire.binary_columns import ColumnEncoder

_INT32 = Struct("!i")
_OID = Struct("!I")
_NEEDS_QUOTES = r'^$|[(),"\\\s\x0b]'


def record_text(encoders: Sequence[ColumnEncoder]) -> ColumnEncoder:
    """``encoders`` write the text of the fields."""

    def encode(array: pa.Array) -> pa.Array:
        parts: list[object] = ["("]
        for at, (encoder, child) in enumerate(zip(encoders, array.flatten(), strict=True)):
            parts += [",", _quoted(encoder(child))] if at else [_quoted(encoder(child))]
        if not encoders:
            return bc.keep_nulls(pa.array(["()"] * len(array), pa.string()), array)
        return bc.keep_nulls(pc.binary_join_element_wise(*parts, ")", ""), array)

    return encode


def _quoted(text: pa.Array) -> pa.Array:
    """An empty field is NULL; blanks, commas, brackets, quotes and backslashes stand in quotes, doubled."""
    text = text.cast(pa.string())
    special = pc.match_substring_regex(text, _NEEDS_QUOTES)
    if pc.any(special).as_py():
        escaped = pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), '"', '""')
        text = pc.if_else(special, pc.binary_join_element_wise('"', escaped, '"', ""), text)
    return pc.fill_null(text, "")


def record_binary(oids: Sequence[int], encoders: Sequence[ColumnEncoder]) -> ColumnEncoder:
    """``encoders`` write the binary form of the fields, whose types are ``oids``."""
    count = pa.scalar(_INT32.pack(len(oids)))

    def encode(array: pa.Array) -> pa.Array:
        parts: list[pa.Array | pa.Scalar] = [count]
        for oid, encoder, child in zip(oids, encoders, array.flatten(), strict=True):
            values = bc.as_binary(encoder(child))
            parts += [pa.scalar(_OID.pack(oid)), length_prefixes(values), values]
        if not oids:
            parts.append(pa.array([b""] * len(array), pa.binary()))
        return bc.keep_nulls(bc.join(*parts), array)

    return encode
