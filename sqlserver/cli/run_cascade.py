"""``sqlserver run FILE.yaml --input JSON``: one run of a cascade, its answer on stdout.

Logged like any call, so that its trace can be marked; marked examples go along.
"""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from sqlserver.cli.command import Command
from sqlserver.cli.data_directory import control
from sqlserver.cli.options import add_data_dir, settings_from
from sqlserver.core.errors import InvalidParameterValue, ServerError


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.yaml", help="the cascade")
    parser.add_argument("--input", metavar="JSON", default="{}", help="its inputs, as a JSON object")
    parser.add_argument("--session", metavar="ID", default="", help="the session_id that the log shows")
    add_data_dir(parser)


def _run(chosen: Namespace) -> int:
    path = Path(chosen.file)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "it is not UTF-8 text"
        raise ServerError(f"{path} cannot be read: {why}", sqlstate="58P01") from error
    request = {"text": text, "path": str(path), "inputs": _inputs(chosen.input), "session_id": chosen.session}
    for row in control(settings_from(chosen), "run_cascade", request):
        print(row["output"])
    return 0


def _inputs(raw: str) -> dict[str, object]:
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise InvalidParameterValue(
            f"--input is not JSON: {error}", hint="""Quote it for the shell: --input '{"text": "…"}'"""
        ) from None
    if not isinstance(value, dict):
        raise InvalidParameterValue('--input must be a JSON object such as {"text": "…"}')
    return value


COMMAND = Command(("run",), "run a cascade file once", _configure, _run)
