"""How results are printed."""

from __future__ import annotations

import json

import pytest

from sqlserver.app.server_client import TextResult
from sqlserver.cli.pg_arrays import parse_array
from sqlserver.cli.result_formats import as_csv, as_json, as_table
from sqlserver.core import pgtypes
from sqlserver.core.pgtypes import PgType, array_of


def one(text: str | None, kind: PgType) -> TextResult:
    return TextResult("SELECT 1", (("c", kind.oid),), [(text,)])


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("t", pgtypes.BOOL, "true"),
        ("f", pgtypes.BOOL, "false"),
        ("42", pgtypes.INT4, "42"),
        ("-9223372036854775808", pgtypes.INT8, "-9223372036854775808"),
        ("1.10", pgtypes.NUMERIC, "1.10"),
        ("1e+20", pgtypes.FLOAT8, "1e+20"),
        ("NaN", pgtypes.FLOAT8, '"NaN"'),
        ("Infinity", pgtypes.FLOAT8, '"Infinity"'),
        (None, pgtypes.INT4, "null"),
        ("", pgtypes.TEXT, '""'),
        ('a\n"b" ü', pgtypes.TEXT, '"a\\n\\"b\\" ü"'),
        ("2026-01-02", pgtypes.DATE, '"2026-01-02"'),
        ("2026-01-02 03:04:05.5", pgtypes.TIMESTAMP, '"2026-01-02T03:04:05.5"'),
        ("2026-01-02 03:04:05+00", pgtypes.TIMESTAMPTZ, '"2026-01-02T03:04:05+00:00"'),
        ('{"k": [1, null]}', pgtypes.JSON, '{"k": [1, null]}'),
        ("{1,2,NULL}", array_of(pgtypes.INT4), "[1, 2, null]"),
        ('{a,"b c","NULL"}', array_of(pgtypes.TEXT), '["a", "b c", "NULL"]'),
        ("{}", array_of(pgtypes.TEXT), "[]"),
    ],
)
def test_a_cell_in_json(text: str | None, kind: PgType, expected: str) -> None:
    printed = as_json(one(text, kind))
    json.loads(printed)
    assert printed == f'[{{"c": {expected}}}]\n'


def test_json_is_one_array_of_objects_and_empty_without_rows() -> None:
    columns = (("a", pgtypes.INT4.oid), ("b", pgtypes.TEXT.oid))
    assert json.loads(as_json(TextResult("SELECT 2", columns, [("1", "x"), ("2", None)]))) == [
        {"a": 1, "b": "x"},
        {"a": 2, "b": None},
    ]
    assert json.loads(as_json(TextResult("SELECT 0", columns, []))) == []
    assert json.loads(as_json(TextResult("CREATE TABLE"))) == []


def test_a_table_looks_as_psql_prints_it() -> None:
    columns = (("id", pgtypes.INT4.oid), ("description", pgtypes.TEXT.oid))
    rows = [("1", "bamboo"), ("20", None), ("3", "two\nlines"), ("4", "日本")]
    assert as_table(TextResult("SELECT 4", columns, rows)) == (
        " id | description\n"
        "----+-------------\n"
        "  1 | bamboo\n"
        " 20 |\n"
        "  3 | two        +\n"
        "    | lines\n"
        "  4 | 日本\n"
        "(4 rows)\n\n"
    )


def test_a_statement_without_rows_prints_its_tag() -> None:
    assert as_table(TextResult("INSERT 0 3")) == "INSERT 0 3\n"


def test_csv_has_a_header_quotes_and_empty_fields_for_null() -> None:
    columns = (("a", pgtypes.TEXT.oid), ("b", pgtypes.TEXT.oid))
    assert as_csv(TextResult("SELECT 1", columns, [('x,"y"', None)])) == 'a,b\n"x,""y""",\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{1,2},{3,4}}", [["1", "2"], ["3", "4"]]),
        ('{"a\\"b","c\\\\d",NULL,""}', ['a"b', "c\\d", None, ""]),
        ("[0:1]={7,8}", ["7", "8"]),
    ],
)
def test_array_literals(text: str, expected: object) -> None:
    assert parse_array(text) == expected


@pytest.mark.parametrize("text", ["", "1,2", "{1,2", "{1}x"])
def test_what_is_no_array_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="array literal"):
        parse_array(text)
