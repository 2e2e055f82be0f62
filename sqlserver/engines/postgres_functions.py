"""PostgreSQL's functions and type names that DuckDB lacks: macros and aliases in an attached in-memory database.

Its schema stands behind the user's own in every search path, so nothing is written to the user's database, and a view
or macro of the user's that calls one finds it in every session.
"""

from __future__ import annotations

from importlib.resources import files

import duckdb

ATTACHED = "__dialect"
SCHEMA = f"{ATTACHED}.postgres"


def attach_postgres_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """About 20 ms. Assumes the configuration is not locked yet."""
    text = files("sqlserver.engines").joinpath("postgres_functions.sql").read_text()
    connection.execute(f"ATTACH ':memory:' AS {ATTACHED}")
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    path = connection.execute("SELECT current_setting('search_path')").fetchall()[0][0]
    connection.execute(f"SET search_path = '{SCHEMA}'")
    for statement in text.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(f"SET search_path = '{path}'")
