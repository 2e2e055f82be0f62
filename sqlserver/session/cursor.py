"""A cursor that SQL declared: rows of one query, fetched in pieces, forward and (with SCROLL) backward.

Rows stay in the engine until they are fetched. A SCROLL cursor keeps what it has given, since DuckDB cannot run a query
backwards; a cursor WITH HOLD takes all that is left into memory when its transaction commits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

import pyarrow as pa

from sqlserver.core.errors import ServerError
from sqlserver.core.result import Column, Rows


class Direction(Enum):
    """FORWARD and BACKWARD take a count (None: all); the other two a position."""

    FORWARD = "forward"
    BACKWARD = "backward"
    ABSOLUTE = "absolute"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True)
class Movement:
    """``count`` None means ALL."""

    direction: Direction
    count: int | None


class Cursor:
    """``position`` is the row it stands on: 0 before the first, one more than the rows after the last."""

    def __init__(
        self, name: str, columns: tuple[Column, ...], rows: Rows, *, scroll: bool, hold: bool, sql: str = ""
    ) -> None:
        self.name = name
        self.sql = sql
        self.opened_at = datetime.now(UTC)
        self.columns = columns
        self.hold = hold
        self.held = False
        self.position = 0
        self._rows = rows
        self.scroll = scroll
        self._kept: list[pa.RecordBatch] = []
        self._kept_rows = 0
        self._first_kept = 1
        self._ended = False

    async def move(self, movement: Movement) -> AsyncIterator[pa.RecordBatch]:
        """The rows in the order asked for, in pieces. 55000 where it would go back without SCROLL."""
        match movement.direction:
            case Direction.FORWARD if movement.count is None or movement.count > 0:
                pieces = self._forward(movement.count)
            case Direction.BACKWARD if movement.count is None or movement.count > 0:
                pieces = self._backward(movement.count)
            case Direction.FORWARD | Direction.BACKWARD if movement.count == 0:
                pieces = self._again()
            case Direction.FORWARD:
                pieces = self._backward(-(movement.count or 0))
            case Direction.BACKWARD:
                pieces = self._forward(-(movement.count or 0))
            case Direction.RELATIVE:
                pieces = self._to(self.position + (movement.count or 0))
            case _:
                pieces = self._to(await self._absolute(movement.count or 0))
        async for piece in pieces:
            yield piece

    async def hold_rows(self) -> None:
        """Its transaction commits: what is left is read now."""
        taken: list[pa.RecordBatch] = []
        while (batch := await self._rows.take()) is not None:
            taken.append(batch)
        await self._rows.close()
        self._rows = Rows(_each(taken))
        self.held = True

    async def close(self) -> None:
        self._kept.clear()
        await self._rows.close()

    async def _forward(self, count: int | None) -> AsyncIterator[pa.RecordBatch]:
        left = count
        while left is None or left > 0:
            batch = self._kept_after(self.position, left)
            if batch is None:
                batch = None if self._ended else await self._rows.take(left)
                if batch is None:
                    self._ended = True
                    self.position = self._last() + 1
                    return
                self._keep(batch)
            self.position += batch.num_rows
            left = None if left is None else left - batch.num_rows
            yield batch

    async def _backward(self, count: int | None) -> AsyncIterator[pa.RecordBatch]:
        self._refuse_back()
        left = self.position - 1 if count is None else count
        while left > 0 and self.position > 1:
            self.position -= 1
            left -= 1
            yield self._row(self.position)
        if left > 0 or count is None:
            self.position = 0

    async def _again(self) -> AsyncIterator[pa.RecordBatch]:
        if self.position >= 1 and self._kept_rows and self.position <= self._last():
            yield self._row(self.position)

    async def _to(self, target: int) -> AsyncIterator[pa.RecordBatch]:
        if target < self.position:
            self._refuse_back()
        if target <= 0:
            self.position = 0
            return
        if target == self.position:
            async for piece in self._again():
                yield piece
            return
        if target < self.position:
            self.position = target
            yield self._row(target)
            return
        async for _ in self._forward(target - self.position - 1):
            pass
        async for piece in self._forward(1):
            yield piece

    async def _absolute(self, target: int) -> int:
        if target >= 0:
            return target
        self._refuse_back()
        async for _ in self._forward(None):
            pass
        return self._last() + 1 + target

    def _refuse_back(self) -> None:
        if not self.scroll:
            raise ServerError(
                "cursor can only scan forward",
                sqlstate="55000",
                hint="Declare it with SCROLL option to enable backward scan.",
            )

    def _last(self) -> int:
        return self._first_kept + self._kept_rows - 1

    def _keep(self, batch: pa.RecordBatch) -> None:
        """All of it with SCROLL; else the last piece, for FETCH 0."""
        if not self.scroll:
            self._first_kept += self._kept_rows
            self._kept, self._kept_rows = [], 0
        self._kept.append(batch)
        self._kept_rows += batch.num_rows

    def _kept_after(self, position: int, limit: int | None) -> pa.RecordBatch | None:
        start = self._first_kept
        for batch in self._kept:
            if position < start + batch.num_rows - 1 and position >= start - 1:
                piece = batch.slice(position - start + 1)
                return piece if limit is None or piece.num_rows <= limit else piece.slice(0, limit)
            start += batch.num_rows
        return None

    def _row(self, position: int) -> pa.RecordBatch:
        found = self._kept_after(position - 1, 1)
        if found is None:
            raise ServerError(f"row {position} of cursor {self.name} is not kept")
        return found


async def _each(batches: list[pa.RecordBatch]) -> AsyncIterator[pa.RecordBatch]:
    for batch in batches:
        yield batch
