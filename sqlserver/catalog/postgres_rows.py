"""PostgreSQL 15's own rows of its catalog: types, functions, operators, casts, relations, with their OIDs.

``catalog/postgres/*.parquet`` are read when first asked for. Physical types, as tables of DuckDB hold them: oid, xid
and the reg… types are BIGINT, int2vector and oidvector are lists; name, "char" and whatever has no like in DuckDB is
VARCHAR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sqlserver.core.pgtypes import BY_OID, TEXT, PgType, array_of

FOLDER = Path(__file__).with_name("postgres")
PG_CATALOG_OID = 11
PUBLIC_OID = 2200
INFORMATION_SCHEMA_OID = 13207
_RELATION_KINDS = ("r", "v")


@dataclass(frozen=True, slots=True)
class CatalogColumn:
    name: str
    type: PgType


@dataclass(frozen=True, slots=True)
class CatalogRelation:
    """One table or view of ``pg_catalog`` or ``information_schema``, columns in order."""

    oid: int
    schema: str
    name: str
    columns: tuple[CatalogColumn, ...]


@lru_cache(maxsize=64)
def postgres_table(relation: str) -> pa.Table | None:
    """PostgreSQL's own rows; None for a relation whose rows are all ours."""
    file = FOLDER / f"{relation}.parquet"
    return pq.read_table(file) if file.is_file() else None


def recorded_table(relation: str) -> pa.Table:
    """The same for one that must be there. Raises FileNotFoundError in a broken installation."""
    table = postgres_table(relation)
    if table is None:
        raise FileNotFoundError(FOLDER / f"{relation}.parquet")
    return table


@lru_cache(maxsize=1)
def catalog_relations() -> Mapping[tuple[str, str], CatalogRelation]:
    """By schema and name, both lower case. A domain's columns have the type beneath it, as in a RowDescription."""
    schemas = {PG_CATALOG_OID: "pg_catalog", INFORMATION_SCHEMA_OID: "information_schema"}
    types = {
        row["oid"]: row for row in _rows("pg_type", ("oid", "typname", "typtype", "typbasetype", "typelem", "typlen"))
    }
    columns: dict[int, list[CatalogColumn]] = {}
    attributes = _rows("pg_attribute", ("attrelid", "attname", "atttypid", "attnum"))
    for row in sorted(attributes, key=lambda row: row["attnum"]):
        if row["attnum"] > 0:
            columns.setdefault(row["attrelid"], []).append(CatalogColumn(row["attname"], _type(row["atttypid"], types)))
    return {
        (schemas[row["relnamespace"]], row["relname"]): CatalogRelation(
            row["oid"], schemas[row["relnamespace"]], row["relname"], tuple(columns[row["oid"]])
        )
        for row in _rows("pg_class", ("oid", "relname", "relnamespace", "relkind"))
        if row["relkind"] in _RELATION_KINDS and row["relnamespace"] in schemas
    }


def _type(oid: int, types: Mapping[int, Mapping[str, Any]]) -> PgType:
    row = types[oid]
    if row["typtype"] == "d":
        return _type(row["typbasetype"], types)
    return BY_OID.get(oid) or (TEXT if not row["typelem"] else array_of(TEXT))


def _rows(relation: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    table = recorded_table(relation)
    rows: list[dict[str, Any]] = table.select(list(columns)).to_pylist()
    return rows


_PHYSICAL = {
    "bool": pa.bool_(), "int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(), "float4": pa.float32(),
    "float8": pa.float64(), "numeric": pa.float64(), "oid": pa.int64(), "xid": pa.int64(),
    "timestamptz": pa.timestamp("us", "UTC"), "timestamp": pa.timestamp("us"), "date": pa.date32(),
    "interval": pa.month_day_nano_interval(), "bytea": pa.binary(),
    "int2vector": pa.list_(pa.int16()), "oidvector": pa.list_(pa.int64()),
}  # fmt: skip


def arrow_type(kind: PgType) -> pa.DataType:
    """The physical form of a catalog column."""
    if kind.element_oid and kind.name.startswith("_"):
        return pa.list_(arrow_type(BY_OID.get(kind.element_oid, TEXT)))
    if kind.name.startswith("reg"):
        return pa.int64()
    return _PHYSICAL.get(kind.name, pa.string())


def arrow_schema(relation: CatalogRelation) -> pa.Schema:
    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in relation.columns])
