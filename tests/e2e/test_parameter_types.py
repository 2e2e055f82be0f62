"""Parameters of statements with operators have the types that the statement gives them, as asyncpg needs them."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import pytest

from tests.e2e.products import CREATE
from tests.processes import SqlServerProcess

STATEMENTS: dict[str, tuple[str, list[str]]] = {
    "compared with a column": ("SELECT description MEANS $1 FROM products WHERE id < $2", ["text", "int4"]),
    "both operands": ("SELECT $1 MEANS $2", ["text", "text"]),
    "an array argument": ("SELECT CLASSIFY(description, $1) FROM products WHERE id = $2", ["text[]", "int4"]),
    "an update": ("UPDATE products SET id = $1 WHERE description MEANS $2 AND id = $3", ["int4", "text", "int4"]),
    "a limit": ("SELECT id FROM products WHERE description MEANS ($1 || $2) LIMIT $3", ["text", "text", "int8"]),
    "with a log relation": (
        "SELECT p.id FROM products p JOIN training_examples_mv e ON e.user_input = p.description "
        "WHERE p.description MEANS $1 AND e.timestamp > $2",
        ["text", "timestamptz"],
    ),
    "a trace": ("SELECT trace_of($1 MEANS 'x'), $2::float8", ["text", "float8"]),
}


@pytest.mark.parametrize(("sql", "types"), STATEMENTS.values(), ids=STATEMENTS.keys())
async def test_the_types_told_are_those_the_statement_asks_for(
    server: SqlServerProcess, sql: str, types: list[str]
) -> None:
    server.rows("DROP TABLE IF EXISTS products;" + CREATE)
    connection = await asyncpg.connect(server.url())
    try:
        prepared = await connection.prepare(sql)
        assert [one.name for one in prepared.get_parameters()] == types
    finally:
        await connection.close()


async def test_native_values_reach_operators_marks_and_annotations(server: SqlServerProcess) -> None:
    server.rows("DROP TABLE IF EXISTS products;" + CREATE)
    connection = await asyncpg.connect(server.url())
    try:
        rows = await connection.fetch(
            "SELECT id, description MEANS $1 AS m FROM products WHERE id < $2 ORDER BY id", "eco-friendly", 4
        )
        assert [(row["id"], row["m"]) for row in rows] == [(1, True), (2, True), (3, False)]
        assert await connection.execute("MARK TRAINABLE WHERE user_input LIKE $1", "%bamboo%") == "MARK 1"
        since = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
        found = await connection.fetchrow(
            "SELECT trace_id, timestamp FROM training_examples_mv WHERE user_input LIKE $1 AND timestamp > $2",
            "%cotton%",
            since,
        )
        inserted = await connection.execute(
            "INSERT INTO training_annotations (trace_id, trainable, confidence) VALUES ($1, $2, $3)",
            found["trace_id"],
            True,
            0.5,
        )
        assert inserted == "INSERT 0 1"
        confidence = await connection.fetchval(
            "SELECT confidence FROM training_annotations WHERE trace_id = $1", found["trace_id"]
        )
        assert confidence == 0.5
    finally:
        await connection.close()
