"""Statements that have nothing to do here and harm nobody: accepted with PostgreSQL's tag, or refused with the reason.

LOCK TABLE               snapshot isolation finds conflicts at the first write; accepted inside a block
CREATE EXTENSION         what these give is built in: plpgsql, pgcrypto, uuid-ossp, citext, semantic; others are
                         refused
REINDEX, CLUSTER         DuckDB keeps its indexes and its storage in order
ALTER … OWNER TO         DuckDB has no owners; tables, indexes and sequences stand elsewhere
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sqlserver.core.errors import FeatureNotSupported, ServerError
from sqlserver.core.result import CommandTag, Result
from sqlserver.session.command_words import fault_at, name_at
from sqlserver.sql.tokens import tokenize

_BUILT_IN = frozenset({"plpgsql", "pgcrypto", "uuid-ossp", "citext", "semantic"})
_QUIET: dict[tuple[str, ...], str] = {
    ("REINDEX",): "REINDEX",
    ("CLUSTER",): "CLUSTER",
}


def is_accepted(words: Sequence[str]) -> bool:
    """Whether ``accept`` answers a statement that begins with these upper-case words."""
    two = tuple(words[:2])
    return two[:1] in _FIRST or two in _QUIET or two in _EXTENSION or _gives_away(words)


def _gives_away(words: Sequence[str]) -> bool:
    if tuple(words[:1]) != ("ALTER",) or "RENAME" in words:
        return False
    return _OWNED.intersection(words[1:2]) != set() and ("OWNER", "TO") in pairwise(words)


_FIRST = frozenset({("REINDEX",), ("CLUSTER",), ("LOCK",)})
_OWNED = frozenset({"AGGREGATE", "DATABASE", "DOMAIN", "FUNCTION", "PROCEDURE", "SCHEMA", "TYPE", "VIEW"})
_EXTENSION = frozenset({("CREATE", "EXTENSION"), ("DROP", "EXTENSION")})


def accept(sql: str, words: Sequence[str], *, in_block: bool) -> Result | None:
    """None for any other statement. 25P01 for LOCK outside a block, 0A000 for what is not here."""
    if not is_accepted(words):
        return None
    if words[0] == "LOCK":
        if not in_block:
            raise ServerError("LOCK TABLE can only be used in transaction blocks", sqlstate="25P01")
        return Result(CommandTag("LOCK TABLE"))
    if words[0] == "ALTER":
        return Result(CommandTag(f"ALTER {words[1]}"))
    if tuple(words[:2]) in _EXTENSION:
        return _extension(sql, words[0])
    tag = _QUIET.get(tuple(words[:2])) or _QUIET[tuple(words[:1])]
    return Result(CommandTag(tag))


def _extension(sql: str, verb: str) -> Result:
    tokens = tokenize(sql)
    at = 2
    while at < len(tokens) and tokens[at].upper in ("IF", "NOT", "EXISTS"):
        at += 1
    if at >= len(tokens):
        raise fault_at(tokens, at, sql)
    name = name_at(tokens, at, sql)
    if verb == "CREATE" and name not in _BUILT_IN:
        raise FeatureNotSupported(f'extension "{name}" is not available', position=tokens[at].start + 1)
    return Result(CommandTag(f"{verb} EXTENSION"))
