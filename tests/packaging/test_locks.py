"""The lock files: every line with hashes, nothing of a machine in them, and inside the ranges of pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sqlserver.llm.embedded.install import REQUIREMENT

ROOT = Path(__file__).parent.parent.parent
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.txt"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
CLIENTS = PYPROJECT["dependency-groups"]["clients"]


def locked(name: str) -> dict[str, str]:
    """Package to version."""
    lines = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in lines}


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_has_its_hashes(name: str) -> None:
    text = re.sub(r"^#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    entries = text.replace("\\\n", " ").splitlines()
    assert entries
    for entry in entries:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==\S+(\s+--hash=sha256:[0-9a-f]{64})+\s*", entry), entry


@pytest.mark.parametrize("name", LOCKS)
def test_no_index_host_or_path_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted|file:| @ |/home|/opt|/tmp", text)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        ("requirements-dev.txt", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]),
        ("requirements-clients.txt", CLIENTS),
    ],
)
def test_the_locked_versions_are_in_the_ranges_of_the_project(name: str, wanted: list[str]) -> None:
    versions = locked(name)
    for line in wanted:
        requirement = Requirement(line)
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), line


def test_the_development_lock_holds_the_runtime_lock() -> None:
    assert locked("requirements.txt").items() <= locked("requirements-dev.txt").items()
    assert locked("requirements-build.txt").items() <= locked("requirements-dev.txt").items()


def test_the_clients_lock_changes_no_version_of_the_development_lock() -> None:
    clients, development = locked("requirements-clients.txt"), locked("requirements-dev.txt")
    assert {name: clients[name] for name in clients.keys() & development} == {
        name: development[name] for name in clients.keys() & development
    }


def test_the_model_is_pinned_alike_in_the_lock_and_in_model_install() -> None:
    entry = re.sub(r"^#.*\n", "", (ROOT / "requirements-model.txt").read_text(), flags=re.MULTILINE)
    assert " ".join(entry.replace("\\", "").split()) == REQUIREMENT.strip()


def test_every_direct_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"] + CLIENTS:
        assert f"`{Requirement(line).name}`" in page, line
