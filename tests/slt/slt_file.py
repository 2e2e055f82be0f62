"""Reading sqllogictest files.

The format is sqllogictest's with these records (https://sqlite.org/sqllogictest, and DuckDB's notes on it):

    statement ok                     statement ok MARK 2
    <SQL>                            <SQL>                 the command tag is checked too

    statement error 42601            query IT rowsort      types I integer, R real, T text; nosort or rowsort
    <SQL>                            <SQL>
                                     ----
                                     1 one                 cells separated by a tab or, where no cell has one, a space

    calls 5                          model calls since the last ``calls`` record
    notice Injected 2 training       a notice of the last statement that holds this text

A record ends at an empty line; ``#`` opens a comment line. NULL is NULL, an empty string (empty), true and false are
true and false, a real has six decimals at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Record:
    """``expected`` is the tag of a statement, the SQLSTATE of an error, the rows of a query, the text of a notice."""

    kind: Literal["statement", "error", "query", "calls", "notice"]
    line: int
    sql: str = ""
    types: str = ""
    rowsort: bool = False
    expected: str | int | tuple[str, ...] = ""


def read_slt(path: Path) -> Iterator[Record]:
    """The records in order. Raises ValueError with file and line for what is not one."""
    block: list[str] = []
    start = 0
    for number, line in enumerate([*path.read_text().splitlines(), ""], 1):
        if line.strip() and not (line.startswith("#") and not block):
            if not block:
                start = number
            block.append(line)
        elif block and not line.strip():
            yield _record(path, start, block)
            block = []


def _record(path: Path, line: int, block: list[str]) -> Record:
    words = block[0].split()
    body = block[1:]
    match words:
        case ["statement", "ok", *tag]:
            return Record("statement", line, "\n".join(body), expected=" ".join(tag))
        case ["statement", "error", sqlstate]:
            return Record("error", line, "\n".join(body), expected=sqlstate)
        case ["query", types, *sort] if sort in ([], ["rowsort"], ["nosort"]) and "----" in body:
            end = body.index("----")
            rows = tuple(body[end + 1 :])
            return Record("query", line, "\n".join(body[:end]), types, sort == ["rowsort"], rows)
        case ["calls", count]:
            return Record("calls", line, expected=int(count))
        case ["notice", *text]:
            return Record("notice", line, expected=" ".join(text))
    raise ValueError(f"{path}:{line}: not a record: {block[0]}")
