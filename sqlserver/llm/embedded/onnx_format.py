"""Writes the few ONNX messages the embedded model's graph needs, so that no ``onnx`` package is needed at run time.

Protocol buffers by hand: every field is a varint key (number << 3 | wire type) and its payload; field numbers are
those of onnx.proto (IR version 9). Tensors whose data lies in another file carry location, offset and length.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

FLOAT, INT64 = 1, 7
IR_VERSION, OPSET = 9, 20

AttributeValue = int | float | Sequence[int]


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _integer(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _bytes(number: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _attribute(name: str, value: AttributeValue) -> bytes:
    if isinstance(value, float):
        body = _varint(2 << 3 | 5) + struct.pack("<f", value) + _integer(20, 1)
    elif isinstance(value, int):
        body = _integer(3, value) + _integer(20, 2)
    else:
        body = b"".join(_integer(8, item) for item in value) + _integer(20, 7)
    return _bytes(5, _bytes(1, name) + body)


def node(operator: str, inputs: Iterable[str], output: str, **attributes: AttributeValue) -> bytes:
    """One NodeProto with a single output."""
    return b"".join(
        (
            *(_bytes(1, name) for name in inputs),
            _bytes(2, output),
            _bytes(3, output),
            _bytes(4, operator),
            *(_attribute(name, value) for name, value in attributes.items()),
        )
    )


def constant(name: str, values: Sequence[int] | Sequence[float], kind: int, scalar: bool = False) -> bytes:
    """A small TensorProto held in the graph: one dimension, or none for a scalar."""
    raw = struct.pack(f"<{len(values)}{'f' if kind == FLOAT else 'q'}", *values)
    dimensions = b"" if scalar else _integer(1, len(values))
    return dimensions + _integer(2, kind) + _bytes(8, name) + _bytes(9, raw)


def external(name: str, shape: Sequence[int], location: str, offset: int, length: int) -> bytes:
    """A float TensorProto whose ``length`` bytes start at ``offset`` of the file ``location``."""
    entries = (("location", location), ("offset", str(offset)), ("length", str(length)))
    return b"".join(
        (
            *(_integer(1, size) for size in shape),
            _integer(2, FLOAT),
            _bytes(8, name),
            *(_bytes(13, _bytes(1, key) + _bytes(2, value)) for key, value in entries),
            _integer(14, 1),
        )
    )


def port(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    """A ValueInfoProto: an input or output of the graph; a named dimension is free."""
    sizes = b"".join(_bytes(1, _bytes(2, size) if isinstance(size, str) else _integer(1, size)) for size in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _integer(1, kind) + _bytes(2, sizes)))


def model(
    nodes: Iterable[bytes], initialisers: Iterable[bytes], inputs: Iterable[bytes], outputs: Iterable[bytes]
) -> bytes:
    """A whole ModelProto."""
    graph = b"".join(
        (
            *(_bytes(1, part) for part in nodes),
            _bytes(2, "encoder"),
            *(_bytes(5, part) for part in initialisers),
            *(_bytes(11, part) for part in inputs),
            *(_bytes(12, part) for part in outputs),
        )
    )
    return b"".join((_integer(1, IR_VERSION), _bytes(7, graph), _bytes(8, _bytes(1, "") + _integer(2, OPSET))))
