"""Every stored relation of the emulated catalog as an Arrow table: PostgreSQL's own rows, then the database's.

Relations that are neither in ``BUILDERS`` nor among PostgreSQL's recorded rows are empty, with the right columns.
``SUPPORT`` are ours: what the functions of the catalog look up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from sqlserver.catalog.objects import DatabaseObjects
from sqlserver.catalog.postgres_rows import arrow_schema, catalog_relations, postgres_table
from sqlserver.catalog.rows import (
    constraints,
    dependencies,
    extension,
    functions,
    names,
    relations,
    roles,
    rules,
    types,
    written_names,
)
from sqlserver.catalog.rows.numbering import Numbering

Builder = Callable[[DatabaseObjects, Numbering], Iterator[dict[str, Any]]]

BUILDERS: Mapping[str, Builder] = {
    "pg_attrdef": relations.defaults,
    "pg_attribute": relations.attributes,
    "pg_auth_members": roles.memberships,
    "pg_authid": roles.roles,
    "pg_class": relations.classes,
    "pg_constraint": constraints.constraints,
    "pg_database": names.databases,
    "pg_depend": dependencies.dependencies,
    "pg_description": names.descriptions,
    "pg_enum": types.enums,
    "pg_extension": extension.extensions,
    "pg_index": relations.indexes,
    "pg_namespace": names.schemas,
    "pg_proc": functions.functions,
    "pg_rewrite": rules.rules,
    "pg_sequence": relations.sequences,
    "pg_type": types.types,
}


@dataclass(frozen=True, slots=True)
class Support:
    """One relation of ours: its columns, PostgreSQL's own rows (made once), and the rows of a database's objects."""

    schema: pa.Schema
    recorded: Callable[[], pa.Table | None]
    build: Builder


def _nothing() -> None:
    return None


def _no_rows(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    return iter(())


_KEYWORDS = pa.schema(
    [("word", pa.string()), ("catcode", pa.string()), ("barelabel", pa.bool_()), ("catdesc", pa.string()),
     ("baredesc", pa.string())]
)  # fmt: skip

SUPPORT: Mapping[str, Support] = {
    "constraint_definitions": Support(
        pa.schema([("oid", pa.int64()), ("definition", pa.string()), ("pretty", pa.string())]),
        partial(postgres_table, "constraint_definitions"), constraints.constraint_definitions,
    ),
    "function_definitions": Support(
        functions.DEFINITIONS, functions.recorded_definitions, functions.function_definitions
    ),
    "index_definitions": Support(
        pa.schema([("oid", pa.int64()), ("definition", pa.string()), ("keys", pa.list_(pa.string()))]),
        _nothing, names.index_definitions,
    ),
    "keywords": Support(_KEYWORDS, partial(postgres_table, "keywords"), _no_rows),
    "printed_types": Support(types.PRINTED_TYPES, types.recorded_printed_types, types.printed_types),
    "serial_sequences": Support(constraints.SERIAL_SEQUENCES, _nothing, constraints.serial_sequences),
    "view_definitions": Support(
        pa.schema([("oid", pa.int64()), ("definition", pa.string())]), _nothing, names.view_definitions
    ),
    **{
        f"names_{one}": Support(
            written_names.NAMES, partial(written_names.recorded_names, one), partial(written_names.names_of, one)
        )
        for one in written_names.NAMED
    },
    **{
        f"spellings_{one}": Support(
            written_names.SPELLINGS, partial(written_names.recorded_spellings, one),
            partial(written_names.spellings_of, one),
        )
        for one in written_names.NAMED
    },
}  # fmt: skip


def depends_on_objects(relation: str) -> bool:
    return relation in BUILDERS or relation in SUPPORT


def stored_table(schema: str, relation: str, objects: DatabaseObjects, oids: Numbering) -> pa.Table:
    """``relation`` is a name of ``pg_catalog`` or of SUPPORT. Raises KeyError for any other."""
    if relation in SUPPORT:
        one = SUPPORT[relation]
        made = pa.Table.from_pylist(list(one.build(objects, oids)), one.schema)
        recorded = one.recorded()
        return made if recorded is None else pa.concat_tables([recorded.cast(one.schema), made])
    fields = arrow_schema(catalog_relations()[schema, relation])
    recorded = postgres_table(relation)
    parts = [] if recorded is None else [recorded.select(fields.names).cast(fields)]
    if relation in BUILDERS:
        parts.append(pa.Table.from_pylist(list(BUILDERS[relation](objects, oids)), fields))
    return pa.concat_tables(parts) if parts else fields.empty_table()
