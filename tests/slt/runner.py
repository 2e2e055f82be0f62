"""Running the records of a sqllogictest file over one connection, by the simple or the extended protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Literal

import psycopg
from psycopg import ClientCursor

from tests.slt.slt_file import Record

Protocol = Literal["simple", "extended"]


class RecordFailed(AssertionError):
    """A record did not hold; the message names file line, SQL, what was expected and what came."""


class SltRun:
    """One file's run. ``calls`` gives the model calls made so far."""

    def __init__(self, connection: psycopg.Connection[Any], protocol: Protocol, calls: Callable[[], int]) -> None:
        self._cursor: Any = ClientCursor(connection) if protocol == "simple" else connection.cursor()
        self._prepare = protocol == "extended"
        self._calls = calls
        self._counted = calls()
        self._notices: list[str] = []
        connection.add_notice_handler(lambda notice: self._notices.append(notice.message_primary or ""))

    def run(self, records: Iterable[Record]) -> int:
        """The number of records that held. Raises RecordFailed at the first that does not."""
        checks = {
            "statement": self._statement,
            "error": self._error,
            "query": self._query,
            "calls": self._count_calls,
            "notice": self._notice,
        }
        count = 0
        for record in records:
            checks[record.kind](record)
            count += 1
        return count

    def _execute(self, record: Record) -> None:
        self._notices.clear()
        if self._prepare:
            self._cursor.execute(record.sql, prepare=True)
        else:
            self._cursor.execute(record.sql)

    def _statement(self, record: Record) -> None:
        try:
            self._execute(record)
        except psycopg.Error as error:
            raise RecordFailed(f"line {record.line}: {record.sql}\n{error.sqlstate}: {error}") from error
        if record.expected:
            self._compare(record, record.expected, self._cursor.statusmessage)

    def _error(self, record: Record) -> None:
        try:
            self._execute(record)
        except psycopg.Error as error:
            self._compare(record, record.expected, error.sqlstate, str(error))
        else:
            raise RecordFailed(f"line {record.line}: {record.sql}\nran, but {record.expected} was expected")

    def _query(self, record: Record) -> None:
        try:
            self._execute(record)
        except psycopg.Error as error:
            raise RecordFailed(f"line {record.line}: {record.sql}\n{error.sqlstate}: {error}") from error
        columns = len(self._cursor.description or ())
        if columns != len(record.types):
            raise RecordFailed(f"line {record.line}: {record.sql}\n{columns} columns, but types {record.types}")
        tabbed = isinstance(record.expected, tuple) and any("\t" in row for row in record.expected)
        found = [("\t" if tabbed else " ").join(_shown(cell) for cell in row) for row in self._cursor.fetchall()]
        expected = list(record.expected) if isinstance(record.expected, tuple) else []
        if record.rowsort:
            found, expected = sorted(found), sorted(expected)
        self._compare(record, expected, found)

    def _count_calls(self, record: Record) -> None:
        now = self._calls()
        made, self._counted = now - self._counted, now
        self._compare(record, record.expected, made)

    def _notice(self, record: Record) -> None:
        if not any(str(record.expected) in notice for notice in self._notices):
            raise RecordFailed(f"line {record.line}: no notice holds {record.expected!r}; said: {self._notices}")

    @staticmethod
    def _compare(record: Record, expected: object, found: object, words: str = "") -> None:
        if expected != found:
            raise RecordFailed(f"line {record.line}: {record.sql}\nexpected {expected}\nfound    {found} {words}")


def _shown(cell: object) -> str:
    if cell is None:
        return "NULL"
    if cell == "":
        return "(empty)"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float | Decimal):
        return f"{cell:.6f}".rstrip("0").rstrip(".")
    return str(cell)
