"""What the planner finds, renames, pushes down and refuses: texts only, nothing runs."""

from __future__ import annotations

import duckdb
import pytest

from sqlserver.core.errors import ServerError
from sqlserver.core.log_relation_plan import Comparison, EngineConstant, Known, LogRelationPlan, Parameter, RelationRead
from sqlserver.core.operators import Argument, InfixForm, Operator, OperatorTable
from sqlserver.execute.log_relations import operators_table
from sqlserver.plan.log_relations import plan_log_relations
from sqlserver.plan.log_relations.clickhouse_functions import MACROS
from sqlserver.plan.log_relations.clickhouse_statement import clickhouse_path

MEANS = OperatorTable.of(
    [
        Operator(
            "semantic_matches",
            "",
            (Argument("text", "VARCHAR"), Argument("criterion", "VARCHAR")),
            "BOOLEAN",
            "semantic_matches",
            infix=(InfixForm("text", ("MEANS",), "criterion"), InfixForm("text", ("ALIGNS", "WITH"), "criterion")),
        )
    ]
)


def planned(sql: str, operators: OperatorTable | None = None) -> LogRelationPlan:
    plan = plan_log_relations(sql, operators=operators)
    assert plan is not None
    return plan


def renamed(plan: LogRelationPlan) -> str:
    sql = plan.sql
    for number, read in enumerate(plan.reads, 1):
        sql = sql.replace(read.private_name, f"r{number}", 1)
    return sql


def only_read(sql: str, operators: OperatorTable | None = None) -> RelationRead:
    (read,) = planned(sql, operators).reads
    return read


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT  a  FROM unified_logs /* x */ u", "SELECT  a  FROM r1 /* x */ u"),
        ("SELECT unified_logs.model FROM Unified_Logs", "SELECT unified_logs.model FROM r1 AS unified_logs"),
        ("SELECT 1 FROM public.unified_logs, t", "SELECT 1 FROM r1 AS unified_logs, t"),
        ("EXPLAIN SELECT 1 FROM unified_logs u", "EXPLAIN SELECT 1 FROM r1 u"),
        ("EXPLAIN (FORMAT JSON) SELECT 1 FROM unified_logs u", "EXPLAIN (FORMAT JSON) SELECT 1 FROM r1 u"),
        ("EXPLAIN ANALYZE SELECT 1 FROM unified_logs u", "EXPLAIN ANALYZE SELECT 1 FROM r1 u"),
        ("PREPARE q AS SELECT 1 FROM unified_logs u", "PREPARE q AS SELECT 1 FROM r1 u"),
        ("COPY (SELECT model FROM unified_logs) TO 'x'", "COPY (SELECT model FROM r1 AS unified_logs) TO 'x'"),
        ("INSERT INTO t SELECT model FROM unified_logs u", "INSERT INTO t SELECT model FROM r1 u"),
        ("UPDATE t SET a = u.model FROM unified_logs u", "UPDATE t SET a = u.model FROM r1 u"),
        ("DELETE FROM t USING unified_logs u WHERE t.a = u.model", "DELETE FROM t USING r1 u WHERE t.a = u.model"),
        ("SELECT x MEANS 'unified_logs' FROM unified_logs u", "SELECT x MEANS 'unified_logs' FROM r1 u"),
        ("SELECT x MEANS 'y' FROM t, unified_logs", "SELECT x MEANS 'y' FROM t, r1 AS unified_logs"),
        ("FROM unified_logs u SELECT u.model", "FROM r1 u SELECT u.model"),
        ("SELECT EXISTS (SELECT 1 FROM unified_logs u)", "SELECT EXISTS (SELECT 1 FROM r1 u)"),
    ],
)
def test_references_are_renamed_and_all_else_stays(sql: str, expected: str) -> None:
    assert renamed(planned(sql)) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'unified_logs'",
        "SELECT unified_logs FROM t -- unified_logs",
        "SELECT * FROM other.unified_logs",
        "WITH unified_logs AS (SELECT 1) SELECT * FROM unified_logs",
        "SELECT x MEANS 'FROM unified_logs' FROM t",
        "WITH unified_logs AS (SELECT 1) SELECT x MEANS 'y' FROM unified_logs",
        "SELECT * FROM my_unified_logs",
    ],
)
def test_other_uses_of_the_names_are_left_alone(sql: str) -> None:
    assert plan_log_relations(sql) is None


