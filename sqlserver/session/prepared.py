"""Prepared statements and portals of one session, by name, with PostgreSQL's lifetimes.

The unnamed ones are replaced by the next of their kind; named portals end with the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlserver.core.client_session import BoundParameter, StatementDescription
from sqlserver.core.errors import InvalidCursorName, InvalidStatementName, ServerError
from sqlserver.core.result import Column, Result
from sqlserver.session.statement import Statement


@dataclass(slots=True)
class Prepared:
    """``statement`` None is the empty query. ``description`` is kept once it was asked for."""

    statement: Statement | None
    parameter_oids: tuple[int, ...]
    description: StatementDescription | None = None


@dataclass(slots=True)
class Portal:
    """``result`` is set by the first Execute; a later one goes on where it stopped."""

    prepared: Prepared
    parameters: Sequence[BoundParameter]
    columns: tuple[Column, ...] | None = None
    result: Result | None = None

    async def close(self) -> None:
        if self.result is not None and self.result.rows is not None:
            await self.result.rows.close()


class PreparedStatements:
    def __init__(self) -> None:
        self._statements: dict[str, Prepared] = {}
        self._portals: dict[str, Portal] = {}

    def add(self, name: str, prepared: Prepared) -> None:
        if name and name in self._statements:
            raise ServerError(f'prepared statement "{name}" already exists', sqlstate="42P05")
        self._statements[name] = prepared

    def statement(self, name: str) -> Prepared:
        prepared = self._statements.get(name)
        if prepared is None:
            shown = f'prepared statement "{name}"' if name else "unnamed prepared statement"
            raise InvalidStatementName(f"{shown} does not exist")
        return prepared

    def remove(self, name: str) -> None:
        """Closing a statement that is not there is no error in the protocol."""
        self._statements.pop(name, None)

    def deallocate(self, name: str | None) -> None:
        """SQL's DEALLOCATE: None means ALL; an unknown name is 26000."""
        if name is None:
            self._statements.clear()
            return
        self.statement(name)
        self.remove(name)

    async def open(self, name: str, portal: Portal) -> None:
        if name in self._portals:
            if name:
                raise ServerError(f'cursor "{name}" already exists', sqlstate="42P03")
            await self.close(name)
        self._portals[name] = portal

    def portal(self, name: str) -> Portal:
        portal = self._portals.get(name)
        if portal is None:
            raise InvalidCursorName(f'portal "{name}" does not exist')
        return portal

    async def close(self, name: str) -> None:
        portal = self._portals.pop(name, None)
        if portal is not None:
            await portal.close()

    async def close_all(self) -> None:
        for name in list(self._portals):
            await self.close(name)
