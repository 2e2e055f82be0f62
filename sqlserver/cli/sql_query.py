"""``sqlserver sql query "SELECT …"``: SQL without psql, on the data directory's server or without one."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from sqlserver.app.server_client import TextResult
from sqlserver.cli.command import Command
from sqlserver.cli.data_directory import run_sql
from sqlserver.cli.options import add_data_dir, add_database, add_folders, settings_from
from sqlserver.cli.result_formats import FORMATS


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("sql", metavar="SQL", help='one or more statements; "-" reads them from standard input')
    parser.add_argument("--format", choices=sorted(FORMATS), default="table", help="table (default), json or csv")
    add_data_dir(parser)
    add_database(parser)
    add_folders(parser)


def _run(chosen: Namespace) -> int:
    sql = sys.stdin.read() if chosen.sql == "-" else chosen.sql
    if chosen.format == "table":
        run_sql(settings_from(chosen), chosen.database, sql, lambda result: print(FORMATS["table"](result), end=""))
        return 0
    results: list[TextResult] = []
    run_sql(settings_from(chosen), chosen.database, sql, results.append)
    # One document: of several statements the last that gave rows counts, as a shell's $(…) expects.
    shown = next((result for result in reversed(results) if result.columns is not None), TextResult(""))
    print(FORMATS[chosen.format](shown), end="")
    return 0


COMMAND = Command(("sql", "query"), "run SQL and print its results", _configure, _run)