def test_positions_of_errors_are_the_clients() -> None:
    sql = "SELECT a FROM public.unified_logs JOIN unified_logs u ON nothing = 1"
    plan = planned(sql)
    assert plan.client_position(plan.sql.index("nothing") + 1) == sql.index("nothing") + 1
    assert plan.client_position(8) == 8
    assert plan.client_position(plan.sql.index("__log") + 3) == sql.index("public") + 1


@pytest.mark.parametrize(
    ("condition", "pushed"),
    [
        ("model = 'm'", Comparison("model", "=", (Known("m"),))),
        ("'m' = u.model", Comparison("model", "=", (Known("m"),))),
        ("model = $2", Comparison("model", "=", (Parameter(2),))),
        ("model IN ('a', 'b')", Comparison("model", "IN", (Known("a"), Known("b")))),
        ("model LIKE 'a%'", Comparison("model", "LIKE", (Known("a%"),))),
        ("model LIKE 'a_'", Comparison("model", "LIKE", (Known("a%"),), exact=False)),
        ("5 < attempt", Comparison("attempt", ">", (Known(5),))),
        (
            "timestamp >= now() - INTERVAL 1 DAY",
            Comparison(
                "timestamp", ">=", (EngineConstant("TRY_CAST(NOW() - INTERVAL '1' DAY AS TIMESTAMPTZ)"),)
            ),
        ),
        ("model LIKE 'a\\%'", None),
        ("model ILIKE 'größe'", None),
        ("model = role", None),
        ("model = 5", None),
        ("NOT model = 'm'", None),
        ("model NOT LIKE '%m%'", None),
        ("model NOT ILIKE '%m%'", None),
        ("model NOT IN ('a', 'b')", None),
        ("attempt NOT BETWEEN 1 AND 3", None),
        ("model > 'a'", None),
        ("cost > 0.5", None),
        ("lower(model) = 'm'", None),
        ("model IS NULL", None),
        ("model = 'm' OR random() > 0.5", None),
        ("model MEANS 'm'", None),
        ("model ALIGNS WITH 'm'", None),
        ("timestamp > now() - random() * INTERVAL 1 DAY", None),
    ],
)  # fmt: skip
def test_only_conditions_both_engines_agree_on_are_pushed_down(condition: str, pushed: Comparison | None) -> None:
    read = only_read(f"SELECT output FROM unified_logs u WHERE {condition}", MEANS)
    assert read.predicates == ((pushed,) if pushed is not None else ())


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT model FROM unified_logs u ASOF JOIN t ON u.timestamp >= t.at WHERE u.model = 'm'",
        "SELECT model FROM unified_logs u POSITIONAL JOIN t WHERE u.model = 'm'",
        "SELECT model FROM unified_logs u WHERE model = 'm' USING SAMPLE 10 ROWS",
        "SELECT model FROM unified_logs u JOIN t ON true WHERE model = 'm'",
    ],
)
def test_nothing_is_pushed_down_where_it_could_change_the_rows(sql: str) -> None:
    assert only_read(sql).predicates == ()


