"""Every stored relation of the emulated catalog as an Arrow table: PostgreSQL's own rows, then the database's.

Relations that are neither in ``BUILDERS`` nor among PostgreSQL's recorded rows are empty, with the right columns.
``SUPPORT`` are ours: what the functions of the catalog look up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from sqlserver.catalog.objects import DatabaseObjects
from sqlserver.catalog.postgres_rows import arrow_schema, catalog_relations, postgres_table
from sqlserver.catalog.rows import constraints, functions, names, relations, types
from sqlserver.catalog.rows.numbering import Numbering

Builder = Callable[[DatabaseObjects, Numbering], Iterator[dict[str, Any]]]

BUILDERS: Mapping[str, Builder] = {
    "pg_attrdef": relations.defaults,
    "pg_attribute": relations.attributes,
    "pg_class": relations.classes,
    "pg_constraint": constraints.constraints,
    "pg_database": names.databases,
    "pg_depend": constraints.dependencies,
    "pg_description": names.descriptions,
    "pg_enum": types.enums,
    "pg_index": relations.indexes,
    "pg_namespace": names.schemas,
    "pg_proc": functions.functions,
    "pg_sequence": relations.sequences,
    "pg_type": types.types,
}

SUPPORT: Mapping[str, tuple[pa.Schema, Builder]] = {
    "constraint_definitions": (
        pa.schema([("oid", pa.int64()), ("definition", pa.string()), ("pretty", pa.string())]),
        constraints.constraint_definitions,
    ),
    "function_definitions": (
        pa.schema(
            [("oid", pa.int64()), ("arguments", pa.string()), ("result", pa.string()), ("definition", pa.string())]
        ),
        functions.function_definitions,
    ),
    "index_definitions": (
        pa.schema([("oid", pa.int64()), ("definition", pa.string()), ("keys", pa.list_(pa.string()))]),
        names.index_definitions,
    ),
    "printed_types": (
        pa.schema([("oid", pa.int64()), *((name, pa.string()) for name in ("shown", "base", "brackets", "schema"))]),
        types.printed_types,
    ),
    "view_definitions": (pa.schema([("oid", pa.int64()), ("definition", pa.string())]), names.view_definitions),
}


def depends_on_objects(relation: str) -> bool:
    return relation in BUILDERS or relation in SUPPORT


def stored_table(schema: str, relation: str, objects: DatabaseObjects, oids: Numbering) -> pa.Table:
    """``relation`` is a name of ``pg_catalog`` or of SUPPORT. Raises KeyError for any other."""
    if relation in SUPPORT:
        fields, build = SUPPORT[relation]
        made = pa.Table.from_pylist(list(build(objects, oids)), fields)
        recorded = postgres_table(relation)
        return made if recorded is None else pa.concat_tables([recorded.cast(fields), made])
    fields = arrow_schema(catalog_relations()[schema, relation])
    recorded = postgres_table(relation)
    parts = [] if recorded is None else [recorded.select(fields.names).cast(fields)]
    if relation in BUILDERS:
        parts.append(pa.Table.from_pylist(list(BUILDERS[relation](objects, oids)), fields))
    return pa.concat_tables(parts) if parts else fields.empty_table()
