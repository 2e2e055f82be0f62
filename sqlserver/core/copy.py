"""COPY between a session and a front end: the front end reads and writes the formats, the session knows the rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import pyarrow as pa

from sqlserver.core.result import Column, CommandTag

CopyFormat = Literal["text", "csv", "binary"]
Header = Literal["off", "on", "match"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """``name`` is PostgreSQL's, ``codec`` Python's."""

    name: str
    codec: str


UTF8 = Encoding("UTF8", "utf-8")


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """PostgreSQL's options, defaults filled in. The sets of column names hold ``*`` where all are meant."""

    format: CopyFormat = "text"
    delimiter: str = "\t"
    null: str = "\\N"
    header: Header = "off"
    quote: str = '"'
    escape: str = '"'
    force_quote: Collection[str] = ()
    force_null: Collection[str] = ()
    force_not_null: Collection[str] = ()
    encoding: Encoding = UTF8
    """Of text and csv."""


class CopySink(Protocol):
    """Takes the rows of a COPY FROM STDIN. One call at a time; after an error only ``abort``."""

    async def write(self, rows: pa.RecordBatch, line: int) -> None:
        """``rows``: the columns of ``CopyIn.columns`` in their order, as strings in PostgreSQL's text form or already
        as values of the type. ``line``: that of the first row, from 1, for errors; 0 where there are no lines.
        """
        ...

    async def finish(self) -> CommandTag: ...

    async def abort(self) -> None:
        """Nothing more comes, and nothing of what came is kept: the transaction fails."""
        ...


@dataclass(frozen=True, slots=True)
class CopyIn:
    """What a COPY FROM STDIN takes. ``table`` is the name that errors tell."""

    table: str
    columns: Sequence[Column]
    options: CopyOptions
    sink: CopySink


def copy_place(table: str, line: int, column: str = "", value: str | None = None) -> str:
    """Where a fault is, in PostgreSQL's words: ``COPY t, line 3, column b: "x"``."""
    place = f"COPY {table}, line {line}" if line else f"COPY {table}"
    if column:
        place += f", column {column}"
    if value is None:
        return place
    shown = value if len(value) <= 100 else value[:100] + "..."
    return f'{place}: "{shown}"'
