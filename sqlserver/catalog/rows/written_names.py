"""How objects are named in text: what the reg… types print of an OID, and the spellings by which they find one.

``names_of``: one row an object, its name as ``quote_ident`` prints it, alone and with the schema. ``spellings_of``: a
row for each text that names it: alone (found along the search path), with the schema, and its OID (found always:
``schema`` is empty).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

from sqlserver.catalog.objects import DatabaseObjects
from sqlserver.catalog.postgres_rows import INFORMATION_SCHEMA_OID, PG_CATALOG_OID, PUBLIC_OID, postgres_table
from sqlserver.catalog.quoting import quote_identifier
from sqlserver.catalog.rows import functions, relations, types
from sqlserver.catalog.rows.numbering import Numbering
from sqlserver.catalog.type_names import PRINTED

NAMES = pa.schema([("oid", pa.int64()), ("schema", pa.string()), ("shown", pa.string()), ("qualified", pa.string())])
SPELLINGS = pa.schema([("written", pa.string()), ("schema", pa.string()), ("oid", pa.int64())])

_SCHEMAS = {PG_CATALOG_OID: "pg_catalog", INFORMATION_SCHEMA_OID: "information_schema", PUBLIC_OID: "public"}
_TYPE_ALIASES = {"int4": ("int",), "numeric": ("decimal", "dec"), "float8": ("float",), "bpchar": ("char",)}


@dataclass(frozen=True, slots=True)
class Named:
    """The columns of a catalog relation that name its objects."""

    column: str
    namespace: str


NAMED: Mapping[str, Named] = {
    "pg_class": Named("relname", "relnamespace"),
    "pg_proc": Named("proname", "pronamespace"),
    "pg_operator": Named("oprname", "oprnamespace"),
    "pg_type": Named("typname", "typnamespace"),
    "pg_collation": Named("collname", "collnamespace"),
    "pg_conversion": Named("conname", "connamespace"),
    "pg_opclass": Named("opcname", "opcnamespace"),
    "pg_opfamily": Named("opfname", "opfnamespace"),
    "pg_statistic_ext": Named("stxname", "stxnamespace"),
    "pg_ts_config": Named("cfgname", "cfgnamespace"),
    "pg_ts_dict": Named("dictname", "dictnamespace"),
    "pg_ts_parser": Named("prsname", "prsnamespace"),
    "pg_ts_template": Named("tmplname", "tmplnamespace"),
}
_USERS = {"pg_class": relations.classes, "pg_proc": functions.functions, "pg_type": types.types}
_Triple = tuple[int, str, str]
"""OID, schema, name."""


def names_of(relation: str, objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    return _names(relation, _of_users(relation, objects, oids))


def spellings_of(relation: str, objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    return _spellings(relation, _of_users(relation, objects, oids))


@lru_cache(maxsize=32)
def recorded_names(relation: str) -> pa.Table:
    """PostgreSQL's own objects."""
    return pa.Table.from_pylist(list(_names(relation, _recorded(relation))), NAMES)


@lru_cache(maxsize=32)
def recorded_spellings(relation: str) -> pa.Table:
    return pa.Table.from_pylist(list(_spellings(relation, _recorded(relation))), SPELLINGS)


def _recorded(relation: str) -> list[_Triple]:
    table = postgres_table(relation)
    if table is None:
        return []
    named = NAMED[relation]
    rows = table.select(["oid", named.namespace, named.column]).to_pylist()
    return [(row["oid"], _SCHEMAS.get(row[named.namespace], "pg_toast"), row[named.column]) for row in rows]


def _of_users(relation: str, objects: DatabaseObjects, oids: Numbering) -> list[_Triple]:
    build = _USERS.get(relation)
    if build is None:
        return []
    named = NAMED[relation]
    schemas = {oid: name for name, oid in oids.schemas.items()}
    return [(row["oid"], schemas[row[named.namespace]], row[named.column]) for row in build(objects, oids)]


def _names(relation: str, found: Iterable[_Triple]) -> Iterator[dict[str, Any]]:
    for oid, schema, name in found:
        # Operators are signs: they are printed as they are.
        shown = name if relation == "pg_operator" else quote_identifier(name)
        yield {"oid": oid, "schema": schema, "shown": shown, "qualified": f"{quote_identifier(schema)}.{shown}"}


def _spellings(relation: str, found: Iterable[_Triple]) -> Iterator[dict[str, Any]]:
    for oid, schema, name in found:
        for written in _type_spellings(name) if relation == "pg_type" else (name,):
            yield {"written": written, "schema": schema, "oid": oid}
            yield {"written": f"{schema}.{written}", "schema": "", "oid": oid}
        yield {"written": str(oid), "schema": "", "oid": oid}


def _type_spellings(name: str) -> set[str]:
    """``int4``, ``integer``, ``int``; of an array both ``_int4`` and ``integer[]``."""
    element = name.removeprefix("_")
    brackets = "[]" if name.startswith("_") else ""
    # Without quotes PostgreSQL's "char" is bpchar.
    printed = {PRINTED.get(element, element), *_TYPE_ALIASES.get(element, ())} - {'"char"'}
    if element == "char":
        return {'"char"' + brackets, name} if brackets else {'"char"'}
    return {name, *(f"{one}{brackets}" for one in printed), f"{element}{brackets}"}
