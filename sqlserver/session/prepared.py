"""Prepared statements and portals of one session, by name, with PostgreSQL's lifetimes.

The unnamed ones are replaced by the next of their kind; named portals end with the transaction. Cursors that SQL
declared share their names, and those WITH HOLD live until they are closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from sqlserver.core.client_session import BoundParameter, StatementDescription
from sqlserver.core.errors import InvalidCursorName, InvalidStatementName, ProtocolViolation, ServerError
from sqlserver.core.result import Column, CommandTag, Result, Rows, rows_of
from sqlserver.session.cursor import Cursor, Direction, Movement
from sqlserver.session.statement import Statement


@dataclass(slots=True)
class Prepared:
    """``statement`` None is the empty query. ``description`` is kept once it was asked for."""

    statement: Statement | None
    parameter_oids: tuple[int, ...]
    description: StatementDescription | None = None
    from_sql: bool = False
    prepared_at: datetime = field(default_factory=partial(datetime.now, UTC))

    def check_count(self, name: str, given: int) -> None:
        """08P01 where Bind gives another number of values, as far as the statement's own is known without a look at
        the catalog."""
        parsed = None if self.statement is None else self.statement.parsed
        if self.statement is not None and parsed is None:
            return
        numbers = [int(one) for one in parsed.parameters if one.isdigit()] if parsed is not None else []
        needed = max([len(self.parameter_oids), *numbers])
        if needed != given:
            raise ProtocolViolation(
                f'bind message supplies {given} parameters, but prepared statement "{name}" requires {needed}'
            )


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
        self._cursors: dict[str, Cursor] = {}

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

    def named(self) -> Iterator[tuple[str, Prepared]]:
        yield from ((name, prepared) for name, prepared in self._statements.items() if name)

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

    async def drop_unnamed(self) -> None:
        """A simple query ends the unnamed statement and portal."""
        self._statements.pop("", None)
        if "" in self._portals:
            await self.close("")

    async def open(self, name: str, portal: Portal) -> None:
        if name:
            self.refuse_taken(name)
        else:
            await self.close(name)
        self._portals[name] = portal

    def refuse_taken(self, name: str) -> None:
        if name in self._portals or name in self._cursors:
            raise ServerError(f'cursor "{name}" already exists', sqlstate="42P03")

    def has_portal(self, name: str) -> bool:
        return name in self._portals or name in self._cursors

    def portal(self, name: str) -> Portal:
        portal = self._portals.get(name)
        if portal is None:
            cursor = self._cursors.get(name)
            if cursor is None:
                raise InvalidCursorName(f'portal "{name}" does not exist')
            portal = _as_portal(cursor)
        return portal

    def waiting_portal(self, name: str) -> Portal | None:
        """A portal that was bound and has not begun; asyncpg moves in one before it fetches."""
        portal = self._portals.get(name)
        return portal if portal is not None and portal.result is None else None

    def add_cursor(self, cursor: Cursor) -> None:
        self._cursors[cursor.name] = cursor

    def cursors(self) -> Iterator[Cursor]:
        yield from self._cursors.values()

    def cursor(self, name: str) -> Cursor:
        """Also over a portal of the protocol that has begun. 34000 where there is none."""
        cursor = self._cursors.get(name)
        if cursor is None:
            portal = self._portals.get(name)
            if portal is None or portal.result is None or portal.result.columns is None:
                raise InvalidCursorName(f'cursor "{name}" does not exist')
            rows = portal.result.rows or rows_of()
            cursor = Cursor(name, portal.result.columns, rows, scroll=False, hold=False)
        return cursor

    async def hold_cursors(self) -> None:
        """The transaction commits: cursors WITH HOLD read what is left."""
        for cursor in self._cursors.values():
            if cursor.hold and not cursor.held:
                await cursor.hold_rows()

    async def close(self, name: str) -> None:
        portal = self._portals.pop(name, None)
        if portal is not None:
            await portal.close()
        cursor = self._cursors.pop(name, None)
        if cursor is not None:
            await cursor.close()

    async def close_all(self, *, held: bool = False) -> None:
        """All of this transaction; ``held`` those of earlier ones as well."""
        for name in list(self._portals):
            await self.close(name)
        for name, cursor in list(self._cursors.items()):
            if held or not cursor.held:
                await self.close(name)


def _as_portal(cursor: Cursor) -> Portal:
    """A cursor run by the protocol's Execute: the rows from where it stands."""
    rows = Rows(cursor.move(Movement(Direction.FORWARD, None)))
    result = Result(CommandTag("SELECT", counts_rows=True), cursor.columns, rows)
    described = Prepared(None, (), StatementDescription((), cursor.columns))
    return Portal(described, (), result=result)
