"""pg_class, pg_attribute, pg_attrdef, pg_index, pg_sequence: relations and what belongs to one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlserver.catalog.objects import ColumnObject, DatabaseObjects
from sqlserver.catalog.quoting import quote_identifier
from sqlserver.catalog.rows.default_text import default_text, generated_text
from sqlserver.catalog.rows.numbering import Numbering
from sqlserver.catalog.type_names import PRINTED
from sqlserver.core.pgtypes import FIRST_USER_OID, PgType

OWNER = 10
HEAP, BTREE = 2, 403
_DEFAULT_COLLATION = 100
_TEXTS = frozenset({"text", "varchar", "bpchar"})
_OPERATOR_CLASSES = {"int2": 1979, "int4": 1978, "int8": 3124, "text": 3126, "date": 3122, "numeric": 3125}
_BY_VALUE = frozenset({"bool", "char", "int2", "int4", "int8", "float4", "float8", "date", "time", "timestamp",
                       "timestamptz", "oid"})  # fmt: skip
_ALIGNMENT = {1: "c", 2: "s", 4: "i", 8: "d"}

_CLASS: dict[str, Any] = {
    "reloftype": 0, "relowner": OWNER, "relam": 0, "reltablespace": 0, "relpages": 0, "reltuples": -1.0,
    "relallvisible": 0, "reltoastrelid": 0, "relhasindex": False, "relisshared": False, "relpersistence": "p",
    "relchecks": 0, "relhasrules": False, "relhastriggers": False, "relhassubclass": False, "relrowsecurity": False,
    "relforcerowsecurity": False, "relispopulated": True, "relreplident": "d", "relispartition": False, "relrewrite": 0,
    "relfrozenxid": 0, "relminmxid": 0, "reltype": 0,
}  # fmt: skip
_ATTRIBUTE: dict[str, Any] = {
    "attstattarget": -1, "attndims": 0, "attcacheoff": -1, "attcompression": "", "atthasmissing": False,
    "attidentity": "", "attgenerated": "", "attisdropped": False, "attislocal": True, "attinhcount": 0,
    "attcollation": 0,
}  # fmt: skip


def classes(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    indexed = {(one.schema, one.table) for one in objects.indexes}
    checked = [(one.schema, one.table) for one in objects.constraints if one.kind == "c"]
    referring = {(one.schema, one.table) for one in objects.constraints if one.kind == "f"}
    referring |= {one.referenced for one in objects.constraints if one.referenced is not None}
    for one in objects.relations:
        name = (one.schema, one.name)
        oid = oids.classes[name]
        yield _CLASS | {
            "oid": oid, "relname": one.name, "relnamespace": oids.schemas[one.schema], "reltype": oids.row_types[name],
            "relam": HEAP if one.kind == "r" else 0, "relfilenode": oid if one.kind == "r" else 0,
            "reltuples": float(one.rows) if one.kind == "r" else 0.0, "relhasindex": name in indexed,
            "relkind": one.kind, "relnatts": len(one.columns), "relchecks": checked.count(name),
            "relhasrules": one.kind == "v", "relhastriggers": name in referring,
            "relreplident": "d" if one.kind == "r" else "n", "relpersistence": "t" if one.temporary else "p",
        }  # fmt: skip
    for index in objects.indexes:
        oid = oids.classes[index.schema, index.name]
        yield _CLASS | {
            "oid": oid, "relname": index.name, "relnamespace": oids.schemas[index.schema], "relam": BTREE,
            "relfilenode": oid, "reltuples": 0.0, "relkind": "i", "relnatts": len(index.keys), "relreplident": "n",
        }  # fmt: skip
    for sequence in objects.sequences:
        oid = oids.classes[sequence.schema, sequence.name]
        yield _CLASS | {
            "oid": oid, "relname": sequence.name, "relnamespace": oids.schemas[sequence.schema], "relfilenode": oid,
            "reltuples": 1.0, "relkind": "S", "relnatts": 3, "relreplident": "n",
            "relpersistence": "t" if sequence.temporary else "p",
        }  # fmt: skip


def attributes(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    positions = attribute_numbers(objects)
    columns = {(one.schema, one.name): {column.name: column for column in one.columns} for one in objects.relations}
    for one in objects.relations:
        oid = oids.classes[one.schema, one.name]
        for number, column in enumerate(one.columns, 1):
            yield _attribute(oid, number, column, oids)
    for index in objects.indexes:
        table = columns.get((index.schema, index.table), {})
        for number, key in enumerate(index.keys, 1):
            named = table.get(key) if key is not None else None
            if named is not None and key in positions[index.schema, index.table]:
                described = ColumnObject(named.name, named.type, named.typmod)
                yield _attribute(oids.classes[index.schema, index.name], number, described, oids)


def _attribute(relation: int, number: int, column: ColumnObject, oids: Numbering) -> dict[str, Any]:
    kind = column.type
    of_user = max(kind.oid, kind.element_oid) >= FIRST_USER_OID
    enum = of_user and not kind.element_oid
    text = not of_user and (kind.name in _TEXTS or (bool(kind.element_oid) and kind.name.removeprefix("_") in _TEXTS))
    return _ATTRIBUTE | {
        "attrelid": relation, "attname": column.name, "attnum": number,
        "atttypid": kind.oid, "attlen": kind.size, "atttypmod": column.typmod,
        "attndims": 1 if kind.element_oid else 0, "attbyval": enum or (not of_user and kind.name in _BY_VALUE),
        "attalign": _ALIGNMENT.get(kind.size, "i"), "attnotnull": column.not_null,
        "attstorage": "p" if kind.size > 0 else "m" if kind.name == "numeric" else "x",
        "atthasdef": column.default is not None and not column.identity, "attidentity": column.identity,
        "attgenerated": "s" if column.generated else "",
        "attcollation": _DEFAULT_COLLATION if text else 0,
    }  # fmt: skip


def printed_type(column: ColumnObject) -> str:
    """The type of a constant default, without modifiers."""
    if column.type.oid >= FIRST_USER_OID and not column.type.element_oid:
        return quote_identifier(column.type.name)
    element = column.type.name.removeprefix("_")
    return PRINTED.get(element, element) + ("[]" if column.type.name.startswith("_") else "")


def defaults(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for one in objects.relations:
        for number, column in enumerate(one.columns, 1):
            if column.default is not None and not column.identity:
                yield {
                    "oid": oids.defaults[one.schema, one.name, column.name],
                    "adrelid": oids.classes[one.schema, one.name],
                    "adnum": number,
                    "adbin": generated_text(column.default)
                    if column.generated
                    else default_text(column.default, printed_type(column)),
                }


def indexes(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    positions = attribute_numbers(objects)
    types: dict[tuple[str, str], dict[str | None, PgType]] = {
        (one.schema, one.name): {column.name: column.type for column in one.columns} for one in objects.relations
    }
    for one in objects.indexes:
        table = (one.schema, one.table)
        kinds = [types[table][key].name if key in types[table] else "text" for key in one.keys]
        yield {
            "indexrelid": oids.classes[one.schema, one.name], "indrelid": oids.classes[table],
            "indnatts": len(one.keys), "indnkeyatts": len(one.keys), "indisunique": one.unique,
            "indnullsnotdistinct": False, "indisprimary": one.primary, "indisexclusion": False,
            "indimmediate": True, "indisclustered": False, "indisvalid": True,
            "indcheckxmin": False, "indisready": True, "indislive": True, "indisreplident": False,
            "indkey": [0 if key is None else positions[table].get(key, 0) for key in one.keys],
            "indcollation": [_DEFAULT_COLLATION if kind in _TEXTS else 0 for kind in kinds],
            "indclass": [_OPERATOR_CLASSES.get("text" if kind in _TEXTS else kind, 1978) for kind in kinds],
            "indoption": [0 for _ in one.keys],
            "indexprs": ", ".join(one.expressions) or None,
        }  # fmt: skip


def sequences(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for one in objects.sequences:
        yield {
            "seqrelid": oids.classes[one.schema, one.name], "seqtypid": 20, "seqstart": one.start,
            "seqincrement": one.increment, "seqmax": one.maximum, "seqmin": one.minimum, "seqcache": 1,
            "seqcycle": one.cycle,
        }  # fmt: skip


def attribute_numbers(objects: DatabaseObjects) -> dict[tuple[str, str], dict[str, int]]:
    return {
        (one.schema, one.name): {column.name: number for number, column in enumerate(one.columns, 1)}
        for one in objects.relations
    }
