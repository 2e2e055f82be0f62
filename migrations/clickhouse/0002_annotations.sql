-- Annotations: the table users insert into is the append-only history; the current state is derived from it.

-- NULL means "not said": the trace keeps what it had. `clears` names fields that go back to "never said".
-- seq is the order of the store, so that any writer gets one; a statement of a foreign client is its own batch.
CREATE TABLE IF NOT EXISTS training_annotations ${on_cluster} (
    trace_id String,
    trainable Nullable(Bool),
    verified Nullable(Bool),
    confidence Nullable(Float64),
    notes Nullable(String),
    tags Array(String),
    annotated_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
    annotated_by LowCardinality(String) DEFAULT 'human',
    corrected_output Nullable(String),
    split LowCardinality(Nullable(String)),
    clears Array(LowCardinality(String)),
    batch_id String DEFAULT initialQueryID(),
    undoes String,
    db_user LowCardinality(String) DEFAULT currentUser(),
    caller_id String,
    seq UInt64 DEFAULT generateSnowflakeID() CODEC(Delta, ZSTD(1)),
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_batch batch_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${replicated}MergeTree
ORDER BY seq
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Each field holds the last thing said about it as (seq, value); (0, …) was never said, (seq, NULL) was taken back.
CREATE TABLE IF NOT EXISTS annotation_state ${on_cluster} (
    trace_id String,
    trainable SimpleAggregateFunction(max, Tuple(UInt64, Nullable(Bool))),
    verified SimpleAggregateFunction(max, Tuple(UInt64, Nullable(Bool))),
    confidence SimpleAggregateFunction(max, Tuple(UInt64, Nullable(Float64))),
    notes SimpleAggregateFunction(max, Tuple(UInt64, Nullable(String))),
    tags SimpleAggregateFunction(max, Tuple(UInt64, Array(String))),
    corrected_output SimpleAggregateFunction(max, Tuple(UInt64, Nullable(String))),
    split SimpleAggregateFunction(max, Tuple(UInt64, Nullable(String))),
    annotated SimpleAggregateFunction(max, Tuple(UInt64, DateTime64(6, 'UTC'), String)),
    seq SimpleAggregateFunction(max, UInt64)
)
ENGINE = ${replicated}AggregatingMergeTree
ORDER BY trace_id
SETTINGS index_granularity = 1024;

-- Columns are qualified: an alias of the same name would win over the column.
CREATE MATERIALIZED VIEW IF NOT EXISTS annotation_state_of_events ${on_cluster} TO annotation_state AS
SELECT event.trace_id AS trace_id,
       (if(event.trainable IS NOT NULL OR has(event.clears, 'trainable'), event.seq, 0), event.trainable) AS trainable,
       (if(event.verified IS NOT NULL OR has(event.clears, 'verified'), event.seq, 0), event.verified) AS verified,
       (if(event.confidence IS NOT NULL OR has(event.clears, 'confidence'), event.seq, 0), event.confidence) AS confidence,
       (if(event.notes IS NOT NULL OR has(event.clears, 'notes'), event.seq, 0), event.notes) AS notes,
       (if(notEmpty(event.tags) OR has(event.clears, 'tags'), event.seq, 0), event.tags) AS tags,
       (if(event.corrected_output IS NOT NULL OR has(event.clears, 'corrected_output'), event.seq, 0), event.corrected_output) AS corrected_output,
       (if(event.split IS NOT NULL OR has(event.clears, 'split'), event.seq, 0), CAST(event.split, 'Nullable(String)')) AS split,
       (event.seq, event.annotated_at, CAST(event.annotated_by, 'String')) AS annotated,
       event.seq AS seq
FROM training_annotations AS event;

-- A trace of which everything was taken back is no longer annotated: it is in the history only.
CREATE VIEW IF NOT EXISTS training_annotations_current ${on_cluster} AS
SELECT state.trace_id AS trace_id,
       coalesce(tupleElement(state.trainable, 2), false) AS trainable,
       coalesce(tupleElement(state.verified, 2), false) AS verified,
       if(tupleElement(state.confidence, 2) IS NULL AND coalesce(tupleElement(state.trainable, 2), false),
          1.0, tupleElement(state.confidence, 2)) AS confidence,
       tupleElement(state.notes, 2) AS notes,
       tupleElement(state.tags, 2) AS tags,
       tupleElement(state.annotated, 2) AS annotated_at,
       tupleElement(state.annotated, 3) AS annotated_by,
       tupleElement(state.corrected_output, 2) AS corrected_output,
       tupleElement(state.split, 2) AS split
FROM annotation_state AS state FINAL
WHERE tupleElement(state.trainable, 2) IS NOT NULL
   OR tupleElement(state.verified, 2) IS NOT NULL
   OR tupleElement(state.confidence, 2) IS NOT NULL
   OR tupleElement(state.notes, 2) IS NOT NULL
   OR notEmpty(tupleElement(state.tags, 2))
   OR tupleElement(state.corrected_output, 2) IS NOT NULL
   OR tupleElement(state.split, 2) IS NOT NULL;

CREATE VIEW IF NOT EXISTS training_annotation_history ${on_cluster} AS
SELECT trace_id, field, old_value, new_value, changed_at, annotated_by, db_user, caller_id, batch_id, undoes
FROM (
    SELECT event.trace_id AS trace_id,
           tupleElement(said, 1) AS field,
           tupleElement(said, 2) AS new_value,
           lagInFrame(tupleElement(said, 2), 1, NULL) OVER (
               PARTITION BY event.trace_id, tupleElement(said, 1) ORDER BY event.seq
               ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
           ) AS old_value,
           event.annotated_at AS changed_at,
           event.annotated_by AS annotated_by,
           event.db_user AS db_user,
           event.caller_id AS caller_id,
           event.batch_id AS batch_id,
           event.undoes AS undoes,
           event.seq AS seq
    FROM training_annotations AS event
    ARRAY JOIN arrayFilter(
        (candidate) -> tupleElement(candidate, 2) IS NOT NULL OR has(event.clears, tupleElement(candidate, 1)),
        [
            ('trainable', CAST(event.trainable, 'Nullable(String)')),
            ('verified', CAST(event.verified, 'Nullable(String)')),
            ('confidence', CAST(event.confidence, 'Nullable(String)')),
            ('notes', event.notes),
            ('tags', if(notEmpty(event.tags), toJSONString(event.tags), NULL)),
            ('corrected_output', event.corrected_output),
            ('split', CAST(event.split, 'Nullable(String)'))
        ]
    ) AS said
)
WHERE old_value IS DISTINCT FROM new_value;

CREATE TABLE IF NOT EXISTS trace_scores ${on_cluster} (
    trace_id String,
    name LowCardinality(String),
    score Nullable(Float64),
    label Nullable(String),
    source LowCardinality(String) DEFAULT 'human',
    author String DEFAULT currentUser(),
    comment String,
    scored_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
    seq UInt64 MATERIALIZED generateSnowflakeID()
)
ENGINE = ${replicated}MergeTree
ORDER BY (trace_id, name)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS trace_preferences ${on_cluster} (
    preferred_trace_id String,
    other_trace_id String,
    tie Bool,
    notes String,
    author String DEFAULT currentUser(),
    preferred_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
    seq UInt64 MATERIALIZED generateSnowflakeID()
)
ENGINE = ${replicated}MergeTree
ORDER BY (preferred_trace_id, other_trace_id)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
