"""Statements of PostgreSQL that there is nothing for here: 0A000 with their name instead of a syntax error.

Only what DuckDB's parser refuses is looked at. ``DROP … IF EXISTS`` of such an object finds none and does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.core.errors import FeatureNotSupported, ServerError

_OBJECTS = (
    "ACCESS METHOD", "AGGREGATE", "CAST", "COLLATION", "CONVERSION", "DOMAIN", "EVENT TRIGGER", "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE", "FUNCTION", "LANGUAGE", "MATERIALIZED VIEW", "OPERATOR", "POLICY", "PROCEDURE", "PUBLICATION",
    "ROUTINE", "RULE", "SERVER", "STATISTICS", "SUBSCRIPTION", "TABLESPACE", "TEXT SEARCH", "TRANSFORM", "TRIGGER",
    "USER MAPPING", "LARGE OBJECT", "DEFAULT PRIVILEGES",
)  # fmt: skip
_SKIPPED = frozenset(
    {"OR", "REPLACE", "TEMP", "TEMPORARY", "CONSTRAINT", "TRUSTED", "PROCEDURAL", "RECURSIVE", "DEFAULT"}
)
_STATEMENTS = (
    "REFRESH MATERIALIZED VIEW", "SECURITY LABEL", "IMPORT FOREIGN SCHEMA", "REASSIGN OWNED", "DROP OWNED",
    "SET TRANSACTION SNAPSHOT",
)  # fmt: skip


def two_phase_fault() -> ServerError:
    """As of a PostgreSQL that is configured for none."""
    return ServerError("prepared transactions are disabled", sqlstate="55000")


def told_as_unsupported(words: Sequence[str], fault: ServerError) -> ServerError:
    """``words`` are the statement's first, upper-case; ``fault`` stands for everything else."""
    if tuple(words[:2]) == ("PREPARE", "TRANSACTION"):
        return two_phase_fault()
    name = _name(words)
    return fault if name is None else FeatureNotSupported(f"{name} is not supported")


def drops_nothing(words: Sequence[str]) -> str | None:
    """The command tag of ``DROP … IF EXISTS`` of an object that there cannot be."""
    name = _name(words) if tuple(words[:1]) == ("DROP",) else None
    if name is None:
        return None
    end = len(name.split())
    return name if tuple(words[end : end + 2]) == ("IF", "EXISTS") else None


def _name(words: Sequence[str]) -> str | None:
    joined = " ".join(words)
    for one in _STATEMENTS:
        if joined.startswith(one):
            return one
    if not words or words[0] not in ("CREATE", "ALTER", "DROP", "COMMENT"):
        return None
    at = 2 if tuple(words[:2]) == ("COMMENT", "ON") else 1
    while at < len(words) and words[at] in _SKIPPED and " ".join(words[at : at + 2]) != "DEFAULT PRIVILEGES":
        at += 1
    rest = " ".join(words[at:]) + " "
    found = next((one for one in _OBJECTS if rest.startswith(f"{one} ")), None)
    return None if found is None else f"{words[0]} {'ON ' * (words[0] == 'COMMENT')}{found}"
