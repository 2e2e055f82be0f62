-- PostgreSQL's functions and type names that DuckDB lacks, as macros and aliases in a schema at the end of every search
-- path: a name that the user or DuckDB has wins.

CREATE TYPE jsonb AS JSON;
CREATE TYPE name AS VARCHAR;
CREATE TYPE citext AS VARCHAR;
CREATE TYPE oid AS UINTEGER;
CREATE TYPE xid AS UINTEGER;
CREATE TYPE money AS DECIMAL(18, 2);
CREATE TYPE inet AS VARCHAR;
CREATE TYPE cidr AS VARCHAR;
CREATE TYPE macaddr AS VARCHAR;
CREATE TYPE xml AS VARCHAR;

-- text

CREATE MACRO initcap(t) AS array_to_string(list_transform(regexp_extract_all(t, '[[:alnum:]]+|[^[:alnum:]]+'), lambda w: upper(w[1]) || lower(w[2:])), '');
CREATE MACRO btrim(t) AS trim(t), (t, characters) AS trim(t, characters);
CREATE MACRO quote_literal(v) AS CASE WHEN v::VARCHAR LIKE '%\%' THEN 'E' ELSE '' END || '''' || replace(replace(v::VARCHAR, '''', ''''''), '\', '\\') || '''';
CREATE MACRO quote_nullable(v) AS coalesce(quote_literal(v), 'NULL');
CREATE MACRO quote_ident(t) AS CASE WHEN regexp_full_match(t, '[a-z_][a-z0-9_$]*') THEN t ELSE '"' || replace(t, '"', '""') || '"' END;
CREATE MACRO regexp_match(t, pattern) AS CASE WHEN regexp_matches(t, pattern) THEN CASE WHEN regexp_matches(pattern, '\((?:[^?]|$)') THEN list_filter([regexp_extract(t, pattern, 1), CASE WHEN regexp_matches(pattern, '\([^?].*\([^?]') THEN regexp_extract(t, '(?:' || pattern || '|(zz)(zz)(zz)(zz)(zz)(zz)(zz)(zz)(zz))', 2) END, CASE WHEN regexp_matches(pattern, '\([^?].*\([^?].*\([^?]') THEN regexp_extract(t, '(?:' || pattern || '|(zz)(zz)(zz)(zz)(zz)(zz)(zz)(zz)(zz))', 3) END], lambda g: g IS NOT NULL) ELSE [regexp_extract(t, pattern)] END END;
CREATE MACRO _pg_regexp_rows(t, pattern) AS unnest(list_transform(regexp_extract_all(t, pattern), lambda m: regexp_match(m, pattern)));
CREATE MACRO _pg_regexp_row(t, pattern) AS regexp_match(t, pattern);
CREATE MACRO regexp_like(t, pattern) AS regexp_matches(t, pattern), (t, pattern, flags) AS regexp_matches(t, pattern, flags);
CREATE MACRO regexp_count(t, pattern) AS len(regexp_extract_all(t, pattern))::INTEGER;
CREATE MACRO regexp_substr(t, pattern) AS CASE WHEN regexp_matches(t, pattern) THEN regexp_extract(t, pattern) END;
CREATE MACRO _pg_substring(t, pattern) AS CASE WHEN regexp_matches(t, pattern) THEN CASE WHEN regexp_matches(pattern, '(^|[^\\])\(([^?]|$)') THEN regexp_extract(t, pattern, 1) ELSE regexp_extract(t, pattern) END END;
CREATE MACRO _pg_like_any(t, patterns) AS list_aggregate(list_transform(patterns, lambda p: t LIKE p ESCAPE '\'), 'bool_or');
CREATE MACRO _pg_like_all(t, patterns) AS list_aggregate(list_transform(patterns, lambda p: t LIKE p ESCAPE '\'), 'bool_and');
CREATE MACRO _pg_ilike_any(t, patterns) AS list_aggregate(list_transform(patterns, lambda p: t ILIKE p ESCAPE '\'), 'bool_or');
CREATE MACRO _pg_ilike_all(t, patterns) AS list_aggregate(list_transform(patterns, lambda p: t ILIKE p ESCAPE '\'), 'bool_and');
CREATE MACRO normalize(t) AS nfc_normalize(t);
CREATE MACRO string_to_array(t, delimiter) AS CASE WHEN t = '' THEN []::VARCHAR[] WHEN delimiter IS NULL THEN system.main.string_split(t, '') WHEN delimiter = '' THEN [t] ELSE system.main.string_split(t, delimiter) END, (t, delimiter, missing) AS list_transform(CASE WHEN t = '' THEN []::VARCHAR[] WHEN delimiter IS NULL THEN system.main.string_split(t, '') WHEN delimiter = '' THEN [t] ELSE system.main.string_split(t, delimiter) END, lambda v: nullif(v, missing));
CREATE MACRO string_to_table(t, delimiter) AS unnest(string_to_array(t, delimiter));

CREATE MACRO to_hex(n) AS lower(system.main.to_hex(n));
CREATE MACRO lpad(t, length) AS system.main.lpad(t, length, ' '), (t, length, fill) AS system.main.lpad(t, length, fill);
CREATE MACRO rpad(t, length) AS system.main.rpad(t, length, ' '), (t, length, fill) AS system.main.rpad(t, length, fill);
CREATE MACRO encode(t) AS system.main.encode(t), (b, format) AS CASE lower(format) WHEN 'hex' THEN lower(hex(b)) WHEN 'base64' THEN base64(b) ELSE error('unrecognized encoding: "' || format || '"') END;
CREATE MACRO decode(b) AS system.main.decode(b), (t, format) AS CASE lower(format) WHEN 'hex' THEN unhex(t) WHEN 'base64' THEN from_base64(t) ELSE error('unrecognized encoding: "' || format || '"')::BLOB END;

-- numbers

CREATE MACRO div(a, b) AS trunc(a / b);
CREATE MACRO width_bucket(operand, low, high, count) AS CASE WHEN operand < low THEN 0 WHEN operand >= high THEN count + 1 ELSE floor((operand - low)::DOUBLE * count / (high - low))::INTEGER + 1 END, (operand, thresholds) AS len(list_filter(thresholds, lambda t: t <= operand))::INTEGER;
CREATE MACRO num_nulls(a) AS (a IS NULL)::INTEGER, (a, b) AS (a IS NULL)::INTEGER + (b IS NULL)::INTEGER, (a, b, c) AS (a IS NULL)::INTEGER + (b IS NULL)::INTEGER + (c IS NULL)::INTEGER;
CREATE MACRO num_nonnulls(a) AS (a IS NOT NULL)::INTEGER, (a, b) AS (a IS NOT NULL)::INTEGER + (b IS NOT NULL)::INTEGER, (a, b, c) AS (a IS NOT NULL)::INTEGER + (b IS NOT NULL)::INTEGER + (c IS NOT NULL)::INTEGER;
CREATE MACRO "every"(condition) AS bool_and(condition);

CREATE MACRO to_number(t, format) AS (CASE WHEN format LIKE '%S' OR format LIKE '%MI' THEN CASE WHEN t LIKE '%-' THEN '-' ELSE '' END ELSE '' END || regexp_replace(rtrim(t, '-'), '[^0-9.eE+-]', '', 'g'))::DECIMAL(38, 9);
CREATE MACRO "|/"(a) AS sqrt(a);
CREATE MACRO "||/"(a) AS cbrt(a);
CREATE MACRO scale(n) AS len(split_part(n::VARCHAR, '.', 2))::INTEGER;
CREATE MACRO min_scale(n) AS len(rtrim(split_part(n::VARCHAR, '.', 2), '0'))::INTEGER;
CREATE MACRO octet_length(v) AS CASE WHEN typeof(v) = 'BLOB' THEN system.main.octet_length(TRY_CAST(v AS BLOB)) ELSE strlen(v::VARCHAR) END::INTEGER;

-- arrays

CREATE MACRO array_to_string(a, delimiter) AS system.main.array_to_string(a, delimiter), (a, delimiter, missing) AS system.main.array_to_string(list_transform(a, lambda x: coalesce(x::VARCHAR, missing)), delimiter);

CREATE MACRO array_length(a) AS system.main.array_length(a), (a, dimension) AS nullif(system.main.array_length(a, dimension), 0)::INTEGER;
CREATE MACRO cardinality(a) AS len(flatten([a]))::INTEGER;
CREATE MACRO array_dims(a) AS CASE WHEN len(a) > 0 THEN '[1:' || len(a) || ']' || CASE WHEN typeof(a) LIKE '%][%' THEN '[1:' || json_array_length(to_json(a[1])) || ']' ELSE '' END END;
CREATE MACRO array_upper(a, dimension) AS nullif(len(a), 0)::INTEGER;
CREATE MACRO array_lower(a, dimension) AS CASE WHEN len(a) > 0 THEN 1 END;
CREATE MACRO array_ndims(a) AS CASE WHEN len(a) > 0 THEN len(regexp_extract(typeof(a), '(\[\d*\])+$')) // 2 END;
CREATE MACRO array_remove(a, element) AS list_filter(a, lambda x: x IS DISTINCT FROM element);
CREATE MACRO array_replace(a, element, replacement) AS list_transform(a, lambda x: CASE WHEN x IS NOT DISTINCT FROM element THEN replacement ELSE x END);
CREATE MACRO array_positions(a, element) AS list_filter(range(1, len(a) + 1), lambda i: a[i] IS NOT DISTINCT FROM element);
CREATE MACRO array_fill(element, sizes) AS list_transform(range(sizes[1]), lambda i: element);
CREATE MACRO trim_array(a, count) AS a[:len(a) - count];
CREATE MACRO generate_subscripts(a, dimension) AS unnest(range(1, len(a) + 1));

-- json

CREATE MACRO to_jsonb(v) AS to_json(v);
CREATE MACRO json_typeof(j) AS CASE json_type(j) WHEN 'VARCHAR' THEN 'string' WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' ELSE CASE WHEN json_type(j) IS NOT NULL THEN 'number' END END;
CREATE MACRO jsonb_typeof(j) AS CASE json_type(j) WHEN 'VARCHAR' THEN 'string' WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' ELSE CASE WHEN json_type(j) IS NOT NULL THEN 'number' END END;
CREATE MACRO jsonb_array_length(j) AS json_array_length(j);
CREATE MACRO jsonb_pretty(j) AS json_pretty(j);
CREATE MACRO json_object_keys(j) AS unnest(json_keys(j));
CREATE MACRO jsonb_object_keys(j) AS unnest(json_keys(j));
CREATE MACRO json_array_elements(j) AS unnest(from_json(j, '["JSON"]'));
CREATE MACRO jsonb_array_elements(j) AS unnest(from_json(j, '["JSON"]'));
CREATE MACRO json_array_elements_text(j) AS unnest(from_json(j, '["VARCHAR"]'));
CREATE MACRO jsonb_array_elements_text(j) AS unnest(from_json(j, '["VARCHAR"]'));
CREATE MACRO jsonb_exists(j, k) AS json_exists(j, '$."' || k || '"');

CREATE MACRO _pg_json_path(keys) AS '$' || array_to_string(list_transform(keys, lambda k: CASE WHEN regexp_full_match(k::VARCHAR, '\d+') THEN '[' || k || ']' ELSE '."' || k || '"' END), '');
CREATE MACRO json_extract_path_text(j, a) AS j ->> ['$."' || a || '"'][1], (j, a, b) AS j ->> _pg_json_path([a, b]), (j, a, b, c) AS j ->> _pg_json_path([a, b, c]);
CREATE MACRO _pg_json_has(j, k) AS CASE WHEN json_type(j) = 'ARRAY' THEN json_contains(j, to_json(k)) ELSE list_contains(json_keys(j), k) END;
CREATE MACRO _pg_json_has_any(j, keys) AS list_has_any(json_keys(j), keys);
CREATE MACRO _pg_json_has_all(j, keys) AS list_has_all(json_keys(j), keys);
CREATE MACRO _pg_json_contains(a, b) AS json_contains(a, b);
CREATE MACRO _pg_json_within(a, b) AS json_contains(b, a);
CREATE MACRO _pg_json_merge(a, b) AS to_json(map_concat(CAST(a::JSON AS MAP(VARCHAR, JSON)), CAST(b::JSON AS MAP(VARCHAR, JSON))));
CREATE MACRO _pg_json_without(j, k) AS to_json(map_from_entries(list_filter(map_entries(CAST(j::JSON AS MAP(VARCHAR, JSON))), lambda e: e.key <> k)));
CREATE MACRO jsonb_strip_nulls(j) AS CASE WHEN json_type(j) = 'OBJECT' THEN json_merge_patch('{}', j) ELSE j END;
CREATE MACRO json_strip_nulls(j) AS jsonb_strip_nulls(j);

-- dates and times

CREATE MACRO _pg_extract(part, t) AS system.main.date_part(part, t)::DECIMAL(18, 0);
CREATE MACRO _pg_extract_second(part, t) AS (system.main.date_part('microseconds', t)::DECIMAL(12, 0) * 0.000001)::DECIMAL(8, 6);
CREATE MACRO _pg_extract_millisecond(part, t) AS (system.main.date_part('microseconds', t)::DECIMAL(12, 0) * 0.001)::DECIMAL(8, 3);
CREATE MACRO _pg_extract_epoch(part, t) AS system.main.date_part('epoch', t)::DECIMAL(18, 6);
CREATE MACRO _pg_date_part(part, t) AS system.main.date_part(part, t)::DOUBLE;
CREATE MACRO _pg_date_part_second(part, t) AS system.main.date_part('microseconds', t)::DOUBLE / 1000000;
CREATE MACRO _pg_date_part_millisecond(part, t) AS system.main.date_part('microseconds', t)::DOUBLE / 1000;
CREATE MACRO _pg_date_part_epoch(part, t) AS system.main.date_part('epoch', t);
CREATE MACRO make_interval(years := 0, months := 0, weeks := 0, days := 0, hours := 0, mins := 0, secs := 0.0) AS to_months((years * 12 + months)::INTEGER) + to_days((weeks * 7 + days)::INTEGER) + to_microseconds((hours * 3600000000 + mins * 60000000 + (secs * 1000000)::BIGINT)::BIGINT);
CREATE MACRO __span_end(a, b) AS coalesce(TRY_CAST(b AS TIMESTAMP), a + TRY_CAST(b AS INTERVAL))::TIMESTAMP;
CREATE MACRO _pg_overlaps(a, b, c, d) AS CASE WHEN least(a::TIMESTAMP, __span_end(a, b)) = least(c::TIMESTAMP, __span_end(c, d)) THEN true WHEN least(a::TIMESTAMP, __span_end(a, b)) < least(c::TIMESTAMP, __span_end(c, d)) THEN least(c::TIMESTAMP, __span_end(c, d)) < greatest(a::TIMESTAMP, __span_end(a, b)) ELSE least(a::TIMESTAMP, __span_end(a, b)) < greatest(c::TIMESTAMP, __span_end(c, d)) END;

CREATE MACRO date_trunc(unit, t) AS system.main.date_trunc(unit, t), (unit, t, zone) AS timezone(zone, system.main.date_trunc(unit, timezone(zone, t)));
CREATE MACRO clock_timestamp() AS now();
CREATE MACRO statement_timestamp() AS now();
CREATE MACRO timeofday() AS now()::VARCHAR;
CREATE MACRO date_bin(stride, source, origin) AS origin + to_microseconds(((epoch_us(source) - epoch_us(origin)) - ((epoch_us(source) - epoch_us(origin)) % datediff('microsecond', TIMESTAMP '2000-01-01', TIMESTAMP '2000-01-01' + stride) + datediff('microsecond', TIMESTAMP '2000-01-01', TIMESTAMP '2000-01-01' + stride)) % datediff('microsecond', TIMESTAMP '2000-01-01', TIMESTAMP '2000-01-01' + stride))::BIGINT);
CREATE MACRO justify_hours(i) AS to_months((datepart('year', i) * 12 + datepart('month', i))::INTEGER) + to_days((datepart('day', i) + datepart('hour', i) // 24)::INTEGER) + to_microseconds((datepart('hour', i) % 24) * 3600000000 + datepart('minute', i) * 60000000 + datepart('microsecond', i));
CREATE MACRO justify_days(i) AS to_months((datepart('year', i) * 12 + datepart('month', i) + datepart('day', i) // 30)::INTEGER) + to_days((datepart('day', i) % 30)::INTEGER) + to_microseconds(datepart('hour', i) * 3600000000 + datepart('minute', i) * 60000000 + datepart('microsecond', i));

CREATE MACRO __microseconds(i) AS (datepart('year', i) * 12 + datepart('month', i)) * 2592000000000 + datepart('day', i) * 86400000000 + datepart('hour', i) * 3600000000 + datepart('minute', i) * 60000000 + datepart('microsecond', i);
CREATE MACRO justify_interval(i) AS to_months((__microseconds(i) // 2592000000000)::INTEGER) + to_days(((__microseconds(i) % 2592000000000) // 86400000000)::INTEGER) + to_microseconds(__microseconds(i) % 86400000000);
CREATE MACRO __plain_time(v) AS TRY_CAST(regexp_replace(v::VARCHAR, '(:\d\d(?:\.\d+)?)[+-]\d\d(?::\d\d)*$', '\1') AS TIMESTAMP);
CREATE MACRO __time_word(w, t) AS CASE WHEN w LIKE '"%' THEN w[2:-2] WHEN upper(w) = 'YYYY' THEN lpad(year(t)::VARCHAR, 4, '0') WHEN upper(w) = 'YY' THEN strftime(t, '%y') WHEN upper(w) = 'IYYY' THEN isoyear(t)::VARCHAR WHEN upper(w) = 'MM' THEN strftime(t, '%m') WHEN upper(w) = 'DDD' THEN strftime(t, '%j') WHEN upper(w) = 'DD' THEN strftime(t, '%d') WHEN upper(w) = 'HH24' THEN strftime(t, '%H') WHEN upper(w) IN ('HH12', 'HH') THEN strftime(t, '%I') WHEN upper(w) = 'MI' THEN strftime(t, '%M') WHEN upper(w) = 'SSSS' THEN (hour(t) * 3600 + minute(t) * 60 + second(t))::VARCHAR WHEN upper(w) = 'SS' THEN strftime(t, '%S') WHEN upper(w) = 'MS' THEN strftime(t, '%g') WHEN upper(w) = 'US' THEN strftime(t, '%f') WHEN upper(w) IN ('AM', 'PM') THEN CASE WHEN w = upper(w) THEN strftime(t, '%p') ELSE lower(strftime(t, '%p')) END WHEN w = 'Month' THEN rpad(monthname(t), 9, ' ') WHEN w = 'MONTH' THEN rpad(upper(monthname(t)), 9, ' ') WHEN w = 'month' THEN rpad(lower(monthname(t)), 9, ' ') WHEN w = 'Mon' THEN strftime(t, '%b') WHEN w = 'MON' THEN upper(strftime(t, '%b')) WHEN w = 'mon' THEN lower(strftime(t, '%b')) WHEN w = 'Day' THEN rpad(dayname(t), 9, ' ') WHEN w = 'DAY' THEN rpad(upper(dayname(t)), 9, ' ') WHEN w = 'day' THEN rpad(lower(dayname(t)), 9, ' ') WHEN w = 'Dy' THEN strftime(t, '%a') WHEN w = 'DY' THEN upper(strftime(t, '%a')) WHEN w = 'dy' THEN lower(strftime(t, '%a')) WHEN upper(w) = 'D' THEN (dayofweek(t) + 1)::VARCHAR WHEN upper(w) = 'ID' THEN isodow(t)::VARCHAR WHEN upper(w) = 'IW' THEN strftime(t, '%V') WHEN upper(w) = 'WW' THEN lpad(((dayofyear(t) - 1) // 7 + 1)::VARCHAR, 2, '0') WHEN upper(w) = 'Q' THEN quarter(t)::VARCHAR ELSE w END;
CREATE MACRO __time_text(t, f) AS array_to_string(list_transform(regexp_extract_all(f, '"[^"]*"|(?i:FM)?(?i:IYYY|YYYY|YY|MONTH|MON|MM|MI|MS|DDD|DD|DAY|DY|HH24|HH12|HH|SSSS|SS|US|AM|PM|IW|WW|ID|Q)|(?i:D)|(?s:.)'), lambda w: CASE WHEN upper(w[1:2]) = 'FM' AND len(w) > 2 THEN CASE WHEN trim(__time_word(w[3:], t), ' ') SIMILAR TO '0+' THEN '0' ELSE ltrim(trim(__time_word(w[3:], t), ' '), '0') END ELSE __time_word(w, t) END), '');
CREATE MACRO __digits(v, f) AS printf('%.' || len(regexp_replace(regexp_extract(f, '[.Dd](.*)$', 1), '[^09]', '', 'g')) || 'f', abs(v));
CREATE MACRO __whole(v, f) AS CASE WHEN regexp_matches(f, '[,Gg]') THEN rtrim(regexp_replace(reverse(split_part(__digits(v, f), '.', 1)), '(\d{3})', '\1,', 'g'), ',') ELSE reverse(split_part(__digits(v, f), '.', 1)) END;
CREATE MACRO __padded(v, f) AS CASE WHEN regexp_matches(f, '^[^.Dd]*0') THEN lpad(reverse(__whole(v, f)), greatest(len(__whole(v, f)), len(regexp_replace(regexp_extract(f, '0[^.Dd]*'), '[^09]', '', 'g')))::INTEGER, '0') WHEN regexp_matches(f, '9') AND reverse(__whole(v, f)) = '0' AND regexp_matches(f, '[.Dd][09]') THEN '' ELSE reverse(__whole(v, f)) END;
CREATE MACRO __fraction(v, f) AS CASE WHEN regexp_matches(f, '[.Dd]') THEN '.' || CASE WHEN f ILIKE 'FM%' THEN regexp_replace(split_part(__digits(v, f), '.', 2), '0{0,' || len(regexp_extract(regexp_replace(regexp_extract(f, '[.Dd](.*)$', 1), '[^09]', '', 'g'), '9*$')) || '}$', '') ELSE split_part(__digits(v, f), '.', 2) END ELSE '' END;
CREATE MACRO __number_text(v, f) AS CASE WHEN f ILIKE 'FM%' THEN CASE WHEN v < 0 THEN '-' ELSE '' END || __padded(v, f) || __fraction(v, f) ELSE lpad(CASE WHEN v < 0 THEN '-' ELSE ' ' END || __padded(v, f) || __fraction(v, f), (len(regexp_replace(f, '[^09,.DGdg]', '', 'g')) + 1)::INTEGER, ' ') END || CASE WHEN f LIKE '%\%' ESCAPE '\' THEN '%' ELSE '' END;
CREATE MACRO to_char(v, f) AS CASE WHEN typeof(v) IN ('TIMESTAMP', 'DATE', 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS') THEN __time_text(__plain_time(v), f) ELSE __number_text(TRY_CAST(v::VARCHAR AS DOUBLE), f) END;

-- the server

CREATE MACRO pg_advisory_unlock_all() AS NULL::VARCHAR;
CREATE MACRO txid_current_if_assigned() AS NULL::BIGINT;
CREATE MACRO pg_is_in_recovery() AS false;
CREATE MACRO pg_postmaster_start_time() AS now();

-- text as PostgreSQL writes it. Macros whose parameters have types would be quicker to bind, but they cannot take an
-- aggregate, and DuckDB 2.0 fails on them in a LATERAL subquery. An argument may stand in several branches: all but one
-- are gone before anything runs, as typeof() is known when the statement is bound.

CREATE MACRO _pg_float_text(v) AS replace(replace(regexp_replace(v, '\.0$', ''), 'nan', 'NaN'), 'inf', 'Infinity');
CREATE MACRO _pg_interval_text(v) AS regexp_replace(regexp_replace(replace(v, 'month', 'mon'), '(^| )-1 (year|mon|day)\b', '\1-1 \2s', 'g'), '(-\d+ [a-z]+) (\d)', '\1 +\2', 'g');
CREATE MACRO _pg_numeric_text(x) AS CASE WHEN typeof(x) = 'DECIMAL(38,9)' THEN regexp_replace(x::VARCHAR, '\.?0+$', '') ELSE x::VARCHAR END;
CREATE MACRO __numbers_text(v) AS regexp_replace(translate(v, '[] ', '{}'), '(\.0|rue|alse)\b', '', 'g');
CREATE MACRO __list_text(kind, j) AS regexp_replace(regexp_replace(CASE WHEN kind LIKE '%][%' THEN translate(j, '[]', '{}') ELSE '{' || j[2:-2] || '}' END, '([{,])null\b', '\1NULL', 'g'), '([{,])"([^{}",\\\s]+)"', '\1\2', 'g');
CREATE MACRO _pg_text(x) AS CASE WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN _pg_float_text(x::VARCHAR) WHEN typeof(x) = 'INTERVAL' THEN _pg_interval_text(x::VARCHAR) WHEN typeof(x) = 'DECIMAL(38,9)' THEN _pg_numeric_text(x) WHEN typeof(x) LIKE '%]' THEN CASE WHEN regexp_matches(typeof(x), '^(DOUBLE|FLOAT|DECIMAL|BOOLEAN)') THEN __numbers_text(x::VARCHAR) ELSE __list_text(typeof(x), CAST(to_json(x) AS VARCHAR)) END WHEN typeof(x) = 'BLOB' THEN '\x' || lower(hex(TRY_CAST(x AS BLOB))) ELSE x::VARCHAR END;
CREATE MACRO _pg_output(x) AS CASE WHEN typeof(x) = 'BOOLEAN' THEN left(x::VARCHAR, 1) ELSE _pg_text(x) END;
CREATE MACRO _pg_varchar(t, length) AS left(t, length);
CREATE MACRO _pg_to_char(t, f) AS strftime(TRY_CAST(t AS TIMESTAMP), f);
CREATE MACRO _pg_ordinal(n) AS CASE WHEN n LIKE '%1_' THEN 'th' WHEN n LIKE '%1' THEN 'st' WHEN n LIKE '%2' THEN 'nd' WHEN n LIKE '%3' THEN 'rd' ELSE 'th' END;
CREATE MACRO _pg_field(t, width, overflown) AS CASE WHEN len(t) > width THEN overflown ELSE lpad(t, width, ' ') END;
CREATE MACRO _pg_fits(t, width, overflown) AS CASE WHEN len(t) > width THEN overflown ELSE t END;
CREATE MACRO _pg_beside(t, before, after) AS before || t || after;
CREATE MACRO _pg_type_name(kind) AS CASE WHEN kind LIKE 'DECIMAL%]' THEN 'numeric[]' WHEN kind LIKE 'DECIMAL%' THEN 'numeric' WHEN kind LIKE 'ENUM%' THEN 'text' WHEN kind LIKE 'STRUCT%' THEN 'record' WHEN kind LIKE 'MAP%' OR kind = 'JSON' THEN 'json' ELSE coalesce(MAP {'VARCHAR': 'text', 'TINYINT': 'smallint', 'UTINYINT': 'smallint', 'USMALLINT': 'integer', 'UINTEGER': 'bigint', 'UBIGINT': 'numeric', 'HUGEINT': 'numeric', 'UHUGEINT': 'numeric', 'FLOAT': 'real', 'DOUBLE': 'double precision', 'BLOB': 'bytea', 'TIME': 'time without time zone', 'TIMESTAMP': 'timestamp without time zone', 'TIMESTAMP_NS': 'timestamp without time zone', '"NULL"': 'unknown'}[regexp_replace(kind, '(\[\d*\])+$', '')], lower(regexp_replace(kind, '(\[\d*\])+$', ''))) || CASE WHEN kind LIKE '%]' THEN '[]' ELSE '' END END;
CREATE MACRO uuid_generate_v4() AS gen_random_uuid();
CREATE MACRO uuid_nil() AS CAST('00000000-0000-0000-0000-000000000000' AS UUID);
CREATE MACRO _pg_lastval(n) AS n::BIGINT;
CREATE MACRO _pg_currval(n) AS n::BIGINT;
