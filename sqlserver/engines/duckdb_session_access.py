"""What one session's role leaves to be checked, and what of it was checked already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from sqlserver.core.roles import Authority, Role
from sqlserver.engines.duckdb_access import Inspection, Moment, allowed
from sqlserver.engines.engine import ParsedStatement

if TYPE_CHECKING:
    from sqlserver.engines.duckdb_database import DuckDBDatabase

_REMEMBERED = 256


class SessionAccess:
    """``begins`` is called where the session begins a transaction, so that it is one that suits the role."""

    def __init__(self, database: DuckDBDatabase, authority: Authority) -> None:
        self._database = database
        self._authority = authority
        self._read_only = False
        self._begun_at = Begun()
        self._inspected: set[tuple[str, bool]] = set()
        self._inspected_at = -1

    @property
    def user(self) -> str:
        return self._authority.user

    def begins(self) -> str:
        """The statement that begins it."""
        self._read_only = self._authority.role() < Role.ANALYST
        self._begun_at = self._now()
        return "BEGIN TRANSACTION READ ONLY" if self._read_only else "BEGIN TRANSACTION"

    def inspection(self, statement: ParsedStatement, in_transaction: bool, *, runs: bool = True) -> Inspection | None:
        """None where nothing is to be checked on the connection. 42501 for what the role may not run at all."""
        read_only = not runs or (self._read_only and in_transaction)
        return allowed(statement, self._authority.role(), self._database.parser.parse, read_only=read_only)

    def inspect(
        self,
        connection: duckdb.DuckDBPyConnection,
        inspection: Inspection | None,
        in_transaction: bool,
        writes: Callable[[str], bool],
        *,
        changed: bool,
    ) -> None:
        """On a worker thread. ``writes`` binds a query, ``changed``: the transaction may have changed definitions.
        Raises 42501, or what is wrong with the statement."""
        if inspection is None:
            return
        begun = self._begun_at if in_transaction else self._now()
        if self._inspected_at != begun.changes or len(self._inspected) >= _REMEMBERED:
            self._inspected.clear()
            self._inspected_at = begun.changes
        if inspection.lasting and (inspection.text, inspection.writes) in self._inspected:
            return  # nothing that it names has changed since
        inspection.check(connection, self._database.definitions, Moment(begun.definitions, changed), writes)
        self._inspected.add((inspection.text, inspection.writes))

    def _now(self) -> Begun:
        return Begun(self._database.changes.count, self._database.changes.definitions)


@dataclass(frozen=True, slots=True)
class Begun:
    """The counts of what had changed by then."""

    changes: int = 0
    definitions: int = 0
