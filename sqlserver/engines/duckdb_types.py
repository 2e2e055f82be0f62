"""DuckDB's types, PostgreSQL's types, and the way between them.

The Arrow form of each DuckDB type, as DuckDB 2.0 exports it (``arrow_lossless_conversion`` off):

    boolean bool · integers int8…uint64 · hugeint, uhugeint decimal128(38, 0) · decimal(p,s) decimal128(p, s)
    real, double float32, float64 · varchar, json, uuid string · blob binary · enum dictionary<string>
    date date32 · time time64[us] · timetz time64[us] (its offset is lost) · interval month_day_nano_interval
    timestamp timestamp[us], _s [s], _ms [ms], _ns [ns] · timestamptz timestamp[us, tz=session zone]
    list list · array fixed_size_list · struct, tuple struct · map map · union sparse_union · "NULL" null
    bit binary (one byte of padding length, then the bits) · infinity is the largest value of date32 or timestamp
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from sqlserver.core import pgtypes as pg
from sqlserver.core.pgtypes import PgType

SCALARS: dict[str, PgType] = {
    "BOOLEAN": pg.BOOL,
    "TINYINT": pg.INT2,
    "SMALLINT": pg.INT2,
    "INTEGER": pg.INT4,
    "BIGINT": pg.INT8,
    "UTINYINT": pg.INT2,
    "USMALLINT": pg.INT4,
    "UINTEGER": pg.INT8,
    "UBIGINT": pg.NUMERIC,
    "HUGEINT": pg.NUMERIC,
    "UHUGEINT": pg.NUMERIC,
    "BIGNUM": pg.NUMERIC,
    "DECIMAL": pg.NUMERIC,
    "FLOAT": pg.FLOAT4,
    "DOUBLE": pg.FLOAT8,
    "VARCHAR": pg.TEXT,
    "BLOB": pg.BYTEA,
    "BIT": pg.BIT,
    "DATE": pg.DATE,
    "TIME": pg.TIME,
    "TIME_NS": pg.TIME,
    "TIME WITH TIME ZONE": pg.TIMETZ,
    "TIMESTAMP": pg.TIMESTAMP,
    "TIMESTAMP_S": pg.TIMESTAMP,
    "TIMESTAMP_MS": pg.TIMESTAMP,
    "TIMESTAMP_NS": pg.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": pg.TIMESTAMPTZ,
    "INTERVAL": pg.INTERVAL,
    "UUID": pg.UUID,
    "JSON": pg.JSON,
    "VARIANT": pg.JSON,
    '"NULL"': pg.TEXT,
    "UNKNOWN": pg.TEXT,
}

LOSSY_IN_ARROW = frozenset({"TIME WITH TIME ZONE", "TIME WITH TIME ZONE[]", "UHUGEINT", "UHUGEINT[]"})
"""What Arrow cannot carry whole: an offset, more than 127 bits. Such columns are fetched as text."""

NAMES_BY_OID: dict[int, str] = {
    pg.BOOL.oid: "BOOLEAN",
    pg.INT2.oid: "SMALLINT",
    pg.INT4.oid: "INTEGER",
    pg.INT8.oid: "BIGINT",
    pg.OID.oid: "BIGINT",
    pg.FLOAT4.oid: "FLOAT",
    pg.FLOAT8.oid: "DOUBLE",
    pg.NUMERIC.oid: "DECIMAL",
    pg.TEXT.oid: "VARCHAR",
    pg.VARCHAR.oid: "VARCHAR",
    pg.BPCHAR.oid: "VARCHAR",
    pg.CHAR.oid: "VARCHAR",
    pg.NAME.oid: "VARCHAR",
    pg.BYTEA.oid: "BLOB",
    pg.BIT.oid: "BIT",
    pg.DATE.oid: "DATE",
    pg.TIME.oid: "TIME",
    pg.TIMETZ.oid: "TIME WITH TIME ZONE",
    pg.TIMESTAMP.oid: "TIMESTAMP",
    pg.TIMESTAMPTZ.oid: "TIMESTAMP WITH TIME ZONE",
    pg.INTERVAL.oid: "INTERVAL",
    pg.UUID.oid: "UUID",
    pg.JSON.oid: "JSON",
    pg.JSONB.oid: "JSON",
}

UNCONSTRAINED = "DECIMAL(38,9)"
"""What stands for PostgreSQL's numeric without a precision."""
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_ARRAY_END = re.compile(r"\[\d*\]$")
_QUOTED_OR_SYMBOL = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()\[\],]")
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_NESTED = ("STRUCT(", "MAP(", "UNION(")


@lru_cache(maxsize=4096)
def pg_type(duckdb_type: str) -> tuple[PgType, int]:
    """The PostgreSQL type and typmod for a DuckDB type as DuckDB spells it (``DECIMAL(10,2)``, ``INTEGER[]``).

    numeric's typmod is ((precision << 16) | scale) + 4, PostgreSQL's ``make_numeric_typmod``; all others have -1.
    A type that PostgreSQL has no like of becomes text.
    """
    if _ARRAY_END.search(duckdb_type):
        element = _ARRAY_END.sub("", duckdb_type)
        # PostgreSQL's array types know no depth: integer[][] is int4[] as well.
        while _ARRAY_END.search(element):
            element = _ARRAY_END.sub("", element)
        if element.startswith(_NESTED) or element in ("JSON", "VARIANT"):
            return pg.JSON, -1
        return pg.array_of(pg_type(element)[0]), -1
    if duckdb_type.startswith(_NESTED):
        return pg.JSON, -1
    if duckdb_type == "TUPLE" or duckdb_type.startswith("TUPLE("):
        return replace(pg.RECORD, fields=tuple(pg_type(one)[0] for one in _items(duckdb_type[6:-1]))), -1
    decimal = _DECIMAL.fullmatch(duckdb_type)
    if duckdb_type == UNCONSTRAINED:
        return pg.NUMERIC, -1
    if decimal is not None:
        return pg.NUMERIC, ((int(decimal[1]) << 16) | int(decimal[2])) + 4
    return SCALARS.get(duckdb_type, pg.TEXT), -1


def _items(types: str) -> list[str]:
    """``INTEGER, DECIMAL(5,2)`` at its commas outside brackets and quotes."""
    items, depth, start = [], 0, 0
    for found in _QUOTED_OR_SYMBOL.finditer(types):
        depth += (found[0] in "([") - (found[0] in ")]")
        if found[0] == "," and not depth:
            items.append(types[start : found.start()].strip())
            start = found.end()
    return [*items, types[start:].strip()] if types else []


def enum_labels(kind: str) -> list[str]:
    """Of ``ENUM('a', 'b')``."""
    return [label.replace("''", "'") for label in _LABEL.findall(kind)]


def duckdb_type(oid: int) -> str | None:
    """DuckDB's name for a PostgreSQL type, None for one it has no like of. ``DECIMAL`` stands without its width."""
    declared = pg.BY_OID.get(oid)
    if declared is not None and declared.element_oid:
        element = NAMES_BY_OID.get(declared.element_oid)
        return None if element is None else f"{element}[]"
    return NAMES_BY_OID.get(oid)
