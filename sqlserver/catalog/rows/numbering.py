"""The OIDs of one database's objects, given out in one fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlserver.catalog.objects import DatabaseObjects
from sqlserver.catalog.oids import Oids
from sqlserver.catalog.postgres_rows import INFORMATION_SCHEMA_OID, PG_CATALOG_OID, PUBLIC_OID

Name = tuple[str, str]
_SCHEMAS = {"pg_catalog": PG_CATALOG_OID, "public": PUBLIC_OID, "information_schema": INFORMATION_SCHEMA_OID}


@dataclass(frozen=True, slots=True)
class Numbering:
    """Names are (schema, name); a constraint's (schema, table, name); ``functions`` go by position."""

    schemas: Mapping[str, int]
    classes: Mapping[Name, int]
    row_types: Mapping[Name, int]
    array_types: Mapping[Name, int]
    enums: Mapping[Name, int]
    constraints: Mapping[tuple[str, str, str], int]
    functions: tuple[int, ...]
    defaults: Mapping[tuple[str, str, str], int]
    rules: Mapping[Name, int]
    databases: Mapping[str, int]
    database: int
    roles: Mapping[str, int]


def number(objects: DatabaseObjects) -> Numbering:
    oids = Oids()
    schemas = {name: _SCHEMAS.get(name) or oids.of("schema", name) for name in sorted({*objects.schemas, *_SCHEMAS})}
    relations = sorted(objects.relations, key=lambda one: (one.schema, one.name))
    named = [(one.schema, one.name) for one in relations]
    indexes = [(one.schema, one.name) for one in objects.indexes]
    others = sorted([*indexes, *((one.schema, one.name) for one in objects.sequences)])
    classes = {name: oids.of("class", *name) for name in [*named, *others]}
    row_types = {name: oids.of("type", *name) for name in named}
    enums = {(one.schema, one.name): oids.of("type", one.schema, one.name) for one in objects.enums}
    arrays = {(schema, name): oids.of("type", schema, f"_{name}") for schema, name in [*named, *enums]}
    constraints = {
        key: oids.of("constraint", *key)
        for key in sorted((one.schema, one.table, one.name) for one in objects.constraints)
    }
    functions = tuple(
        oids.of("function", one.schema, one.name, *(name for name, _ in one.arguments)) for one in objects.functions
    )
    defaults = {
        (one.schema, one.name, column.name): oids.of("default", one.schema, one.name, column.name)
        for one in relations
        for column in one.columns
        if column.default is not None
    }
    rules = {(one.schema, one.name): oids.of("rule", one.schema, one.name) for one in relations if one.kind == "v"}
    databases = {name: oids.of("database", name) for name in sorted({*objects.databases, objects.database})}
    roles = {one.name: oids.of("role", one.name) for one in objects.roles}
    return Numbering(
        schemas, classes, row_types, arrays, enums, constraints, functions, defaults, rules, databases,
        databases[objects.database], roles,
    )  # fmt: skip
