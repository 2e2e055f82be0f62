"""Reaching a data directory: through the server that owns it, or one started for the moment where none does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlserver.app.server_client import ServerClient, TextResult, operating_system_user
from sqlserver.cli.terminal import print_notice
from sqlserver.config.settings import Settings
from sqlserver.core.errors import ServerError

if TYPE_CHECKING:
    from sqlserver.app.reach import Address

_TOKEN = "sqlserver.token"  # noqa: S105 - the startup parameter's name


def run_sql(settings: Settings, database: str, sql: str, on_result: Callable[[TextResult], None]) -> None:
    """Runs one or more statements; notices go to stderr. Raises the first error, after the results before it."""
    from sqlserver.app.reach import with_server  # both engines behind it: not for --help

    def work(address: Address) -> None:
        options = {"application_name": "sqlserver sql query", _TOKEN: address.token, "sqlserver.session": "sql"}
        _query(address, database, options, sql, on_result)

    with_server(settings, work)


def control(settings: Settings, do: str, request: Mapping[str, object] | None = None) -> list[dict[str, str | None]]:
    """One control request (``app.control_session``); its rows by column name."""
    from sqlserver.app.reach import with_server

    rows: list[dict[str, str | None]] = []

    def keep(result: TextResult) -> None:
        names = [name for name, _ in result.columns or ()]
        rows.extend(dict(zip(names, row, strict=True)) for row in result.rows)

    def work(address: Address) -> None:
        text = json.dumps({"do": do, **(request or {})})
        _query(address, "default", {_TOKEN: address.token}, text, keep)

    with_server(settings, work)
    return rows


def _query(
    address: Address, database: str, options: Mapping[str, str], text: str, on_result: Callable[[TextResult], None]
) -> None:
    try:
        client = ServerClient.connect(
            address.host,
            address.port,
            user=operating_system_user(),
            database=database,
            on_notice=print_notice,
            options=options,
        )
    except OSError as error:
        raise ServerError(
            f"the server that owns the data directory does not answer on {address.host}:{address.port}",
            detail=error.strerror or str(error),
            hint="If it hangs, stop it and try again.",
            sqlstate="08001",
        ) from error
    try:
        for result in client.query(text):
            on_result(result)
    finally:
        client.close()