@pytest.mark.parametrize(
    ("sql", "limit"),
    [
        ("SELECT model FROM unified_logs ORDER BY timestamp DESC LIMIT 5", 5),
        ("SELECT model FROM unified_logs WHERE model = 'm' LIMIT 5 OFFSET 2", 7),
        ("SELECT JSONExtractString(content_json, 'a') FROM unified_logs LIMIT 5", 5),
        ("SELECT output MEANS 'x' FROM unified_logs LIMIT 5", 5),
        ("SELECT model FROM unified_logs WHERE cost > 1 LIMIT 5", None),
        ("SELECT model FROM unified_logs WHERE output MEANS 'x' LIMIT 5", None),
        ("SELECT count(*) FROM unified_logs LIMIT 5", None),
        ("SELECT countIf(true) FROM unified_logs LIMIT 5", None),
        ("SELECT DISTINCT model FROM unified_logs LIMIT 5", None),
        ("SELECT model FROM unified_logs GROUP BY model LIMIT 5", None),
        ("SELECT unnest([1]) FROM unified_logs LIMIT 5", None),
        ("SELECT row_number() OVER () FROM unified_logs LIMIT 5", None),
        ("SELECT model FROM unified_logs ORDER BY cost LIMIT 5", None),
        ("SELECT -attempt AS attempt FROM unified_logs ORDER BY attempt LIMIT 5", None),
        ("SELECT model FROM unified_logs UNION ALL SELECT 'x' LIMIT 5", None),
        ("SELECT notes FROM training_annotations ORDER BY notes LIMIT 5", None),
        ("SELECT model FROM unified_logs, t LIMIT 5", None),
        ("SELECT model FROM unified_logs LIMIT 5 PERCENT", None),
        ("SELECT model FROM (SELECT model FROM unified_logs) LIMIT 5", None),
    ],
)
def test_a_limit_is_pushed_down_only_where_it_counts_rows_read(sql: str, limit: int | None) -> None:
    assert only_read(sql, MEANS).limit == limit


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT u.model FROM unified_logs u WHERE u.output = 'a'", ("model", "output")),
        ("SELECT count(*) FROM unified_logs", ("trace_id",)),
        ("SELECT output MEANS 'x' FROM unified_logs", ("output",)),
        ('SELECT "cost" FROM unified_logs', ("cost",)),
    ],
)
def test_only_columns_the_statement_mentions_are_read(sql: str, columns: tuple[str, ...]) -> None:
    assert only_read(sql, MEANS).columns == columns


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM unified_logs",
        "SELECT u FROM unified_logs u",
        "SELECT COLUMNS('c.*') FROM unified_logs",
        "SELECT a FROM unified_logs u(a)",
        "SELECT model FROM unified_logs NATURAL JOIN t",
        "SUMMARIZE unified_logs",
    ],
)
def test_whole_rows_are_read_where_the_statement_may_mean_them(sql: str) -> None:
    assert len(only_read(sql).columns) > 30


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("DELETE FROM unified_logs", "42501"),
        ("DELETE FROM training_annotations WHERE trace_id = 'x'", "42501"),
        ("TRUNCATE training_annotations", "42501"),
        ("TRUNCATE TABLE public.unified_logs", "42501"),
        ("DROP TABLE unified_logs", "42501"),
        ("DROP VIEW IF EXISTS training_examples_mv", "42501"),
        ("ALTER TABLE unified_logs ADD COLUMN a INT", "42501"),
        ("UPDATE unified_logs SET output = 'x'", "42501"),
        ("MERGE INTO unified_logs USING t ON a = b WHEN MATCHED THEN DELETE", "42501"),
        ("CREATE INDEX i ON unified_logs (model)", "42501"),
        ("CREATE TABLE unified_logs (a INT)", "42P07"),
        ("CREATE VIEW v AS SELECT * FROM unified_logs", "0A000"),
    ],
)
def test_log_relations_cannot_be_changed_or_defined(sql: str, sqlstate: str) -> None:
    with pytest.raises(ServerError) as raised:
        plan_log_relations(sql)
    assert raised.value.sqlstate == sqlstate
    assert raised.value.hint
    assert raised.value.position


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("$.messages[-1].content", "'messages', -1, 'content'"),
        ("$.choices[0].message", "'choices', 1, 'message'"),
        ('$["odd key"]', "'odd key'"),
        ("$", None),
        ("$.a.*", None),
    ],
)
def test_paths_become_clickhouse_arguments(path: str, arguments: str | None) -> None:
    assert clickhouse_path(path) == arguments


@pytest.mark.parametrize(
    ("call", "spliced"),
    [
        ("JSONExtractString(output, 'a', -1, 'b c')", 'JSONExtractString(output, \'$."a"[#-1]."b c"\')'),
        ("JSONExtractInt(concat(output, 'x'), 2)", "JSONExtractInt(concat(output, 'x'), '$[1]')"),
        ("JSONExtractString(output, '$.a[-1]')", "JSONExtractString(output, '$.a[-1]')"),
        ("JSONExtractString(output, 'a')", "JSONExtractString(output, 'a')"),
        ("JSONExtractString(output, 'a', model)", "JSONExtractString(output, 'a', model)"),
    ],
)
def test_json_paths_become_one_path_for_duckdb(call: str, spliced: str) -> None:
    assert renamed(planned(f"SELECT {call} FROM unified_logs u")) == f"SELECT {spliced} FROM r1 u"


def test_no_macro_takes_a_name_duckdb_has() -> None:
    known = {name for (name,) in duckdb.sql("SELECT DISTINCT lower(function_name) FROM duckdb_functions()").fetchall()}
    assert not known & MACROS.keys()


def test_operators_are_shown_as_rows() -> None:
    means = Operator(
        "semantic_matches", "Whether", (Argument("text", "VARCHAR"), Argument("criterion", "VARCHAR")), "BOOLEAN",
        "semantic_matches", infix=(InfixForm("text", ("MEANS",), "criterion"),),
    )  # fmt: skip
    (row,) = operators_table(OperatorTable.of((means,))).to_pylist()
    assert row["infix"] == ["text MEANS criterion"]
    assert row["arguments"] == ["text VARCHAR", "criterion VARCHAR"]
