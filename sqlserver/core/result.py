"""What executing a statement gives: a command tag and, for statements that return rows, typed Arrow batches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from sqlserver.core.pgtypes import PgType

if TYPE_CHECKING:
    from sqlserver.core.copy import CopyIn, CopyOptions


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a RowDescription. ``relation`` and ``number``: the OID of the table or view whose column it is as
    it stands, and its number there; 0 where it is none."""

    name: str
    type: PgType
    typmod: int = -1
    relation: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class CommandTag:
    """``SELECT`` with ``counts_rows`` becomes ``SELECT 5``; ``INSERT 0 5`` is whole as it stands."""

    text: str
    counts_rows: bool = False

    def render(self, rows: int) -> str:
        return f"{self.text} {rows}" if self.counts_rows else self.text


class Rows:
    """Arrow batches, taken in pieces of any size: a portal may stop in the middle of one.

    The batches' columns stand in the order of the result's ``columns``. ``complete``: all of them are here, the
    statement has run to its end. What the rows need is freed by ``when_done``: a generator that was never begun does
    not run its ``finally`` when it is closed.
    """

    def __init__(self, batches: AsyncIterator[pa.RecordBatch], *, complete: bool = False) -> None:
        self._batches = batches
        self._rest: pa.RecordBatch | None = None
        self.complete = complete
        self.exhausted = False
        self._when_done: list[Callable[[], Awaitable[None]]] = []

    def when_done(self, release: Callable[[], Awaitable[None]]) -> Rows:
        """``release`` is awaited once: when the rows have ended, failed or are closed, taken or not."""
        self._when_done.append(release)
        self.complete = False
        return self

    async def take(self, limit: int | None = None) -> pa.RecordBatch | None:
        """The next non-empty batch of at most ``limit`` rows, or None at the end."""
        batch = self._rest
        self._rest = None
        while batch is None or batch.num_rows == 0:
            try:
                batch = await anext(self._batches)
            except StopAsyncIteration:
                self.exhausted = True
                await self._release()
                return None
            except BaseException:
                await self._release()
                raise
        if limit is not None and batch.num_rows > limit:
            self._rest = batch.slice(limit)
            batch = batch.slice(0, limit)
        return batch

    async def close(self) -> None:
        """Stops the producer; nothing may be taken afterwards."""
        close = getattr(self._batches, "aclose", None)
        if close is not None:
            await close()
        self._rest = None
        self.exhausted = True
        await self._release()

    async def _release(self) -> None:
        while self._when_done:
            await self._when_done.pop()()


@dataclass(slots=True)
class Result:
    """``columns`` is None for statements that describe no rows; ``empty_query`` for an empty string. With
    ``copy_out`` the rows go as COPY data, with ``copy_in`` they come so and the tag is the sink's.

    The tag is read after the rows are drained.
    """

    tag: CommandTag
    columns: tuple[Column, ...] | None = None
    rows: Rows | None = None
    empty_query: bool = False
    copy_in: CopyIn | None = None
    copy_out: CopyOptions | None = None


def rows_of(*batches: pa.RecordBatch) -> Rows:
    """Rows that are there already."""

    async def each() -> AsyncIterator[pa.RecordBatch]:
        for batch in batches:
            yield batch

    return Rows(each())
