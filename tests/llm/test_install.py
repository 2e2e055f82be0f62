"""What ``sqlserver model install`` runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sqlserver.core.errors import ConfigurationFault
from sqlserver.llm.embedded import install, weights


def test_the_wheel_is_pinned_by_its_hash() -> None:
    assert f"{weights.PACKAGE}=={weights.VERSION} --hash=sha256:{weights.WHEEL_SHA256}\n" == install.REQUIREMENT
    assert len(weights.WHEEL_SHA256) == len(weights.WEIGHTS_SHA256) == 64


def test_an_installed_package_is_known_without_importing_it() -> None:
    assert install.installed()
    assert weights.MODULE not in sys.modules


def test_a_failed_installation_is_told(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'no such version' >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(ConfigurationFault, match="could not be installed: no such version"):
        install.install_model(str(python))
