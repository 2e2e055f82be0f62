"""The Arrow types that engines wrap or widen, brought to the plain ones the column encoders know.

DuckDB 2.0 sends bignum as an opaque extension always, and hugeint, uuid, json, bool and bit as extensions when
``arrow_lossless_conversion`` is on. Large and view types come from other settings and from ClickHouse.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

_WIDENED = {
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.large_binary(): pa.binary(),
    pa.binary_view(): pa.binary(),
    pa.float16(): pa.float32(),
}


def _bignum_text(raw: bytes) -> str:
    """DuckDB's layout: three bytes of header, top bit set if positive, then the magnitude; inverted if negative."""
    if raw[0] & 0x80:
        return str(int.from_bytes(raw[3:], "big"))
    return str(-int.from_bytes(bytes(byte ^ 0xFF for byte in raw[3:]), "big"))


def _integer_text(signed: bool) -> Callable[[bytes], str]:
    return lambda raw: str(int.from_bytes(raw, "little", signed=signed))


def _bit_string(raw: bytes) -> str:
    """The first byte counts the padding bits in front."""
    return "".join(f"{byte:08b}" for byte in raw[1:])[raw[0] :]


def _uuid_text(raw: bytes) -> str:
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


_BY_VALUE: dict[str, Callable[[bytes], str]] = {
    "bignum": _bignum_text,
    "hugeint": _integer_text(signed=True),
    "uhugeint": _integer_text(signed=False),
    "bit": _bit_string,
    "arrow.uuid": _uuid_text,
}


def bit_text(array: pa.Array) -> pa.Array:
    """DuckDB's BIT bytes as a string of 0 and 1."""
    return _by_value(array, _bit_string)


def _by_value(array: pa.Array, convert: Callable[[bytes], str]) -> pa.Array:
    return pa.array([None if raw is None else convert(raw) for raw in array.to_pylist()], pa.string())


def plain(array: pa.Array) -> pa.Array:
    """Same length, same NULLs; dictionaries and the children of nested types are left to their encoders."""
    widened = _WIDENED.get(array.type)
    if widened is not None:
        return array.cast(widened)
    if not isinstance(array, pa.ExtensionArray):
        return array
    name = array.type.extension_name
    if name == "arrow.opaque":
        name = array.type.type_name
    convert = _BY_VALUE.get(name)
    if convert is not None:
        return _by_value(array.storage, convert)
    if name == "arrow.bool8":
        return pc.not_equal(array.storage, 0)
    return plain(array.storage)
