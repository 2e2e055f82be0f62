-- Examples: usable answers read from the log, their annotations, and the read model of retrieval.

-- The array index -1 takes the last user message; JSON paths of the form '$.messages[-1]' are not ClickHouse's.
CREATE VIEW IF NOT EXISTS usable_answers ${on_cluster} AS
SELECT trace_id, session_id, timestamp, cascade_id, cell_name,
       if(
           inputs_json NOT IN ('', '{}'),
           arrayStringConcat(
               arrayMap(
                   (pair) -> concat(
                       tupleElement(pair, 1), ': ',
                       if(startsWith(tupleElement(pair, 2), '"'),
                          JSONExtractString(tupleElement(pair, 2)),
                          tupleElement(pair, 2))),
                   JSONExtractKeysAndValuesRaw(inputs_json)),
               '\n'),
           if(
               JSONType(last_user_message, 'content') = 'Array',
               arrayStringConcat(
                   arrayMap(
                       (part) -> JSONExtractString(part, 'text'),
                       arrayFilter(
                           (part) -> JSONExtractString(part, 'type') = 'text',
                           JSONExtractArrayRaw(last_user_message, 'content'))),
                   '\n'),
               JSONExtractString(last_user_message, 'content'))
       ) AS user_input,
       multiIf(
           output != '', output,
           JSONExtractString(full_response_json, 'choices', 1, 'message', 'content') != '',
               JSONExtractString(full_response_json, 'choices', 1, 'message', 'content'),
           JSONExtractString(content_json, 'content')
       ) AS assistant_output,
       JSONExtractString(
           arrayFirst(
               (message) -> JSONExtractString(message, 'role') = 'system',
               JSONExtractArrayRaw(full_request_json, 'messages')),
           'content') AS system_message,
       content_json, inputs_json, model, cost, tokens_in, tokens_out, duration_ms, caller_id, node_type, role, input_hash
FROM (
    SELECT *,
           if(
               inputs_json IN ('', '{}'),
               arrayLast(
                   (message) -> JSONExtractString(message, 'role') = 'user',
                   JSONExtractArrayRaw(full_request_json, 'messages')),
               '') AS last_user_message
    FROM unified_logs
)
WHERE role = 'assistant' AND status = 'ok' AND cascade_id != '' AND assistant_output != '';

CREATE VIEW IF NOT EXISTS training_examples_mv ${on_cluster} AS
SELECT trace_id, session_id, timestamp, cascade_id, cell_name, user_input, assistant_output, system_message,
       content_json, inputs_json, model, cost, tokens_in, tokens_out, duration_ms, caller_id, node_type, role
FROM usable_answers;

-- A LEFT JOIN would give defaults for what nobody said; join_use_nulls makes them NULL.
-- A person's confidence stands; where none was said the newest automatic score does, unless the trace is trainable (1.0).
CREATE VIEW IF NOT EXISTS training_examples_with_annotations ${on_cluster} AS
SELECT example.trace_id AS trace_id,
       example.session_id AS session_id,
       example.timestamp AS timestamp,
       example.cascade_id AS cascade_id,
       example.cell_name AS cell_name,
       example.user_input AS user_input,
       example.assistant_output AS assistant_output,
       example.system_message AS system_message,
       example.content_json AS content_json,
       example.inputs_json AS inputs_json,
       example.model AS model,
       example.cost AS cost,
       example.tokens_in AS tokens_in,
       example.tokens_out AS tokens_out,
       example.duration_ms AS duration_ms,
       example.caller_id AS caller_id,
       example.node_type AS node_type,
       example.role AS role,
       coalesce(annotation.trainable, false) AS trainable,
       coalesce(annotation.verified, false) AS verified,
       coalesce(annotation.confidence, automatic.confidence) AS confidence,
       annotation.notes AS notes,
       ifNull(annotation.tags, []) AS tags,
       annotation.annotated_at AS annotated_at,
       annotation.annotated_by AS annotated_by,
       annotation.corrected_output AS corrected_output,
       annotation.split AS split
FROM training_examples_mv AS example
LEFT JOIN training_annotations_current AS annotation ON example.trace_id = annotation.trace_id
LEFT JOIN (
    SELECT score.trace_id AS trace_id, argMax(score.score, score.seq) AS confidence
    FROM trace_scores AS score
    WHERE score.source = 'judge' AND score.name = 'confidence'
    GROUP BY score.trace_id
) AS automatic ON example.trace_id = automatic.trace_id
SETTINGS join_use_nulls = 1;

CREATE VIEW IF NOT EXISTS training_stats_by_cascade ${on_cluster} AS
SELECT cascade_id, cell_name,
       toInt64(countIf(trainable)) AS trainable_count,
       toInt64(countIf(verified)) AS verified_count,
       avg(confidence) AS avg_confidence,
       toInt64(count()) AS total_count
FROM training_examples_with_annotations
GROUP BY cascade_id, cell_name;

-- What retrieval reads: one row for every trace that was ever marked and has a log row. Small granules: a hot cell's
-- five newest examples lie in one or two.
CREATE TABLE IF NOT EXISTS training_set ${on_cluster} (
    cascade_id LowCardinality(String),
    cell_name LowCardinality(String),
    timestamp DateTime64(6, 'UTC'),
    trace_id String,
    trainable Bool,
    verified Bool,
    confidence Float64,
    split LowCardinality(String),
    user_input String CODEC(ZSTD(1)),
    inputs_json String CODEC(ZSTD(1)),
    input_hash String,
    output String CODEC(ZSTD(1)),
    corrected Bool,
    version UInt64,
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${replicated}ReplacingMergeTree(version)
ORDER BY (cascade_id, cell_name, timestamp, trace_id)
SETTINGS index_granularity = 256;
