"""The options that several commands share, and the settings they give."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from sqlserver.config.settings import Settings, load_settings


def add_data_dir(parser: ArgumentParser) -> None:
    parser.add_argument("--data-dir", metavar="DIR", help="where everything is kept (SQLSERVER_DATA_DIR)")


def add_folders(parser: ArgumentParser) -> None:
    for what in ("operators", "cascades"):
        parser.add_argument(
            f"--{what}", metavar="DIR", action="append", help=f"a folder with {what} of your own; may be repeated"
        )


def add_database(parser: ArgumentParser) -> None:
    parser.add_argument("--database", metavar="NAME", default="default", help="the database (default: default)")


def settings_from(chosen: Namespace) -> Settings:
    """Options over environment over defaults. Raises ConfigurationFault."""
    given = vars(chosen)
    folders = {
        name: tuple(Path(folder).expanduser() for folder in given[name])
        for name in ("operators", "cascades")
        if given.get(name)
    }
    plain = {name: given.get(name) for name in ("data_dir", "host", "port")}
    return load_settings({**plain, **folders})
