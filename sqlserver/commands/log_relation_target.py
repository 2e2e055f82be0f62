"""The log relation that an INSERT or UPDATE names as its target."""

from __future__ import annotations

from sqlserver.catalog.semantic_operators import ALL_RELATIONS
from sqlserver.commands.command import Words
from sqlserver.commands.statement_reader import StatementReader

_USER_SCHEMA = "PUBLIC"


def names_log_relation(words: Words) -> str | None:
    """``words`` from the target on: its name in lower case if it is a log relation, alone or as ``public.name``."""
    parts = [part.strip('"') for word in words for part in word.split(".") if part.strip('"')]
    if parts[:1] == ["ONLY"]:
        parts = parts[1:]
    if parts[:1] == [_USER_SCHEMA]:
        parts = parts[1:]
    name = parts[0].lower() if parts else ""
    return name if name in ALL_RELATIONS else None


def read_target(reader: StatementReader) -> str:
    """The target's bare name."""
    reader.take("ONLY")
    name = reader.name("a relation")
    if reader.take("."):
        name = reader.name("a relation after the schema")
    return name.lower()
