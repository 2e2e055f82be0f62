"""pg_type and pg_enum: enums, and the row type of every relation; and how each type is printed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pyarrow as pa

from sqlserver.catalog.objects import DatabaseObjects
from sqlserver.catalog.postgres_rows import PG_CATALOG_OID, recorded_table
from sqlserver.catalog.quoting import qualified, quote_identifier
from sqlserver.catalog.rows.numbering import Numbering
from sqlserver.catalog.rows.relations import OWNER
from sqlserver.catalog.type_names import PRINTED

_ENUM_IN, _ENUM_OUT, _ENUM_RECV, _ENUM_SEND = 3504, 3507, 3532, 3533
_RECORD_IN, _RECORD_OUT, _RECORD_RECV, _RECORD_SEND = 2290, 2291, 2402, 2403
_ARRAY_IN, _ARRAY_OUT, _ARRAY_RECV, _ARRAY_SEND = 750, 751, 2400, 2401
_ARRAY_SUBSCRIPT, _ARRAY_TYPANALYZE = 6179, 3816

_TYPE: dict[str, Any] = {
    "typowner": OWNER, "typispreferred": False, "typisdefined": True, "typdelim": ",", "typrelid": 0,
    "typsubscript": 0, "typelem": 0, "typarray": 0, "typmodin": 0, "typmodout": 0, "typanalyze": 0, "typnotnull": False,
    "typbasetype": 0, "typtypmod": -1, "typndims": 0, "typcollation": 0, "typbyval": False, "typlen": -1,
}  # fmt: skip


def types(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for one in objects.enums:
        name = (one.schema, one.name)
        schema = oids.schemas[one.schema]
        yield _TYPE | {
            "oid": oids.enums[name], "typname": one.name, "typnamespace": schema, "typlen": 4, "typbyval": True,
            "typtype": "e", "typcategory": "E", "typarray": oids.array_types[name], "typinput": _ENUM_IN,
            "typoutput": _ENUM_OUT, "typreceive": _ENUM_RECV, "typsend": _ENUM_SEND, "typalign": "i", "typstorage": "p",
        }  # fmt: skip
        yield _array(oids.array_types[name], one.name, schema, oids.enums[name], "i")
    for relation in objects.relations:
        name = (relation.schema, relation.name)
        schema = oids.schemas[relation.schema]
        yield _TYPE | {
            "oid": oids.row_types[name], "typname": relation.name, "typnamespace": schema, "typtype": "c",
            "typcategory": "C", "typrelid": oids.classes[name], "typarray": oids.array_types[name],
            "typinput": _RECORD_IN, "typoutput": _RECORD_OUT, "typreceive": _RECORD_RECV, "typsend": _RECORD_SEND,
            "typalign": "d", "typstorage": "x",
        }  # fmt: skip
        yield _array(oids.array_types[name], relation.name, schema, oids.row_types[name], "d")


def _array(oid: int, element: str, schema: int, element_oid: int, alignment: str) -> dict[str, Any]:
    return _TYPE | {
        "oid": oid, "typname": f"_{element}", "typnamespace": schema, "typtype": "b", "typcategory": "A",
        "typelem": element_oid, "typsubscript": _ARRAY_SUBSCRIPT, "typinput": _ARRAY_IN, "typoutput": _ARRAY_OUT,
        "typreceive": _ARRAY_RECV, "typsend": _ARRAY_SEND, "typanalyze": _ARRAY_TYPANALYZE, "typalign": alignment,
        "typstorage": "x",
    }  # fmt: skip


def enums(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for one in objects.enums:
        oid = oids.enums[one.schema, one.name]
        for number, label in enumerate(one.labels, 1):
            yield {"oid": oid + number, "enumtypid": oid, "enumsortorder": float(number), "enumlabel": label}


PRINTED_TYPES = pa.schema(
    [("oid", pa.int64()), *((name, pa.string()) for name in ("shown", "base", "brackets", "schema"))]
)
"""``format_type``'s names; ``base`` is the type whose modifier is printed, ``schema`` '' where none is shown."""


@lru_cache(maxsize=1)
def recorded_printed_types() -> pa.Table:
    table = recorded_table("pg_type")
    rows = table.select(["oid", "typname", "typnamespace", "typelem", "typcategory"]).to_pylist()
    by_oid = {row["oid"]: row["typname"] for row in rows}
    found = []
    for row in rows:
        name, element = row["typname"], row["typelem"]
        array = row["typcategory"] == "A" and name.startswith("_")
        base = by_oid[element] if array else name
        shown = PRINTED.get(base, quote_identifier(base))
        if row["typnamespace"] != PG_CATALOG_OID:
            shown = qualified("information_schema", base)
        found.append(_printed(row["oid"], shown, base, array, ""))
    return pa.Table.from_pylist(found, PRINTED_TYPES)


def printed_types(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    schemas = {oid: name for name, oid in oids.schemas.items()}
    for one in types(objects, oids):
        array = one["typcategory"] == "A"
        base = one["typname"][1:] if array else one["typname"]
        yield _printed(one["oid"], quote_identifier(base), base, array, schemas[one["typnamespace"]])


def _printed(oid: int, shown: str, base: str, array: bool, schema: str) -> dict[str, Any]:
    brackets = "[]" if array else ""
    return {"oid": oid, "shown": shown + brackets, "base": base, "brackets": brackets, "schema": schema}
