"""Cascades made from a few lines of YAML."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from sqlserver.cascade.library import CascadeLibrary
from sqlserver.cascade.loader import Definitions, definitions_of
from sqlserver.config.yaml_file import parse_yaml
from sqlserver.resources import data_folder


def definitions(text: str) -> Definitions:
    return definitions_of(parse_yaml(textwrap.dedent(text), "file.yaml"))


@pytest.fixture(scope="session")
def shipped() -> CascadeLibrary:
    return CascadeLibrary.with_shipped((), ())


@pytest.fixture
def library(tmp_path: Path) -> Callable[[], CascadeLibrary]:
    """The shipped folders and ``tmp_path``."""
    return lambda: CascadeLibrary([data_folder("cascades"), tmp_path], [data_folder("operators"), tmp_path])
