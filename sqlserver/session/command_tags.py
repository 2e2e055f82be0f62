"""Command tags in PostgreSQL's words."""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.result import CommandTag

_OBJECTS = (
    ("MATERIALIZED", "VIEW"), ("FOREIGN", "TABLE"), ("TABLE",), ("VIEW",), ("INDEX",), ("SCHEMA",), ("SEQUENCE",),
    ("TYPE",), ("MACRO",), ("FUNCTION",), ("DATABASE",), ("ROLE",), ("SECRET",),
)  # fmt: skip
_NOISE = {"OR", "REPLACE", "TEMP", "TEMPORARY", "UNIQUE", "PERSISTENT", "LOCAL", "GLOBAL", "UNLOGGED", "RECURSIVE"}
_SAY_FUNCTION = {"MACRO": "FUNCTION"}


def definition_tag(words: Sequence[str]) -> str:
    """``CREATE OR REPLACE TEMP VIEW v`` (leading words, any case) → ``CREATE VIEW``; another verb → the verb."""
    upper = [word.upper() for word in words]
    verb = upper[0] if upper else ""
    if verb not in ("CREATE", "DROP", "ALTER"):
        return verb
    rest = [word for word in upper[1:] if word not in _NOISE]
    for names in _OBJECTS:
        if tuple(rest[: len(names)]) == names:
            return " ".join((verb, *(_SAY_FUNCTION.get(name, name) for name in names)))
    return " ".join((verb, *rest[:1]))


def rows_tag(verb: str) -> CommandTag:
    """For statements that return rows: ``SELECT 5``, ``INSERT 0 5``, ``EXPLAIN``."""
    if verb in ("EXPLAIN", "SHOW"):
        return CommandTag(verb)
    return CommandTag("INSERT 0" if verb == "INSERT" else verb, counts_rows=True)


def count_tag(verb: str, affected: int) -> CommandTag:
    """For statements that changed rows and return none."""
    return CommandTag(f"INSERT 0 {affected}" if verb == "INSERT" else f"{verb} {affected}")
