"""Which statements are rewritten for the catalog, and what is told of their columns."""

from __future__ import annotations

import pytest
from sqlglot import parse_one

from sqlserver.catalog.postgres_rows import catalog_relations
from sqlserver.core.errors import UndefinedObject
from sqlserver.plan.catalog import CatalogPlan, CatalogSession, may_read_catalog, plan_catalog
from sqlserver.plan.catalog.derived import DERIVED
from sqlserver.plan.catalog.functions import FUNCTIONS
from sqlserver.plan.catalog.planner import NEEDED, RULES
from sqlserver.plan.catalog.session import Planning
from sqlserver.plan.catalog.table_functions import TABLE_FUNCTIONS
from sqlserver.plan.catalog.tree import expand
from sqlserver.plan.catalog.walk import Walk

SESSION = CatalogSession("ada", "default")


def planned(sql: str, session: CatalogSession = SESSION) -> CatalogPlan | None:
    return plan_catalog(sql, session, {"jit": "off"}.get)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "SELECT name FROM users WHERE price > $1",
        "INSERT INTO logs VALUES ('x')",
        "SELECT version FROM releases",
        "SELECT count(*) FROM oids",
    ],
)
def test_plain_sql_costs_one_look_at_its_words(sql: str) -> None:
    assert not may_read_catalog(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'pg_class' FROM users",
        "SELECT a, current_user FROM users WHERE b LIKE 'x'",
        "SELECT * FROM public.pg_class",
        "SELECT pg_own FROM users",
        "FROM users SELECT pg_x",
    ],
)
def test_a_statement_over_the_users_own_relations_stays_as_it_was_written(sql: str) -> None:
    assert planned(sql) is None


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT oid, relname, relkind FROM pg_class", [("oid", "oid"), ("relname", "name"), ("relkind", "char")]),
        ("SELECT count(*), 1::oid, 'a'::name", [("count", "int8"), ("oid", "oid"), ("name", "name")]),
        ("SELECT c.oid::regclass, relname AS N FROM pg_class c", [("oid", "regclass"), ("n", "name")]),
        ("SELECT CASE WHEN true THEN 'x' ELSE nspname END FROM pg_namespace", [("nspname", "name")]),
        ("SELECT (SELECT relname FROM pg_class LIMIT 1), ARRAY(SELECT oid FROM pg_class)",
         [("relname", "name"), ("array", "_oid")]),
        ("SELECT n.* FROM (SELECT oid, nspname FROM pg_namespace) n", [("oid", "oid"), ("nspname", "name")]),
        ("SELECT min(relname), max(oid) FROM pg_class", [("min", "text"), ("max", "oid")]),
        ("SELECT relname || 'x', relnatts + 1 FROM pg_class", [("?column?", "text"), ("?column?", "int4")]),
        ("SELECT x, n FROM unnest(current_schemas(true)) WITH ORDINALITY t(x, n)", [("x", "name"), ("n", "int8")]),
        ("SELECT indkey, indkey[0] FROM pg_index", [("indkey", "int2vector"), ("indkey", "int2")]),
        ("SELECT table_name, ordinal_position FROM information_schema.columns",
         [("table_name", "name"), ("ordinal_position", "int4")]),
    ],
)  # fmt: skip
def test_columns_have_postgresqls_labels_and_types(sql: str, columns: list[tuple[str, str]]) -> None:
    plan = planned(sql)
    assert plan is not None
    assert plan.columns is not None
    assert [(column.label, column.kind and column.kind.name) for column in plan.columns] == columns


def test_unqualified_names_inside_a_function_are_not_caught_by_its_expression() -> None:
    plan = planned("SELECT pg_get_userbyid(relowner), format_type(oid, NULL) FROM pg_class")
    assert plan is not None
    assert '"r_"."oid" = "pg_class"."relowner"' in plan.sql


def test_a_private_session_reads_its_own_tables() -> None:
    plan = planned("SELECT relname FROM pg_class", CatalogSession("ada", "default", private=True))
    assert plan is not None
    assert "__pg_catalog_pg_class" in plan.sql
    assert "__postgres" not in plan.sql


@pytest.mark.parametrize("call", ["pg_typeof()", "current_setting()", "to_regclass()", "set_config('a')", "version(1)"])
def test_a_call_without_its_arguments_is_left_to_the_engine(call: str) -> None:
    planned(f"SELECT {call}, relname FROM pg_class")


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(UndefinedObject):
        planned("SELECT current_setting('no.such')")


@pytest.mark.parametrize("relation", DERIVED, ids=".".join)
def test_a_derived_relation_has_postgresqls_columns(relation: tuple[str, str]) -> None:
    planning = Planning(SESSION, {"is_superuser": "on", "application_name": ""}.get)
    outputs = Walk(planning, RULES, NEEDED).query(parse_one(DERIVED[relation](planning), read="postgres"), None, {})
    assert outputs is not None
    assert [one.name for one in outputs] == [column.name for column in catalog_relations()[relation].columns]


@pytest.mark.parametrize("name", [*FUNCTIONS, *TABLE_FUNCTIONS])
def test_a_functions_expression_can_be_read(name: str) -> None:
    template = FUNCTIONS[name][0] if name in FUNCTIONS else TABLE_FUNCTIONS[name][0]
    planning = Planning(SESSION, {}.get)
    assert expand(template.replace("{user}", "ada").replace("{path}", "['public']"), [], planning, None) is not None
