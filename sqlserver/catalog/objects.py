"""What the catalog's rows are built from: the objects of one database as plain values.

Types are PostgreSQL's already; names are as the user wrote them. ``schema`` is the schema a client sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlserver.core.pgtypes import PgType


@dataclass(frozen=True, slots=True)
class ColumnObject:
    name: str
    type: PgType
    typmod: int = -1
    not_null: bool = False
    default: str | None = None
    generated: bool = False
    comment: str | None = None
    identity: str = ""
    """As in ``pg_attribute.attidentity``: a, d or ''."""


@dataclass(frozen=True, slots=True)
class RelationObject:
    """``kind`` as in ``pg_class.relkind``: r or v. ``definition`` is a view's query."""

    schema: str
    name: str
    kind: str
    columns: tuple[ColumnObject, ...]
    comment: str | None = None
    temporary: bool = False
    rows: int = 0
    definition: str | None = None
    of_server: bool = False
    """Whether the server brings it: a member of the extension ``semantic``."""


@dataclass(frozen=True, slots=True)
class ConstraintObject:
    """``kind`` as in ``pg_constraint.contype``: p, u, f or c. ``definition`` as ``pg_get_constraintdef`` says it."""

    schema: str
    table: str
    name: str
    kind: str
    columns: tuple[str, ...]
    definition: str
    referenced: tuple[str, str] | None = None
    referenced_columns: tuple[str, ...] = ()
    expression: str | None = None
    on_update: str = "a"
    on_delete: str = "a"
    engine_expression: str | None = None
    """A check's condition as DuckDB prints it."""
    deferrable: bool = False
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class IndexObject:
    """``keys`` are column names, or None where the key is the expression at the same place of ``expressions``."""

    schema: str
    table: str
    name: str
    keys: tuple[str | None, ...]
    expressions: tuple[str, ...]
    unique: bool
    primary: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class SequenceObject:
    schema: str
    name: str
    start: int
    minimum: int
    maximum: int
    increment: int
    cycle: bool
    last: int | None
    comment: str | None = None
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class EnumObject:
    schema: str
    name: str
    labels: tuple[str, ...]
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionObject:
    """``kind`` as in ``pg_proc.prokind``: f or a. ``returns`` None: it depends on the arguments."""

    schema: str
    name: str
    arguments: tuple[tuple[str, PgType | None], ...]
    returns: PgType | None
    kind: str = "f"
    returns_set: bool = False
    body: str = ""
    comment: str | None = None
    of_server: bool = False


@dataclass(frozen=True, slots=True)
class RoleObject:
    """A user, or a role that users have. ``member_of`` are roles' names."""

    name: str
    superuser: bool
    can_login: bool
    member_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseObjects:
    """Everything the client's database holds, as one transaction sees it."""

    database: str
    schemas: Mapping[str, str | None]
    """Name to comment."""
    relations: tuple[RelationObject, ...] = ()
    constraints: tuple[ConstraintObject, ...] = ()
    indexes: tuple[IndexObject, ...] = ()
    sequences: tuple[SequenceObject, ...] = ()
    enums: tuple[EnumObject, ...] = ()
    functions: tuple[FunctionObject, ...] = ()
    databases: tuple[str, ...] = field(default=())
    roles: tuple[RoleObject, ...] = ()
