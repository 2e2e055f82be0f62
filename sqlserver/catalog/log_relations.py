"""The log and training relations as a user sees them: columns in order, their types, what they mean.

The types are fixed here and not read from ClickHouse, so that a statement can be planned and described without asking
the store; a contract test compares this table with what the store gives. All times are UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlserver.core.pgtypes import BOOL, FLOAT8, INT4, INT8, TEXT, TIMESTAMPTZ, PgType, array_of


@dataclass(frozen=True, slots=True)
class LogColumn:
    """``duckdb_type`` is a DuckDB type as text, upper case; ``store_type`` ClickHouse's, without LowCardinality;
    ``type`` what a RowDescription says."""

    name: str
    duckdb_type: str
    store_type: str
    type: PgType
    nullable: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class LogRelation:
    """``source`` is the ClickHouse table or view that is read; ``insertable`` tells whether INSERT is accepted."""

    name: str
    comment: str
    columns: tuple[LogColumn, ...]
    insertable: bool = False
    source: str = ""

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> LogColumn | None:
        return next((column for column in self.columns if column.name == name), None)


_TYPES: dict[str, tuple[str, str, PgType]] = {
    "text": ("VARCHAR", "String", TEXT),
    "bool": ("BOOLEAN", "Bool", BOOL),
    "int": ("INTEGER", "Int32", INT4),
    "bigint": ("BIGINT", "Int64", INT8),
    "float": ("DOUBLE", "Float64", FLOAT8),
    "time": ("TIMESTAMP WITH TIME ZONE", "DateTime64(6, 'UTC')", TIMESTAMPTZ),
    "texts": ("VARCHAR[]", "Array(String)", array_of(TEXT)),
}


def _columns(*rows: str) -> tuple[LogColumn, ...]:
    """``name, … type -- comment`` a row; ``type?`` may be NULL."""
    columns = []
    for row in rows:
        names, _, comment = row.partition(" -- ")
        *listed, kind = names.replace(",", " ").split()
        nullable = kind.endswith("?")
        duckdb_type, store_type, pg_type = _TYPES[kind.removesuffix("?")]
        if nullable:
            store_type = f"Nullable({store_type})"
        columns += [LogColumn(name, duckdb_type, store_type, pg_type, nullable, comment) for name in listed]
    return tuple(columns)


_EXAMPLE = (
    "trace_id text -- identity of the answer; what marks refer to",
    "session_id text",
    "timestamp time -- when the call was made",
    "cascade_id, cell_name text",
    "user_input text -- the typed inputs as name: value lines, or the last user message",
    "assistant_output text",
    "system_message text",
    "content_json, inputs_json, model text",
    "cost float -- US dollars",
    "tokens_in, tokens_out bigint",
    "duration_ms float",
    "caller_id text -- the SQL statement",
    "node_type, role text",
)

_RELATIONS = (
    LogRelation(
        "unified_logs",
        "One row for every answered input and every failed attempt",
        _columns(
            "trace_id text -- identity of the answer",
            "request_id text -- shared by the inputs of one request",
            "parent_id, session_id text",
            "caller_id text -- the SQL statement",
            "timestamp time",
            "cascade_id, cascade_version, cell_name, operator, node_type, role, model, provider text",
            "status text -- ok, failed, cancelled, timeout, invalid or unknown",
            "attempt int",
            "full_request_json, full_response_json, content_json, inputs_json text",
            "input_hash, prompt_hash, output, output_hash, cache_key text",
            "example_ids texts -- the examples that were injected",
            "example_set_hash text",
            "tokens_in, tokens_out bigint",
            "cost float -- US dollars",
            "duration_ms float",
            "error, db_user text",
        ),
        insertable=True,
    ),
    LogRelation(
        "training_annotations",
        "The current annotation of every annotated trace",
        _columns(
            "trace_id text",
            "trainable bool -- used as an example",
            "verified bool -- a person checked it",
            "confidence float? -- 0 to 1; a trainable trace without one counts as 1",
            "notes text?",
            "tags texts",
            "annotated_at time",
            "annotated_by text -- human, auto or feedback",
            "corrected_output text? -- what the answer should have been",
            "split text? -- train or test",
        ),
        insertable=True,
        source="training_annotations_current",
    ),
    LogRelation("training_examples_mv", "One row for every usable answer", _columns(*_EXAMPLE)),
    LogRelation(
        "training_examples_with_annotations",
        "Every usable answer with its annotation",
        _columns(
            *_EXAMPLE,
            "trainable, verified bool",
            "confidence float? -- what a person said, else the automatic score, else NULL",
            "notes text?",
            "tags texts",
            "annotated_at time?",
            "annotated_by, corrected_output, split text?",
        ),
    ),
    LogRelation(
        "training_stats_by_cascade",
        "How many answers of each cell are examples",
        _columns(
            "cascade_id, cell_name text",
            "trainable_count, verified_count bigint",
            "avg_confidence float?",
            "total_count bigint",
        ),
    ),
    LogRelation(
        "statement_traces",
        "Which statement used which answer, made for it or found in the cache",
        _columns("caller_id, session_id, trace_id, operator text", "cached bool", "timestamp time"),
    ),
    LogRelation(
        "training_annotation_history",
        "Every change of an annotation, field by field",
        _columns(
            "trace_id, field text",
            "old_value, new_value text?",
            "changed_at time",
            "annotated_by, db_user, caller_id, batch_id text",
            "undoes text -- the batch that this change takes back",
        ),
    ),
    LogRelation(
        "trace_scores",
        "Scores and labels of answers, by people and by judges",
        _columns(
            "trace_id, name text",
            "score float? -- people 1 to 10, machine confidence 0 to 1",
            "label text?",
            "source text -- human, judge or rule",
            "author, comment text",
            "scored_at time",
        ),
        insertable=True,
    ),
    LogRelation(
        "trace_preferences",
        "Pairs of answers, the better one first",
        _columns("preferred_trace_id, other_trace_id text", "tie bool", "notes, author text", "preferred_at time"),
        insertable=True,
    ),
    LogRelation(
        "semantic_errors",
        "Calls that gave no answer",
        _columns(
            "timestamp time",
            "trace_id, session_id, caller_id, db_user, operator, cascade_id, cell_name, model, provider, status text",
            "attempt int",
            "error, inputs_json text",
        ),
    ),
    LogRelation(
        "semantic_usage",
        "Calls, tokens and cost by day, user, operator and model",
        _columns(
            "day time -- its first instant",
            "db_user, operator, cascade_id, model text",
            "calls, failed_calls, tokens_in, tokens_out bigint",
            "cost float -- US dollars",
        ),
    ),
)

LOG_RELATIONS: Mapping[str, LogRelation] = {relation.name: relation for relation in _RELATIONS}
"""By name, lower case."""


def source_of(relation: LogRelation) -> str:
    """The ClickHouse object that is read for ``relation``."""
    return relation.source or relation.name


class LogCatalog:
    """Columns of each log relation as the planner asks for them: relation to column to ClickHouse type, in order."""

    def columns(self, relation: str) -> Mapping[str, str]:
        """Empty for a name that is no log relation."""
        known = LOG_RELATIONS.get(relation.lower())
        return {column.name: column.store_type for column in known.columns} if known else {}
