"""``sqlserver serve sql``: the server, until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import logging
from argparse import ArgumentParser, Namespace
from dataclasses import replace

from sqlserver.cli.command import Command
from sqlserver.cli.options import add_data_dir, add_folders, settings_from


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (SQLSERVER_HOST; default 127.0.0.1)")
    parser.add_argument("--port", help="TCP port; 0 takes a free one (SQLSERVER_PORT; default 15432)")
    parser.add_argument("--database", metavar="NAME", help="a database to make if it is missing (SQLSERVER_DATABASE)")
    add_data_dir(parser)
    add_folders(parser)


def _run(chosen: Namespace) -> int:
    from sqlserver.app.server import serve  # both engines behind it: not for --help

    settings = settings_from(chosen)
    if chosen.database is not None:
        settings = replace(settings, database=chosen.database)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(serve(settings, _announce))
    return 0


def _announce(line: str) -> None:
    # A script that started the server reads this line through a pipe and waits for it.
    print(line, flush=True)


COMMAND = Command(("serve", "sql"), "serve PostgreSQL clients", _configure, _run)
