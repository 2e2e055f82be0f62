-- The log: one row for every answered input and every failed attempt, append-only.
-- ${...} are filled in by sqlserver/store/migrations.py; a statement ends at a semicolon that ends its line.

-- log_seq is the order of arrival in the store: an imported row has an old timestamp and a new log_seq.
CREATE TABLE IF NOT EXISTS unified_logs ${on_cluster} (
    trace_id String DEFAULT toString(generateUUIDv7()),
    request_id String,
    parent_id String,
    session_id String,
    caller_id String,
    timestamp DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    cascade_id LowCardinality(String),
    cascade_version LowCardinality(String),
    cell_name LowCardinality(String),
    operator LowCardinality(String),
    node_type LowCardinality(String) DEFAULT 'llm',
    role LowCardinality(String) DEFAULT 'assistant',
    model LowCardinality(String),
    provider LowCardinality(String),
    status LowCardinality(String) DEFAULT 'ok',
    attempt Int32 DEFAULT 1,
    full_request_json String CODEC(ZSTD(1)),
    full_response_json String CODEC(ZSTD(1)),
    content_json String CODEC(ZSTD(1)),
    inputs_json String CODEC(ZSTD(1)),
    input_hash String,
    prompt_hash String,
    output String CODEC(ZSTD(1)),
    output_hash String,
    cache_key String,
    example_ids Array(String) CODEC(ZSTD(1)),
    example_set_hash LowCardinality(String),
    tokens_in Int64,
    tokens_out Int64,
    cost Float64,
    duration_ms Float64,
    error String CODEC(ZSTD(1)),
    db_user LowCardinality(String),
    log_seq UInt64 MATERIALIZED generateSnowflakeID() CODEC(Delta, ZSTD(1)),
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_caller caller_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_cache_key cache_key TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_log_seq log_seq TYPE minmax GRANULARITY 1
)
ENGINE = ${replicated}MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (cascade_id, cell_name, timestamp)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS statement_traces ${on_cluster} (
    caller_id String,
    session_id String,
    trace_id String,
    operator LowCardinality(String),
    cached Bool,
    timestamp DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_caller caller_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${replicated}MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (session_id, timestamp)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- What an identical input was answered: successes only. Derived from unified_logs.
CREATE TABLE IF NOT EXISTS answer_cache ${on_cluster} (
    cache_key String,
    trace_id String,
    output String CODEC(ZSTD(1)),
    timestamp DateTime64(6, 'UTC')
)
ENGINE = ${replicated}ReplacingMergeTree(timestamp)
ORDER BY cache_key
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS answer_cache_of_logs ${on_cluster} TO answer_cache AS
SELECT cache_key, trace_id, output, timestamp
FROM unified_logs
WHERE status = 'ok' AND cache_key != '';

CREATE VIEW IF NOT EXISTS semantic_errors ${on_cluster} AS
SELECT timestamp, trace_id, session_id, caller_id, db_user, operator, cascade_id, cell_name, model, provider, status,
       attempt, error, inputs_json
FROM unified_logs
WHERE status != 'ok';

CREATE VIEW IF NOT EXISTS semantic_usage ${on_cluster} AS
SELECT toDateTime64(toStartOfDay(timestamp), 6, 'UTC') AS day,
       db_user, operator, cascade_id, model,
       toInt64(count()) AS calls,
       toInt64(countIf(status != 'ok')) AS failed_calls,
       toInt64(sum(tokens_in)) AS tokens_in,
       toInt64(sum(tokens_out)) AS tokens_out,
       sum(cost) AS cost
FROM unified_logs
GROUP BY day, db_user, operator, cascade_id, model;
