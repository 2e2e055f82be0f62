"""What every client does against the server, as data: one row of all types, statements that fail, the long statement.

Each client's file sends these in the client's own way and compares with the same values.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tests.processes import EndpointProcess


class Typed(NamedTuple):
    """A column, its type, a value as Python holds it and as PostgreSQL prints it."""

    column: str
    type: str
    value: Any
    text: str


ROW = (
    Typed("b", "boolean", True, "t"),
    Typed("i2", "smallint", -32768, "-32768"),
    Typed("i4", "integer", 2147483647, "2147483647"),
    Typed("i8", "bigint", 9007199254740993, "9007199254740993"),
    Typed("n", "numeric(12,4)", Decimal("12345.6700"), "12345.6700"),
    Typed("f4", "real", 1.5, "1.5"),
    Typed("f8", "double precision", 3.0, "3"),
    Typed("t", "text", 'it\'s {ünï} \\ "日本"', 'it\'s {ünï} \\ "日本"'),
    Typed("v", "varchar(20)", "", ""),
    Typed("raw", "bytea", b"\x00\xff\\x", "\\x00ff5c78"),
    Typed("d", "date", dt.date(1999, 12, 31), "1999-12-31"),
    Typed("ti", "time", dt.time(23, 59, 59, 1), "23:59:59.000001"),
    Typed("ts", "timestamp", dt.datetime(2026, 1, 2, 3, 4, 5, 678000), "2026-01-02 03:04:05.678"),
    Typed("tz", "timestamptz", dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2026-01-02 03:04:05+00"),
    Typed("iv", "interval", dt.timedelta(days=1, hours=2, minutes=3, seconds=4.5), "1 day 02:03:04.5"),
    Typed("u", "uuid", uuid.UUID("c9764ce0-7131-4769-bef2-9588de0021bf"), "c9764ce0-7131-4769-bef2-9588de0021bf"),
    Typed("ia", "integer[]", [1, None, 3], "{1,NULL,3}"),
    Typed("ta", "text[]", ["a", "b, c", None, ""], '{a,"b, c",NULL,""}'),
)
"""Without json, which every driver wraps in its own way."""

VALUES = [typed.value for typed in ROW]
NULLS = [None] * len(ROW)


def create_types(table: str) -> str:
    return f"CREATE TABLE {table} ({', '.join(f'{typed.column} {typed.type}' for typed in ROW)})"


CREATE_GUARDED = (
    "CREATE TABLE IF NOT EXISTS guarded (id integer PRIMARY KEY, n integer NOT NULL, m integer CHECK (m > 0))"
)
ERRORS = [
    pytest.param(sql, state, id=state)
    for sql, state in (
        ("SELEC 1", "42601"),
        ("SELECT * FROM nowhere", "42P01"),
        ("SELECT missing FROM guarded", "42703"),
        ("SELECT no_such_function(1)", "42883"),
        ("SELECT 1 / 0", "22012"),
        ("SELECT 'x'::integer", "22P02"),
        ("SELECT 40000::smallint", "22003"),
        ("SELECT '2026-02-30'::date", "22008"),
        ("CREATE TABLE guarded (id integer)", "42P07"),
        ("INSERT INTO guarded VALUES (1, 1, 1), (1, 1, 1)", "23505"),
        ("INSERT INTO guarded VALUES (2, NULL, 1)", "23502"),
        ("INSERT INTO guarded VALUES (3, 1, -1)", "23514"),
    )
]

LARGE = "SELECT i, 'row ' || i AS label FROM generate_series(1, 100000) AS g(i)"
LARGE_ROWS = 100_000
LARGE_SUM = 5_000_050_000

ENDLESS = (
    "SELECT count(*) FROM generate_series(1, 1000000) AS a(x), generate_series(1, 1000000) AS b(y) WHERE x + y < 0"
)
"""Many minutes of work with not one row before its end."""

PRODUCTS = (
    "CREATE TABLE products (id integer, description text)",
    "INSERT INTO products VALUES (1, 'bamboo brush'), (2, 'plastic fork'), (3, 'organic shirt')",
)
MEANS = "SELECT id, description MEANS 'eco-friendly' AS is_eco FROM products ORDER BY id"
MEANS_ROWS = [(1, True), (2, False), (3, True)]
MARK = "MARK TRAINABLE WHERE cascade_id = 'semantic_matches' AND user_input ILIKE '%bamboo%'"
MARKED = "SELECT count(*) FROM training_examples_with_annotations WHERE trainable"


def injected(endpoint: EndpointProcess) -> list[int]:
    """How many examples each request since the last reset carried."""
    return [system.count("<example>") for system in endpoint.system_messages()]
