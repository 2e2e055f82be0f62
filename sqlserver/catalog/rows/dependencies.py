"""pg_depend, as far as clients look: for a column's sequence, a key's index, the members of an extension."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlserver.catalog.objects import ConstraintObject, DatabaseObjects
from sqlserver.catalog.rows.constraints import SEQUENCE, sequence_oid
from sqlserver.catalog.rows.extension import EXTENSION_OID
from sqlserver.catalog.rows.numbering import Numbering
from sqlserver.catalog.rows.rules import relations_read

_PROC, _CLASS, _ATTRDEF, _CONSTRAINT, _REWRITE, _EXTENSION = 1255, 1259, 2604, 2606, 2618, 3079


def dependencies(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    yield from _of_columns(objects, oids)
    yield from _of_constraints(objects, oids)
    yield from _of_views(objects, oids)
    yield from _of_extension(objects, oids)


def _of_columns(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    """A default on its column, a serial column's sequence on the column."""
    for one in objects.relations:
        oid = oids.classes[one.schema, one.name]
        for number, column in enumerate(one.columns, 1):
            if column.default is None:
                continue
            found = SEQUENCE.search(column.default)
            sequence = None if found is None else sequence_oid(found[1], one.schema, oids)
            if sequence is not None:
                yield _row(_CLASS, sequence, 0, _CLASS, oid, number, "i" if column.identity else "a")
            if column.identity:
                continue
            default = oids.defaults[one.schema, one.name, column.name]
            yield _row(_ATTRDEF, default, 0, _CLASS, oid, number, "a")
            if sequence is not None:
                yield _row(_ATTRDEF, default, 0, _CLASS, sequence, 0, "n")


def _of_constraints(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    """An index on its constraint, a foreign key on the index of what it refers to."""
    for one in objects.constraints:
        oid = oids.constraints[one.schema, one.table, one.name]
        if one.kind in "pu" and (index := oids.classes.get((one.schema, one.name))) is not None:
            yield _row(_CLASS, index, 0, _CONSTRAINT, oid, 0, "i")
        elif one.referenced is not None:
            key = next((other for other in objects.constraints if _is_target(other, one)), None)
            if key is not None and (index := oids.classes.get((key.schema, key.name))) is not None:
                yield _row(_CONSTRAINT, oid, 0, _CLASS, index, 0, "n")


def _of_views(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    """A view's rule on the view, and on what it reads."""
    for one in objects.relations:
        rule = oids.rules.get((one.schema, one.name))
        if rule is not None:
            yield _row(_REWRITE, rule, 0, _CLASS, oids.classes[one.schema, one.name], 0, "i")
            for read in sorted(relations_read(one, oids)):
                yield _row(_REWRITE, rule, 0, _CLASS, oids.classes[read], 0, "n")


def _of_extension(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    """What the server brings."""
    for one in objects.relations:
        if one.of_server:
            yield _row(_CLASS, oids.classes[one.schema, one.name], 0, _EXTENSION, EXTENSION_OID, 0, "e")
    for oid, function in zip(oids.functions, objects.functions, strict=True):
        if function.of_server:
            yield _row(_PROC, oid, 0, _EXTENSION, EXTENSION_OID, 0, "e")


def _is_target(one: ConstraintObject, foreign: ConstraintObject) -> bool:
    return (
        one.kind in "pu"
        and (one.schema, one.table) == foreign.referenced
        and sorted(one.columns) == sorted(foreign.referenced_columns)
    )


def _row(  # noqa: PLR0917 - pg_depend's columns in their order
    class_: int, oid: int, column: int, on_class: int, on: int, on_column: int, kind: str
) -> dict[str, Any]:
    return {
        "classid": class_, "objid": oid, "objsubid": column, "refclassid": on_class, "refobjid": on,
        "refobjsubid": on_column, "deptype": kind,
    }  # fmt: skip
