"""What the planner of log relations hands to execution: what to read, and the statement that reads the copies.

A pushed predicate is always repeated by the statement itself, so it may keep too many rows but never too few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ComparisonSign = Literal["=", "<>", "<", "<=", ">", ">=", "LIKE", "ILIKE", "IN"]


@dataclass(frozen=True, slots=True)
class Known:
    """A constant that is known while planning: str, bool or int."""

    value: str | bool | int


@dataclass(frozen=True, slots=True)
class Parameter:
    """``$n``, n from 1."""

    number: int


@dataclass(frozen=True, slots=True)
class EngineConstant:
    """A constant expression that DuckDB evaluates in the statement's own transaction (``now() - INTERVAL 1 DAY``).

    ``sql`` is a TIMESTAMPTZ or NULL.
    """

    sql: str


Constant = Known | Parameter | EngineConstant


@dataclass(frozen=True, slots=True)
class Comparison:
    """``column sign constant``; a bool column alone is ``column = true``. ``exact`` False: it keeps too many rows."""

    column: str
    sign: ComparisonSign
    constants: tuple[Constant, ...]
    exact: bool = True


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Predicate, ...]


Predicate = Comparison | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class SortKey:
    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RelationRead:
    """One reference of the statement: read ``relation`` into the DuckDB relation ``private_name``.

    ``limit`` (with ``order_by``) holds only if every one of ``predicates`` can be applied.
    """

    relation: str
    private_name: str
    columns: tuple[str, ...]
    predicates: tuple[Predicate, ...] = ()
    order_by: tuple[SortKey, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Splice:
    """Characters ``start`` to ``end`` (exclusive) of the client's text become ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class LogRelationPlan:
    """``sql`` is the client's text with each reference renamed, all else byte for byte.

    ``macros`` are the statements that give DuckDB the ClickHouse functions it lacks. ``clickhouse_sql`` is set where
    the whole statement goes to the store instead, as one query: then there are no reads.
    """

    sql: str
    reads: tuple[RelationRead, ...] = ()
    splices: tuple[Splice, ...] = ()
    macros: tuple[str, ...] = ()
    clickhouse_sql: str | None = None

    def client_position(self, position: int) -> int:
        """A character position of ``sql`` (from 1) as a position of the client's text (from 1)."""
        shift = 0
        for splice in self.splices:
            start = splice.start + shift
            if position - 1 < start:
                break
            if position - 1 < start + len(splice.text):
                return splice.start + 1
            shift += len(splice.text) - (splice.end - splice.start)
        return position - shift


def apply_splices(sql: str, splices: tuple[Splice, ...]) -> str:
    """``splices`` in text order, not overlapping."""
    pieces: list[str] = []
    at = 0
    for splice in splices:
        pieces += (sql[at : splice.start], splice.text)
        at = splice.end
    return "".join((*pieces, sql[at:]))
