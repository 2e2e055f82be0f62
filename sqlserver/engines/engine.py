"""What the session and the executor know of an engine: statements, descriptions, results, and two Protocols.

Positions are character offsets. A SessionEngine holds one transaction and runs one operation at a time; every
method but ``parse``, ``can_parse`` and ``interrupt`` leaves the event loop for a worker thread.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sqlserver.catalog.objects import ConstraintObject
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.declared import Declared
from sqlserver.core.pgtypes import PgType
from sqlserver.core.result import Column, Rows
from sqlserver.engines.duckdb_catalog import Relation, ServerObjects


class StatementKind(StrEnum):
    """As far as command tags and the session's decisions need it."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    MERGE = "merge"
    CREATE = "create"
    CREATE_TABLE_AS = "create_table_as"
    ALTER = "alter"
    DROP = "drop"
    TRUNCATE = "truncate"
    TRANSACTION = "transaction"
    COPY = "copy"
    EXPLAIN = "explain"
    SET = "set"
    SHOW = "show"
    PREPARE = "prepare"
    EXECUTE = "execute"
    ATTACH = "attach"
    OTHER = "other"


COUNTED = frozenset(
    {
        StatementKind.SELECT,
        StatementKind.INSERT,
        StatementKind.UPDATE,
        StatementKind.DELETE,
        StatementKind.MERGE,
        StatementKind.CREATE_TABLE_AS,
        StatementKind.COPY,
    }
)
"""The kinds whose command tag ends in a row count."""


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """One statement of a text.

    ``text`` is as written, comments before it included, without the closing semicolon; ``start`` its offset in the
    whole text, from 0. ``parameters`` are the names after the dollar, numbers ascending: ("1", "2").
    ``tag`` is PostgreSQL's command tag without the count: ``INSERT 0``, ``CREATE TABLE``, ``BEGIN``.
    """

    kind: StatementKind
    text: str
    start: int
    parameters: tuple[str, ...] = ()
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What a statement takes and gives, found without running it. ``columns`` None: it returns no rows."""

    parameter_types: tuple[PgType, ...]
    columns: tuple[Column, ...] | None


@dataclass(frozen=True, slots=True)
class EngineResult:
    """``rows`` go with ``columns``. ``affected``: rows inserted, updated, deleted or copied, None where not counted.

    ``tag`` as in ParsedStatement, except that COMMIT of a failed transaction gives ``ROLLBACK``.
    """

    kind: StatementKind
    columns: tuple[Column, ...] | None
    rows: Rows | None
    affected: int | None
    tag: str = ""


class SessionEngine(Protocol):
    """One session's door to its database. Errors are ServerError; positions count from the text that was given."""

    @property
    def in_transaction(self) -> bool: ...

    @property
    def transaction_failed(self) -> bool: ...

    def parse(self, sql: str) -> tuple[ParsedStatement, ...]: ...

    def can_parse(self, sql: str) -> bool: ...

    def function_exists(self, name: str) -> bool: ...

    async def execute(self, sql: str, parameters: Sequence[BoundParameter] = ()) -> EngineResult: ...

    async def describe(self, sql: str, parameter_oids: Sequence[int] = ()) -> Description: ...

    async def binds(self, sql: str) -> bool: ...

    async def declared(self) -> tuple[Declared, ...]: ...

    async def committed_constraints(self, table: Sequence[str]) -> tuple[ConstraintObject, ...]: ...

    async def declare(self, changes: Sequence[str]) -> None: ...

    @property
    def catalog_version(self) -> int: ...

    @property
    def catalog_private(self) -> bool: ...

    async def prepare_catalog(
        self,
        relations: Collection[Relation],
        server: ServerObjects,
        names: Collection[tuple[str, str]] = (),
        statement: str = "",
    ) -> None: ...

    async def load_table(self, name: str, table: Any) -> None: ...

    async def drop_table(self, name: str) -> None: ...

    async def begin(self) -> None: ...

    async def commit(self) -> bool: ...

    async def rollback(self) -> None: ...

    async def resume(self) -> bool: ...

    async def set_time_zone(self, zone: str) -> None: ...

    async def set_search_path(self, schemas: Sequence[str]) -> None: ...

    def interrupt(self) -> None: ...

    async def close(self) -> None: ...


class Database(Protocol):
    """One database that sessions share."""

    def session(self) -> SessionEngine: ...

    def close(self) -> None: ...
