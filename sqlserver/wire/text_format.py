"""Columns in PostgreSQL's text format, each type as its output function writes it, a batch at a time.

The Arrow type decides, except where PostgreSQL's type tells two apart (bytea and bit, arrays and JSON). Styles other
than the usual ones are in ``styled_text``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as t

from sqlserver.core.errors import ServerError
from sqlserver.core.output_style import OutputStyle
from sqlserver.core.pgtypes import (
    BIT,
    INT2VECTOR,
    OIDVECTOR,
    RECORD,
    TEXT,
    TIMESTAMPTZ,
    TIMETZ,
    PgType,
    element_of,
)
from sqlserver.wire import binary_columns as bc
from sqlserver.wire import styled_text as styled
from sqlserver.wire.binary_columns import ColumnEncoder
from sqlserver.wire.calendar_text import date_text, time_text, timestamp_text
from sqlserver.wire.float_text import float4_text, float8_text
from sqlserver.wire.interval_text import interval_text
from sqlserver.wire.json_text import is_list, json_encoder
from sqlserver.wire.plain_arrow import bit_text, plain
from sqlserver.wire.record_columns import record_text

_HEX = np.array([f"{byte:02x}".encode() for byte in range(256)], "S2")
_VECTORS = frozenset({INT2VECTOR.oid, OIDVECTOR.oid})
_QUOTED_CHARACTERS = [bytes((code,)) for code in b'{}",\\ \t\n\v\f\r']
_NEEDS_QUOTES = r'(?i)^(?:null)?$|[{}",\\\s\x0b]'


@lru_cache(maxsize=1024)
def text_encoder(pg_type: PgType, arrow_type: pa.DataType, style: OutputStyle) -> ColumnEncoder:
    """Of one PostgreSQL type as it comes in one Arrow type."""
    if pg_type.width:
        bare = text_encoder(replace(pg_type, width=0), arrow_type, style)
        return lambda array: _padded(bare(array), pg_type.width)
    if t.is_dictionary(arrow_type):
        values = text_encoder(pg_type, arrow_type.value_type, style)
        return lambda array: values(array.dictionary).take(array.indices)
    empty = plain(pa.nulls(0, arrow_type))
    if empty.type != arrow_type:
        unwrapped = text_encoder(pg_type, empty.type, style)
        return lambda array: unwrapped(plain(array))
    return _plain_encoder(pg_type, arrow_type, style)


def _padded(array: pa.Array, width: int) -> pa.Array:
    """``character(n)``: behind the n-th character stand blanks alone, or what PostgreSQL's cast would have cut off."""
    return pc.utf8_rpad(pc.utf8_slice_codeunits(array, 0, width), width)


def _plain_encoder(pg_type: PgType, arrow_type: pa.DataType, style: OutputStyle) -> ColumnEncoder:
    encode = _ordinary_encoder(pg_type, arrow_type, style)
    if t.is_date(arrow_type) or t.is_timestamp(arrow_type):
        if style.date_style == "ISO":
            return encode
        convert = styled.styled_moment(style)
        return lambda array: styled.each(encode(array), convert)
    if t.is_interval(arrow_type) and style.interval_style != "postgres":
        return lambda array: styled.interval_in_style(array, style.interval_style)
    if style.extra_float_digits <= 0 and (t.is_float64(arrow_type) or t.is_float32(arrow_type)):
        digits = (15 if t.is_float64(arrow_type) else 6) + style.extra_float_digits
        return lambda array: styled.floats_with_digits(array, digits)
    if encode is _bytea_text and style.bytea_output == "escape":
        return styled.bytea_escaped
    return encode


def _ordinary_encoder(pg_type: PgType, arrow_type: pa.DataType, style: OutputStyle) -> ColumnEncoder:
    """DateStyle ISO, IntervalStyle postgres, bytea_output hex, floats exact."""
    for belongs, encode in _BY_ARROW_TYPE:
        if belongs(arrow_type):
            return encode
    if t.is_binary(arrow_type) or t.is_fixed_size_binary(arrow_type):
        return bit_text if pg_type.oid == BIT.oid else _bytea_text
    if t.is_time(arrow_type):
        return lambda array: time_text(array, "+00" if pg_type.oid == TIMETZ.oid else "")
    if t.is_timestamp(arrow_type):
        zone = (
            style.time_zone if pg_type.oid == TIMESTAMPTZ.oid or (arrow_type.tz and pg_type.oid == TEXT.oid) else None
        )
        return lambda array: timestamp_text(array, zone)
    if pg_type.oid == RECORD.oid and t.is_struct(arrow_type) and arrow_type.num_fields == len(pg_type.fields):
        fields = zip(pg_type.fields, arrow_type, strict=True)
        return record_text([text_encoder(kind, field.type, style) for kind, field in fields])
    if pg_type.oid in _VECTORS and is_list(arrow_type):
        return lambda array: pc.binary_join(array.cast(pa.list_(pa.string())), " ")
    if pg_type.element_oid and is_list(arrow_type):
        return _array_text(pg_type, arrow_type, style)
    return json_encoder(arrow_type, lambda leaf: text_encoder(_leaf_type(leaf), leaf, style))


