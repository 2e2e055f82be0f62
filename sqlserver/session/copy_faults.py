"""What PostgreSQL says of a value that its column's type cannot read."""

from __future__ import annotations

from sqlserver.core.errors import InvalidTextRepresentation, ServerError
from sqlserver.core.pgtypes import PgType
from sqlserver.engines.duckdb_types import pg_type

_SPELLED = {
    "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
    "bool": "boolean", "timestamptz": "timestamp with time zone", "timetz": "time with time zone",
}  # fmt: skip
_DECIMAL = "DECIMAL("


def unreadable(error: ServerError, kind: str, value: str, *, is_number: bool) -> ServerError:
    """``error``, which tells where, in PostgreSQL's words. ``kind`` is DuckDB's type."""
    if kind.startswith(_DECIMAL) and is_number:
        precision, scale = (int(part) for part in kind.removeprefix(_DECIMAL).rstrip(")").split(","))
        limit = f"an absolute value less than 10^{precision - scale}"
        return ServerError(
            "numeric field overflow",
            sqlstate="22003",
            detail=f"A field with precision {precision}, scale {scale} must round to {limit}.",
            context=error.context,
        )
    if error.sqlstate != InvalidTextRepresentation.sqlstate or kind.endswith("[]"):
        return error
    sqlstate = "22007" if kind.startswith(("DATE", "TIME", "INTERVAL")) else error.sqlstate
    name = spelled(pg_type(kind)[0])
    shown = "" if name == "json" else f': "{value}"'
    return ServerError(f"invalid input syntax for type {name}{shown}", sqlstate=sqlstate, context=error.context)


def spelled(kind: PgType) -> str:
    """A type as messages name it: the catalog abbreviates."""
    return _SPELLED.get(kind.name, kind.name)
