"""The types an operator may return, as DuckDB names them, and their Arrow types."""

from __future__ import annotations

import pyarrow as pa

_SCALARS = {
    "BOOLEAN": pa.bool_(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "JSON": pa.string(),
}


def arrow_type(duckdb_type: str) -> pa.DataType | None:
    """The Arrow type of ``BOOLEAN``, ``VARCHAR``, ``FLOAT[]`` …; None for a type that an operator may not return."""
    name = duckdb_type.strip().upper()
    if name.endswith("[]"):
        element = arrow_type(name[:-2])
        return None if element is None else pa.list_(element)
    return _SCALARS.get(name)
