"""pg_constraint, its definitions, and which sequence numbers a column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from sqlserver.catalog.objects import DatabaseObjects
from sqlserver.catalog.quoting import qualified
from sqlserver.catalog.rows.numbering import Numbering
from sqlserver.catalog.rows.relations import attribute_numbers

_EQUALS = 96
_CONSTRAINT_ROW: dict[str, Any] = {
    "condeferrable": False, "condeferred": False, "convalidated": True, "contypid": 0, "conindid": 0,
    "conparentid": 0, "confrelid": 0, "confupdtype": " ", "confdeltype": " ", "confmatchtype": " ", "conislocal": True,
    "coninhcount": 0, "connoinherit": False,
}  # fmt: skip
SEQUENCE = re.compile(r"nextval\('((?:[^']|'')*)'")


def constraints(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    positions = attribute_numbers(objects)
    primary = {(one.schema, one.table): one.name for one in objects.constraints if one.kind == "p"}
    for one in objects.constraints:
        table = (one.schema, one.table)
        row = _CONSTRAINT_ROW | {
            "oid": oids.constraints[one.schema, one.table, one.name], "conname": one.name,
            "connamespace": oids.schemas[one.schema], "contype": one.kind, "conrelid": oids.classes[table],
            "condeferrable": one.deferrable, "condeferred": one.deferred,
            "conkey": [positions[table].get(column, 0) for column in one.columns], "conbin": one.expression,
            "connoinherit": one.kind in "puf",
        }  # fmt: skip
        if one.kind in "pu":
            row["conindid"] = oids.classes.get((one.schema, one.name), 0)
        if one.referenced is not None and one.referenced in oids.classes:
            index = (one.referenced[0], primary.get(one.referenced, ""))
            equals = [_EQUALS for _ in one.referenced_columns]
            row |= {
                "confrelid": oids.classes[one.referenced], "confupdtype": one.on_update,
                "confdeltype": one.on_delete, "confmatchtype": "s",
                "confkey": [positions[one.referenced].get(column, 0) for column in one.referenced_columns],
                "conpfeqop": equals, "conppeqop": equals, "conffeqop": equals, "conindid": oids.classes.get(index, 0),
            }  # fmt: skip
        yield row


def sequence_oid(name: str, schema: str, oids: Numbering) -> int | None:
    parts = name.replace('"', "").split(".")
    return oids.classes.get((parts[-2] if len(parts) > 1 else schema, parts[-1])) or oids.classes.get(
        ("public", parts[-1])
    )


def constraint_definitions(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for one in objects.constraints:
        pretty = one.definition
        if one.kind == "c" and pretty.startswith("CHECK ((") and pretty.endswith("))"):
            pretty = f"CHECK {pretty[7:-1]}"
        yield {
            "oid": oids.constraints[one.schema, one.table, one.name], "definition": one.definition, "pretty": pretty,
        }  # fmt: skip


SERIAL_SEQUENCES = pa.schema([("written", pa.string()), ("column", pa.string()), ("sequence", pa.string())])
"""``pg_get_serial_sequence``: the table as it may be written, its column, the sequence's name."""


def serial_sequences(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    named = {oid: qualified(*name) for name, oid in oids.classes.items()}
    for one in objects.relations:
        for column in one.columns:
            found = None if column.default is None else SEQUENCE.search(column.default)
            sequence = None if found is None else sequence_oid(found[1], one.schema, oids)
            if sequence is not None:
                for written in (one.name, f"{one.schema}.{one.name}"):
                    yield {"written": written, "column": column.name, "sequence": named[sequence]}
