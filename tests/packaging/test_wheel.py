"""What a user installs: sdist → wheel holds what the checkout holds, and the resources are found from that layout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SHIPPED = ("operators", "cascades", "migrations")


def build(source: Path, target: str, into: Path) -> Path:
    """One distribution file, made by the backend itself: no network, no isolated environment."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, text=True)
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the unpacked sdist, as pip would."""
    source = tmp_path_factory.mktemp("source")
    with tarfile.open(sdist) as archive:
        archive.extractall(source, filter="data")
    (project,) = source.iterdir()
    return build(project, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked_wheel(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As pip lays it out."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def files_below(folder: Path) -> set[str]:
    """Relative paths of what belongs to the product: no caches, no compiled files."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


def test_the_package_in_the_wheel_is_the_package_of_the_checkout(unpacked_wheel: Path) -> None:
    package = {name for name in files_below(unpacked_wheel / "sqlserver") if not name.startswith("_data/")}
    assert package == files_below(ROOT / "sqlserver")


@pytest.mark.parametrize("folder", SHIPPED)
def test_the_shipped_folders_are_whole(unpacked_wheel: Path, folder: str) -> None:
    shipped = files_below(unpacked_wheel / "sqlserver" / "_data" / folder)
    assert shipped == files_below(ROOT / folder)
    assert shipped


def test_the_wheel_holds_nothing_else(unpacked_wheel: Path) -> None:
    top = {path.name for path in unpacked_wheel.iterdir()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"sqlserver"}
    (metadata,) = unpacked_wheel.glob("*.dist-info")
    assert {"METADATA", "entry_points.txt"} <= {path.name for path in metadata.iterdir()}
    assert list(metadata.rglob("LICENSE"))


def test_the_sdist_holds_what_a_developer_needs_and_no_cache(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"Makefile", "README.md", "CHANGELOG.md", "LICENSE", "requirements.txt", "tests/conftest.py"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith((".venv", ".git/"))]


@pytest.mark.parametrize("folder", SHIPPED)
def test_resources_are_found_from_the_wheel_layout(unpacked_wheel: Path, folder: str) -> None:
    script = f"from sqlserver.resources import data_folder; print(data_folder({folder!r}))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=unpacked_wheel,
        env=os.environ | {"PYTHONPATH": str(unpacked_wheel)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(done.stdout.strip()) == unpacked_wheel / "sqlserver" / "_data" / folder


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_wheel_installs_from_the_lock_alone_and_runs(wheel: Path, tmp_path: Path) -> None:
    """A new environment: what the program imports is what the lock holds."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    programs = tmp_path / "env" / "bin"
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements.txt")], check=True)
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    said = subprocess.run(
        [str(programs / "sqlserver"), "operators", "list"],
        env={"PATH": os.defpath, "SQLSERVER_DATA_DIR": str(tmp_path / "data")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "MEANS" in said.stdout