def _leaf_type(arrow_type: pa.DataType) -> PgType:
    """Inside JSON nothing says what PostgreSQL would call a value; a time zone is the only thing that needs it."""
    return TIMESTAMPTZ if t.is_timestamp(arrow_type) and arrow_type.tz else TEXT


def _unchanged(array: pa.Array) -> pa.Array:
    return array


def _cast_text(array: pa.Array) -> pa.Array:
    return array.cast(pa.string())


def _bool_text(array: pa.Array) -> pa.Array:
    return pc.if_else(array, "t", "f")


def unscaled_text(array: pa.Array) -> pa.Array:
    """The digits of a decimal array without its point: the same 128 or 256 bits read with scale 0."""
    bits = array.type.bit_width
    digits = pa.decimal128(38, 0) if bits == 128 else pa.decimal256(76, 0)
    if bits < 128:
        array = array.cast(pa.decimal128(38, array.type.scale))
    return pa.Array.from_buffers(digits, len(array), array.buffers(), array.null_count, array.offset).cast(pa.string())


def decimal_text(array: pa.Array) -> pa.Array:
    """Arrow turns to exponents for small numbers (0E-11), numeric never does: those are spliced from their digits."""
    if is_unconstrained(array.type):
        return pc.utf8_rtrim(pc.utf8_rtrim(_fixed_decimal_text(array), "0"), ".")
    return _fixed_decimal_text(array)


def is_unconstrained(arrow_type: pa.DataType) -> bool:
    """decimal(38, 9) is the engine's numeric without a precision: it shows only the decimals that a value has."""
    return bool(arrow_type.precision == 38 and arrow_type.scale == 9)


def _fixed_decimal_text(array: pa.Array) -> pa.Array:
    text = array.cast(pa.string())
    scale = array.type.scale
    if scale <= 6:  # the exponent form starts below 1e-6
        return text
    scientific = pc.fill_null(pc.match_substring(text, "E"), False)
    if not pc.any(scientific).as_py():
        return text
    digits = unscaled_text(array.filter(scientific))
    sign = pc.if_else(pc.starts_with(digits, "-"), "-", "")
    digits = pc.utf8_lpad(pc.utf8_ltrim(digits, "-"), scale + 1, "0")
    whole, fraction = pc.utf8_slice_codeunits(digits, 0, -scale), pc.utf8_slice_codeunits(digits, -scale)
    return pc.replace_with_mask(text, scientific, pc.binary_join_element_wise(sign, whole, ".", fraction, ""))


def _bytea_text(array: pa.Array) -> pa.Array:
    array = array if t.is_binary(array.type) else array.cast(pa.binary())
    bounds = bc.offsets(array).astype(np.int64)
    bounds -= bounds[0]
    if bounds[-1] > 2**30 - 1:
        raise ServerError("bytea values of more than 1 GB in one batch of rows", sqlstate="54000")
    digits = _HEX[np.frombuffer(bc.data(array), np.uint8)]
    return bc.keep_nulls(bc.join(pa.scalar(b"\\x"), bc.from_offsets(bounds * 2, digits)), array)


def _array_text(pg_type: PgType, arrow_type: pa.DataType, style: OutputStyle) -> ColumnEncoder:
    child_type = arrow_type.value_type
    nested = is_list(child_type)
    bare = nested or t.is_decimal(child_type) or (t.is_primitive(child_type) and not t.is_temporal(child_type))
    element = pg_type if nested else element_of(pg_type)
    encode_child = text_encoder(element, child_type, style)

    def encode(array: pa.Array) -> pa.Array:
        child = encode_child(array.flatten())
        if child.type != pa.string():
            child = child.cast(pa.string())
        texts = pc.fill_null(child if bare else _quoted(child), "NULL")
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        bounds = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
        inside = pc.binary_join(pa.ListArray.from_arrays(pa.array(bounds), texts), ",")
        return bc.keep_nulls(pc.binary_join_element_wise("{", inside, "}", ""), array)

    return encode


def _quoted(text: pa.Array) -> pa.Array:
    if _surely_bare(text):
        return text
    special = pc.fill_null(pc.match_substring_regex(text, _NEEDS_QUOTES), False)
    escaped = pc.replace_substring(pc.replace_substring(text.filter(special), "\\", "\\\\"), '"', '\\"')
    return pc.replace_with_mask(text, special, pc.binary_join_element_wise('"', escaped, '"', ""))


def _surely_bare(text: pa.Array) -> bool:
    """Told from the bytes of all values, in a tenth of the time that the values take one by one."""
    content = bytes(bc.data(text))
    if any(character in content for character in _QUOTED_CHARACTERS) or b"null" in content.lower():
        return False
    return bool((np.diff(bc.offsets(text)) > 0).all())


_BY_ARROW_TYPE: tuple[tuple[Callable[[pa.DataType], bool], ColumnEncoder], ...] = (
    (t.is_string, _unchanged),
    (t.is_boolean, _bool_text),
    (t.is_integer, _cast_text),
    (t.is_float32, float4_text),
    (t.is_float64, float8_text),
    (t.is_decimal, decimal_text),
    (t.is_date, date_text),
    (t.is_interval, interval_text),
    (t.is_null, lambda array: pa.nulls(len(array), pa.string())),
)
