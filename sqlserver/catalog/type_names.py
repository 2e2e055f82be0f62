"""The names under which PostgreSQL prints types, where they are not those of ``pg_type.typname``."""

from __future__ import annotations

PRINTED = {
    "bool": "boolean", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real",
    "float8": "double precision", "bpchar": "character", "varchar": "character varying", "varbit": "bit varying",
    "time": "time without time zone", "timetz": "time with time zone", "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone", "char": '"char"',
}  # fmt: skip
