"""PostgreSQL's functions and type names that DuckDB lacks: macros and aliases in an attached database of their own.

Its schema stands behind the user's own in every search path, so nothing is written to the user's database, and a view
or macro of the user's that calls one finds it in every session. It is attached read-only: what all sessions share,
none may change.
"""

from __future__ import annotations

import tempfile
from importlib.resources import files
from pathlib import Path

import duckdb

ATTACHED = "__dialect"
SCHEMA = f"{ATTACHED}.postgres"


def attach_postgres_functions(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """About 40 ms. Assumes the configuration is not locked yet; nothing stays in ``folder``, which must be there."""
    text = files("sqlserver.engines").joinpath("postgres_functions.sql").read_text()
    path = connection.execute("SELECT current_setting('search_path')").fetchall()[0][0]
    # A database in memory cannot be read-only. The file's name goes when it is open.
    with tempfile.TemporaryDirectory(dir=folder) as own:
        place = str(Path(own) / "functions").replace("'", "''")
        connection.execute(f"ATTACH '{place}' AS {ATTACHED}")
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        connection.execute(f"SET search_path = '{SCHEMA}'")
        for statement in text.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute(f"SET search_path = '{path}'")
        connection.execute(f"DETACH {ATTACHED}")
        connection.execute(f"ATTACH '{place}' AS {ATTACHED} (READ_ONLY)")
