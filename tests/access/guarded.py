"""How tests reach a server that asks for passwords."""

from __future__ import annotations

from typing import Any

import psycopg

from tests.processes import SqlServerProcess

PASSWORD = "correct horse battery staple"
ROLES = {"rae": "reader", "ann": "annotator", "ana": "analyst", "adi": "admin"}


class GuardedServer:
    def __init__(self, process: SqlServerProcess) -> None:
        self.process = process

    def connect(self, user: str, password: str = PASSWORD, **options: Any) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=self.process.host, port=self.process.port, user=user, password=password, dbname="default",
            autocommit=True, **options,
        )  # fmt: skip


def sqlstate(connection: psycopg.Connection[Any], sql: str, parameters: Any = None) -> str | None:
    """What running it gives: None where it runs."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.encode(), parameters)
            if cursor.description is not None:
                cursor.fetchall()
    except psycopg.Error as error:
        return error.sqlstate
    return None
