"""Rows of the log as Arrow: what the spool kept becomes columns of ``unified_logs`` and ``statement_traces``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from sqlserver.catalog.log_relations import LOG_RELATIONS, LogRelation
from sqlserver.core.identity import digest

_ARROW: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
    "VARCHAR[]": pa.list_(pa.string()),
}


def arrow_schema(relation: LogRelation, columns: Sequence[str] | None = None) -> pa.Schema:
    """The Arrow types of ``relation``'s columns, all of them where ``columns`` is None, in the order asked for."""
    chosen = relation.columns if columns is None else [c for name in columns if (c := relation.column(name))]
    return pa.schema([pa.field(column.name, _ARROW[column.duckdb_type]) for column in chosen])


LOG_SCHEMA = arrow_schema(LOG_RELATIONS["unified_logs"])
TRACE_SCHEMA = arrow_schema(LOG_RELATIONS["statement_traces"])


def log_rows(calls: Iterable[tuple[Mapping[str, Any] | None, Mapping[str, Any]]]) -> pa.Table:
    """One row for each outcome, with what its intent said; where the outcome is silent the intent stands in."""
    rows = []
    for spooled_intent, outcome in calls:
        intent = spooled_intent or outcome.get("intent") or {}
        row = {**intent, **{name: value for name, value in outcome.items() if name != "intent"}}
        row["timestamp"] = row.get("timestamp_us")
        row["model"] = outcome["model"] or intent.get("model", "")
        row["full_request_json"] = outcome["full_request_json"] or intent.get("full_request_json", "")
        row["output_hash"] = digest(outcome["output"]) if outcome["output"] else ""
        rows.append(row)
    return table_of(rows, LOG_SCHEMA)


def trace_rows(traces: Iterable[Mapping[str, Any]]) -> pa.Table:
    return table_of([{**trace, "timestamp": trace["timestamp_us"]} for trace in traces], TRACE_SCHEMA)


def table_of(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Columns of ``schema`` from dictionaries that may hold more; microseconds become times."""
    return pa.table(
        [pa.array([_plain(row.get(field.name)) for row in rows], type=field.type) for field in schema], schema=schema
    )


def _plain(value: Any) -> Any:
    """Half a surrogate pair (a model may write one) has no UTF-8: it becomes a question mark."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode()
    return value
