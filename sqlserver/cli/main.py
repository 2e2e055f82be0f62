"""The program ``sqlserver``: reads the command line and runs one command.

Errors are one line on stderr with a hint; exit code 1, or 2 for a command line that cannot be read. A broken pipe
(``| head``) and Ctrl-C end quietly, as shells expect.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from sqlserver import __version__
from sqlserver.cli import database, model_install, operator_files, run_cascade, serve_sql, sql_query, user_commands
from sqlserver.cli.command import Command
from sqlserver.core.errors import ServerError

COMMANDS: tuple[Command, ...] = (
    serve_sql.COMMAND,
    database.INIT,
    database.STATUS,
    database.MIGRATE,
    sql_query.COMMAND,
    run_cascade.COMMAND,
    operator_files.LIST,
    operator_files.CHECK,
    user_commands.ADD,
    user_commands.LIST,
    user_commands.PASSWORD,
    user_commands.DROP,
    model_install.COMMAND,
)

_GROUPS = {
    "serve": "run a server",
    "db": "the store of the log and of training",
    "sql": "SQL without psql",
    "operators": "the operators of SQL",
    "user": "who may log in",
    "model": "the embedded model",
}


def build_parser(commands: Sequence[Command] = COMMANDS) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sqlserver",
        description="A PostgreSQL wire-protocol server with LLM operators and few-shot training inside SQL.",
        epilog="Settings come from options, then from the environment (docs/settings.md).",
    )
    parser.add_argument("--version", action="version", version=f"sqlserver {__version__}")
    top = parser.add_subparsers(metavar="COMMAND", required=True)
    groups: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    for command in commands:
        *group, word = command.words
        choices = top
        if group:
            (name,) = group
            if name not in groups:
                groups[name] = top.add_parser(name, help=_GROUPS[name]).add_subparsers(metavar="COMMAND", required=True)
            choices = groups[name]
        leaf = choices.add_parser(word, help=command.help, description=command.help)
        command.configure(leaf)
        leaf.set_defaults(command=command)
    return parser


def describe(error: ServerError) -> str:
    """One line: what is wrong, then what to do."""
    parts = [error.message, *(part for part in (error.detail, error.hint and f"hint: {error.hint}") if part)]
    return "sqlserver: " + " — ".join(" ".join(part.split()) for part in parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; ``arguments`` are ``sys.argv[1:]`` where None."""
    chosen = build_parser().parse_args(arguments)
    try:
        code: int = chosen.command.run(chosen)
        sys.stdout.flush()
    except ServerError as error:
        print(describe(error), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The interpreter flushes stdout at exit and would complain again: give it a place to write to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(f"sqlserver: {error.strerror or error}{f': {error.filename}' if error.filename else ''}", file=sys.stderr)
        return 1
    return code
