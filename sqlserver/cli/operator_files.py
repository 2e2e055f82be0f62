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
from sqlserver.core.operators import Operator
from sqlserver.resources import data_folder

if TYPE_CHECKING:
    from sqlserver.cascade.library import CascadeLibrary


def _library(chosen: Namespace) -> CascadeLibrary:
    from sqlserver.cascade.library import CascadeLibrary  # DuckDB behind it: not for --help

    settings = settings_from(chosen)
    # What is wrong is printed by the command itself, once.
    logging.getLogger("sqlserver.cascade.library").setLevel(logging.ERROR)
    return CascadeLibrary(
        (data_folder("cascades"), *settings.cascades), (data_folder("operators"), *settings.operators)
    )


def _forms(operator: Operator) -> str:
    """``text MEANS criterion, semantic_matches(text, criterion)``: what a user types."""
    infix = [f"{form.left} {' '.join(form.words)} {form.right}" for form in operator.infix]
    arguments = ", ".join(argument.name for argument in operator.arguments)
    return ", ".join([*infix, *(f"{name}({arguments})" for name in (operator.name, *operator.aliases))])


def _configure_list(parser: ArgumentParser) -> None:
    add_folders(parser)
    parser.add_argument("--format", choices=sorted(FORMATS), default="table")


def _list(chosen: Namespace) -> int:
    table = _library(chosen).current()
    rows = sorted(
        (_forms(operator), operator.returns, operator.cascade_id, operator.description) for operator in table.operators
    )
    columns = tuple((name, pgtypes.TEXT.oid) for name in ("form", "returns", "cascade", "description"))
    print(FORMATS[chosen.format](TextResult("LIST", columns, rows)), end="")
    return 0


def _check(chosen: Namespace) -> int:
    snapshot = _library(chosen).snapshot()
    for problem in snapshot.problems:
        print(problem)
    operators, cascades, wrong = len(snapshot.definitions), len(snapshot.cascades), len(snapshot.problems)
    print(f"{operators} operators and {cascades} cascades are in force; {wrong or 'no'} problem{'s' * (wrong != 1)}")
    return 1 if snapshot.problems else 0


LIST = Command(("operators", "list"), "list the operators and what a user types", _configure_list, _list)
CHECK = Command(("operators", "check"), "check the operator and cascade files", add_folders, _check)
