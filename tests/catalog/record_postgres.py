"""Writes ``sqlserver/catalog/postgres/*.parquet``: what PostgreSQL 15 says of its own types, functions and relations.

``python -m tests.catalog.record_postgres POSTGRES_URL`` with the URL of an empty database of a PostgreSQL 15 whose
superuser has OID 10. Drivers know these rows by their OIDs, so they must be PostgreSQL's own.
"""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parents[2] / "sqlserver" / "catalog" / "postgres"
FIRST_USER_OID = 16384

RELATIONS = {
    "pg_aggregate": "", "pg_am": "", "pg_amop": "", "pg_amproc": "", "pg_cast": "",
    "pg_class": "", "pg_attribute": "", "pg_collation": "oid in (100, 950, 951) or collname = 'ucs_basic'",
    "pg_constraint": "", "pg_conversion": "", "pg_description": "", "pg_index": "",
    "pg_language": "lanname <> 'plpgsql'", "pg_namespace": "nspname !~ 'temp'", "pg_opclass": "", "pg_operator": "",
    "pg_opfamily": "",
    "pg_proc": "proname !~ '^plpgsql_'", "pg_range": "", "pg_tablespace": "", "pg_ts_config": "", "pg_ts_dict": "",
    "pg_ts_parser": "", "pg_ts_template": "", "pg_type": "", "pg_authid": "oid <> 10", "pg_auth_members": "",
    "pg_settings": "source <> 'override' and name !~ 'file|directory|socket|path'", "pg_ts_config_map": "",
}  # fmt: skip

STANDARD = ("sql_features", "sql_implementation_info", "sql_parts", "sql_sizing")

ARROW = {
    "bool": pa.bool_(), "int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(), "float4": pa.float32(),
    "float8": pa.float64(), "oid": pa.int64(), "xid": pa.int64(), "timestamptz": pa.timestamp("us", "UTC"),
    "_text": pa.list_(pa.string()), "_oid": pa.list_(pa.int64()), "_int2": pa.list_(pa.int16()),
    "_char": pa.list_(pa.string()), "int2vector": pa.list_(pa.int16()), "oidvector": pa.list_(pa.int64()),
    "_float4": pa.list_(pa.float32()), "_aclitem": pa.list_(pa.string()), "_name": pa.list_(pa.string()),
}  # fmt: skip


def main(url: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with psycopg.connect(url) as connection:
        for relation, condition in RELATIONS.items():
            table = _read(connection, relation, condition)
            pq.write_table(table, FOLDER / f"{relation}.parquet", compression="zstd", compression_level=19)
            print(relation, table.num_rows)
        for relation in STANDARD:
            table = _read(connection, relation, "", "information_schema")
            pq.write_table(table, FOLDER / f"{relation}.parquet", compression="zstd", compression_level=19)
        pq.write_table(_keywords(connection), FOLDER / "keywords.parquet")
        pq.write_table(_constraint_definitions(connection), FOLDER / "constraint_definitions.parquet")


def _read(
    connection: psycopg.Connection,  # type: ignore[type-arg]
    relation: str,
    condition: str,
    schema: str = "pg_catalog",
) -> pa.Table:
    columns = connection.execute(
        "select attname, typname from pg_attribute a join pg_type t on t.oid = a.atttypid"
        f" where attrelid = '{schema}.{relation}'::regclass and attnum > 0 order by attnum"
    ).fetchall()
    listed = ", ".join(_value(name, kind) for name, kind in columns)
    rows = connection.execute(
        f"select {listed} from {schema}.{relation} where {condition or 'true'} order by 1, 2"  # type: ignore[arg-type]
    ).fetchall()
    fields = [
        pa.field(name, ARROW.get("oid" if kind.startswith("reg") else kind, pa.string())) for name, kind in columns
    ]
    arrays = [pa.array([row[n] for row in rows], field.type) for n, field in enumerate(fields)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _keywords(connection: psycopg.Connection) -> pa.Table:  # type: ignore[type-arg]
    rows = connection.execute(
        "select word, catcode::text, barelabel, catdesc, baredesc from pg_get_keywords()"
    ).fetchall()
    texts = [(name, pa.string()) for name in ("word", "catcode")]
    fields = pa.schema([*texts, ("barelabel", pa.bool_()), ("catdesc", pa.string()), ("baredesc", pa.string())])
    return pa.Table.from_pylist([dict(zip(fields.names, row, strict=True)) for row in rows], fields)


def _constraint_definitions(connection: psycopg.Connection) -> pa.Table:  # type: ignore[type-arg]
    rows = connection.execute(
        "select oid::int8, pg_get_constraintdef(oid), pg_get_constraintdef(oid, true) from pg_constraint order by 1"
    ).fetchall()
    fields = pa.schema([("oid", pa.int64()), ("definition", pa.string()), ("pretty", pa.string())])
    return pa.Table.from_pylist([dict(zip(fields.names, row, strict=True)) for row in rows], fields)


def _value(name: str, kind: str) -> str:
    column = f'"{name}"'
    if kind.startswith("reg"):
        return f"{column}::oid::int8"
    if kind in ("oid", "xid"):
        return f"{column}::text::int8"
    if kind == "int2vector":
        return f"string_to_array({column}::text, ' ')::int2[]"
    if kind == "oidvector":
        return f"string_to_array({column}::text, ' ')::int8[]"
    if kind in ("_oid", "_regtype"):
        return f"{column}::text[]::int8[]"
    if kind == "_aclitem":
        return "null"  # it would name the recording server's users; NULL stands for the default privileges
    if kind in ("_char", "_name"):
        return f"{column}::text[]"
    return column if kind in ARROW else f"{column}::text"


if __name__ == "__main__":
    main(sys.argv[1])
