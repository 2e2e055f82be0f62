"""Values of the commonest types one by one: for a row or a few, setting up a column's arrays costs more than a loop.

The same bytes as ``text_format`` and ``binary_format`` write (a test compares them); a type that is not here goes
their way, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any

import pyarrow as pa

from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import PgType

ValueEncoder = Callable[[Any], bytes]
"""A Python value that is not None to its bytes on the wire."""

_INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())

_TEXT: dict[int, ValueEncoder] = {
    **{arrow_type.id: lambda value: b"%d" % value for arrow_type in _INTEGERS},
    pa.string().id: str.encode,
    pa.bool_().id: lambda value: b"t" if value else b"f",
}

_BINARY: dict[tuple[int, int], ValueEncoder] = {
    (pg.INT2.oid, pa.int16().id): Struct("!h").pack,
    (pg.INT4.oid, pa.int32().id): Struct("!i").pack,
    (pg.INT8.oid, pa.int64().id): Struct("!q").pack,
    (pg.FLOAT8.oid, pa.float64().id): Struct("!d").pack,
    (pg.BOOL.oid, pa.bool_().id): Struct("!?").pack,
    (pg.TEXT.oid, pa.string().id): str.encode,
    (pg.VARCHAR.oid, pa.string().id): str.encode,
    (pg.JSON.oid, pa.string().id): str.encode,
}


def value_encoder(pg_type: PgType, arrow_type: pa.DataType, code: int) -> ValueEncoder | None:
    """``code`` is the format, 0 text or 1 binary."""
    if pg_type.width:
        return None
    return _BINARY.get((pg_type.oid, arrow_type.id)) if code else _TEXT.get(arrow_type.id)
