"""``sqlserver operators list`` and ``check``: what the operator and cascade folders define, and what is wrong in them.

Both read the same folders in the same order as the server: the shipped ones, then the user's. No server is needed.
"""

from __future__ import annotations

import logging
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlserver.app.server_client import TextResult
from sqlserver.cli.command import Command
from sqlserver.cli.options import add_folders, settings_from
from sqlserver.cli.result_formats import FORMATS
from sqlserver.core import pgtypes

if TYPE_CHECKING:
    from sqlserver.cascade.library import CascadeLibrary


def _library(chosen: Namespace) -> CascadeLibrary:
    from sqlserver.cascade.library import CascadeLibrary  # DuckDB behind it: not for --help

    settings = settings_from(chosen)
    # What is wrong is printed by the command itself, once.
    logging.getLogger("sqlserver.cascade.library").setLevel(logging.ERROR)
    return CascadeLibrary.with_shipped(settings.cascades, settings.operators)


def _configure_list(parser: ArgumentParser) -> None:
    add_folders(parser)
    parser.add_argument("--format", choices=sorted(FORMATS), default="table")


def _list(chosen: Namespace) -> int:
    from sqlserver.cascade.check import list_operators

    rows = sorted(
        (", ".join(one.forms), one.returns, one.cascade_id, one.description) for one in list_operators(_library(chosen))
    )
    columns = tuple((name, pgtypes.TEXT.oid) for name in ("form", "returns", "cascade", "description"))
    print(FORMATS[chosen.format](TextResult("LIST", columns, rows)), end="")
    return 0


def _check(chosen: Namespace) -> int:
    from sqlserver.cascade.check import check_operators

    report = check_operators(_library(chosen))
    for finding in report.findings:
        print(finding)
    wrong = len(report.findings)
    problems = f"{wrong or 'no'} problem{'s' * (wrong != 1)}"
    print(f"{report.operators} operators and {report.cascades} cascades are in force; {problems}")
    return 1 if wrong else 0


LIST = Command(("operators", "list"), "list the operators and what a user types", _configure_list, _list)
CHECK = Command(("operators", "check"), "check the operator and cascade files", add_folders, _check)
