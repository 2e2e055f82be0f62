"""Finds the real clients. One that is not installed is a skip with its reason, and with CI=true a failure.

``make clients`` installs those from PyPI and npm, ``.ci/run`` also those that are packages of the system.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skips the whole module, or fails it in CI."""
    if os.environ.get("CI") == "true":
        raise RuntimeError(reason)
    pytest.skip(reason, allow_module_level=True)


def module(name: str) -> Any:
    """An imported client library, of the lock requirements-clients.txt."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        missing(f"{name} is not installed ({error}); make clients installs it")


def program(name: str, package: str) -> str:
    """The path of a program that ``package`` brings."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return shutil.which(name, path=path) or missing(f"{name} is not installed; it is part of {package}")


def file(folder: str, pattern: str, package: str) -> Path:
    """The first file below ``folder`` that matches; Debian puts libraries below a folder named after the machine."""
    return next(iter(sorted(Path(folder).glob(pattern))), None) or missing(f"{pattern} is not there: install {package}")
