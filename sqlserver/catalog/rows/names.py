"""pg_namespace, pg_database, pg_description; the definitions of views and indexes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlserver.catalog.objects import DatabaseObjects, IndexObject
from sqlserver.catalog.postgres_rows import PG_CATALOG_OID, PUBLIC_OID
from sqlserver.catalog.quoting import qualified, quote_identifier
from sqlserver.catalog.rows.extension import EXTENSION_OID
from sqlserver.catalog.rows.numbering import Numbering
from sqlserver.catalog.rows.relations import OWNER

_CLASS, _PROC, _TYPE, _NAMESPACE, _EXTENSION, _UTF8 = 1259, 1255, 1247, 2615, 3079, 6
_OWN = frozenset({PG_CATALOG_OID, PUBLIC_OID})


def schemas(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for name, oid in oids.schemas.items():
        if name not in ("pg_catalog", "public", "information_schema"):
            yield {"oid": oid, "nspname": name, "nspowner": OWNER}


def databases(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for name, oid in oids.databases.items():
        yield {
            "oid": oid, "datname": name, "datdba": OWNER, "encoding": _UTF8, "datlocprovider": "c",
            "datistemplate": False, "datallowconn": True, "datconnlimit": -1, "datfrozenxid": 0, "datminmxid": 1,
            "dattablespace": 1663, "datcollate": "C.UTF-8", "datctype": "C.UTF-8",
        }  # fmt: skip


def descriptions(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for one in objects.relations:
        oid = oids.classes[one.schema, one.name]
        yield from _comment(oid, _CLASS, 0, one.comment)
        for number, column in enumerate(one.columns, 1):
            yield from _comment(oid, _CLASS, number, column.comment)
    for index in objects.indexes:
        yield from _comment(oids.classes[index.schema, index.name], _CLASS, 0, index.comment)
    for sequence in objects.sequences:
        yield from _comment(oids.classes[sequence.schema, sequence.name], _CLASS, 0, sequence.comment)
    for oid, function in zip(oids.functions, objects.functions, strict=True):
        yield from _comment(oid, _PROC, 0, function.comment)
    for enum in objects.enums:
        yield from _comment(oids.enums[enum.schema, enum.name], _TYPE, 0, enum.comment)
    yield from _comment(EXTENSION_OID, _EXTENSION, 0, "LLM operators, their log and their training")
    for name, comment in objects.schemas.items():
        if oids.schemas[name] not in _OWN:
            yield from _comment(oids.schemas[name], _NAMESPACE, 0, comment)


def _comment(oid: int, class_: int, column: int, text: str | None) -> Iterator[dict[str, Any]]:
    if text:
        yield {"objoid": oid, "classoid": class_, "objsubid": column, "description": text}


def view_definitions(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for one in objects.relations:
        if one.kind == "v":
            yield {"oid": oids.classes[one.schema, one.name], "definition": one.definition or ""}


def index_definitions(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for one in objects.indexes:
        keys = _keys(one)
        yield {"oid": oids.classes[one.schema, one.name], "definition": _definition(one, keys), "keys": keys}


def _keys(one: IndexObject) -> list[str]:
    expressions = iter(one.expressions)
    return [quote_identifier(key) if key is not None else next(expressions) for key in one.keys]


def _definition(one: IndexObject, keys: list[str]) -> str:
    unique = "UNIQUE " if one.unique else ""
    table = qualified(one.schema, one.table)
    return f"CREATE {unique}INDEX {quote_identifier(one.name)} ON {table} USING btree ({', '.join(keys)})"
