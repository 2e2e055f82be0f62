"""What a command of the program is: its words, its help, its options and what it does."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """``words`` are typed after ``sqlserver`` (``("db", "init")``).

    ``run`` gives the exit code and raises ServerError for what the user can put right.
    """

    words: tuple[str, ...]
    help: str
    configure: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
