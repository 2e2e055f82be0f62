"""``sqlserver db init``, ``status`` and ``migrate``: the tables of the log and of training.

``serve`` migrates at its start too. Beside a running server the request goes through it: one process owns the store.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from sqlserver.cli.command import Command
from sqlserver.cli.data_directory import control
from sqlserver.cli.options import add_data_dir, settings_from


def _print_migrations(rows: list[dict[str, str | None]]) -> int:
    """Exit code 1 where a migration is not as shipped."""
    for row in rows:
        print(f"{row['name']}  {row['state']}  {row['applied_at']}".rstrip())
    return 0 if all(row["state"] in ("applied", "pending") for row in rows) else 1


def _migrate(chosen: Namespace) -> int:
    return _print_migrations(control(settings_from(chosen), "migrate"))


def _status(chosen: Namespace) -> int:
    return _print_migrations(control(settings_from(chosen), "migration_status"))


def _configure(parser: ArgumentParser) -> None:
    add_data_dir(parser)


INIT = Command(("db", "init"), "make the store, or bring it up to date", _configure, _migrate)
STATUS = Command(("db", "status"), "list the migrations and their state", _configure, _status)
MIGRATE = Command(("db", "migrate"), "apply pending migrations", _configure, _migrate)
