"""The one file that touches DuckDB's connection below its public functions.

Assumes DuckDB 2.0's ``duckdb._seam`` (pinned below 2.1; the tests of this file fail first when it changes). Why not the
public functions: ``execute`` materialises what it hands to Arrow, ``sql`` binds twice and copies what a writing
statement returns (305 µs for SELECT 1 against 206 µs here), and neither tells types without running the statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import duckdb
from duckdb import _seam

VECTOR_SIZE = 2048
"""Rows of DuckDB's unit of work. Streams in this size ran 20M rows of 5 columns in 0.28 s, and a batch shorter than
this is the last one."""

ReturnType = Literal["query_result", "changed_rows", "nothing"]


@dataclass(frozen=True, slots=True)
class Signature:
    """What the binder says of a statement. Types are DuckDB's spelling; ``UNKNOWN`` where a parameter leaves it open.

    ``deferred``: the columns are known only after running (PIVOT). ``writes``: it changes a database.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    parameters: Mapping[str, str]
    return_type: ReturnType
    deferred: bool
    writes: bool


def bind(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None = None) -> Signature:
    """Binds one statement without running it (about 30 µs). With ``values`` its types are those it would run with."""
    found = _seam.bind(connection, sql, values=dict(values) if values else None)
    return Signature(
        tuple(found.names),
        tuple(str(name) for name in found.types),
        {name: str(kind) for name, kind in found.parameters},
        found.return_type,  # type: ignore[arg-type]
        found.deferred,
        found.writes,
    )


def refusal(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]) -> str | None:
    """What the binder says against a text, None where it takes it. For asking about types; an interrupt is raised."""
    try:
        bind(connection, sql, values)
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        return str(error)
    return None


@dataclass(slots=True)
class Submitted:
    """A statement that has run (``materialised``) or has begun to. ``reader`` is a pyarrow RecordBatchReader."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    return_type: ReturnType
    reader: Any


def submit(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    values: Mapping[str, object] | None = None,
    *,
    materialised: bool = False,
) -> Submitted:
    """Starts one statement. What changes data must be ``materialised``: a stream left unread stops half way."""
    form = "arrow" if materialised else "stream"
    result = _seam.submit(connection, sql, dict(values) if values else None, form, VECTOR_SIZE)
    description = result.description or []
    names = tuple([column[0] for column in description])
    types = tuple([str(column[1]) for column in description])
    return_type: ReturnType = result.return_type
    if not description:
        reader = None
    elif materialised:
        reader = result.arrow_table().to_reader()
    else:
        reader = result.arrow_reader()
    return Submitted(names, types, return_type, reader)


def table_kind(connection: duckdb.DuckDBPyConnection, path: tuple[str, ...]) -> str:
    """Whether a name means a ``table``, a ``view`` or ``none`` of the two (a file, say) on this connection."""
    return str(_seam.table_kind(connection, path if len(path) > 1 else path[0]))
