"""Replays recorded statements against a running server and compares what it says with what PostgreSQL said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg import pq

from sqlserver.catalog.semantic_operators import ALL_RELATIONS
from tests.clients_replay.recorded import Recorded

OURS = frozenset(ALL_RELATIONS)
"""The log relations, which stand among the user's objects here and in no PostgreSQL."""
_SKIPPED = re.compile(r"\s*copy\b", re.IGNORECASE)  # the data of a COPY was not recorded


@dataclass(frozen=True, slots=True)
class Outcome:
    """``same_rows`` None where the rows depend on user objects. ``detail`` says what differs."""

    statement: Recorded
    runs: bool
    same_columns: bool
    same_rows: bool | None
    detail: str = ""


def replay(url: str, statements: Iterable[Recorded]) -> list[Outcome]:
    """Runs them in order on one connection; the outcomes of those that count."""
    connection = pq.PGconn.connect(url.encode())
    try:
        if connection.status != pq.ConnStatus.OK:
            raise RuntimeError(connection.error_message.decode())
        outcomes = []
        for statement in statements:
            if _SKIPPED.match(statement.sql):
                continue
            outcome = _outcome(connection, statement)
            if connection.transaction_status == pq.TransactionStatus.INERROR:
                # What follows stands in the same block at PostgreSQL, where this statement did not fail.
                connection.exec_(b"ROLLBACK")
                connection.exec_(b"BEGIN")
            if statement.counts:
                outcomes.append(outcome)
        return outcomes
    finally:
        connection.finish()


def _outcome(connection: pq.PGconn, statement: Recorded) -> Outcome:
    if statement.extended:
        values = [None if value is None else value.encode() for value in statement.parameters]
        result = connection.exec_params(statement.sql.encode(), values)
    else:
        result = connection.exec_(statement.sql.encode())
    compares = None if statement.rows is None else False
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY):
        return Outcome(statement, False, False, compares, result.error_message.decode().strip())
    columns = range(result.nfields)
    names = tuple((result.fname(column) or b"").decode() for column in columns)
    oids = tuple(result.ftype(column) for column in columns)
    details = []
    if names != statement.names:
        details.append(f"labels {_differing(names, statement.names)}")
    if oids != statement.oids:
        details.append(f"types {_differing(list(zip(names, oids, strict=True)), statement.oids)}")
    same_columns = not details
    same_rows = None
    if statement.rows is not None:
        rows = [_decoded(result, row) for row in range(result.ntuples)]
        rows = [row for row in rows if not OURS.intersection(row)]
        same_rows = sorted(map(str, rows)) == sorted(map(str, statement.rows))
        if not same_rows:
            ours = [row for row in rows if row not in statement.rows][:2]
            theirs = [row for row in statement.rows if row not in rows][:2]
            details.append(f"{len(rows)} rows for {len(statement.rows)}: ours {ours} theirs {theirs}")
    return Outcome(statement, True, same_columns, same_rows, "; ".join(details))


def _decoded(result: pq.PGresult, row: int) -> tuple[str | None, ...]:
    values = (result.get_value(row, column) for column in range(result.nfields))
    return tuple(None if value is None else value.decode() for value in values)


def _differing(ours: Sequence[object], theirs: Sequence[object]) -> str:
    if len(ours) != len(theirs):
        return f"{len(ours)} columns for {len(theirs)}"
    return str([pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1] and pair[1:] != pair[0][1:]][:6])


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line a client and category, and one for all: how many ran, had PostgreSQL's columns, its rows."""
    lines = []
    keys = sorted({(o.statement.client, o.statement.category) for o in outcomes})
    groups = [
        (
            f"{client} {category}",
            [o for o in outcomes if (o.statement.client, o.statement.category) == (client, category)],
        )
        for client, category in keys
    ]
    for name, group in [*groups, ("all", list(outcomes))]:
        rows = [o for o in group if o.same_rows is not None]
        lines.append(
            f"{name:40} {len(group):4}  run {_percent(sum(o.runs for o in group), len(group))}"
            f"  columns {_percent(sum(o.same_columns for o in group), len(group))}"
            f"  rows {_percent(sum(bool(o.same_rows) for o in rows), len(rows))} of {len(rows)}"
        )
    return "\n".join(lines)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f}%" if whole else "    -"
