"""DROP and TRUNCATE of several objects in one statement, which DuckDB takes one at a time.

``DROP TABLE IF EXISTS a, b CASCADE`` becomes ``DROP TABLE IF EXISTS a CASCADE`` and ``DROP TABLE IF EXISTS b CASCADE``,
in one transaction and in the order given.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sqlserver.sql.tokens import Token, tokenize

_ENDS = frozenset({"CASCADE", "RESTRICT"})
_KINDS = frozenset({"TABLE", "VIEW", "SEQUENCE", "INDEX", "SCHEMA", "TYPE"})


def one_by_one(sql: str) -> tuple[str, ...]:
    """The statements, one an object; () where ``sql`` names one object alone or is something else."""
    tokens = [token for token in tokenize(sql) if not token.is_symbol(";")]
    start = _names_start(tokens)
    end = len(tokens) - (tokens[-1].upper in _ENDS if tokens else 0)
    commas = [at for at in range(start, end) if tokens[at].is_symbol(",")] if start else []
    if not commas:
        return ()
    head = sql[tokens[0].start : tokens[start].start]
    tail = f" {tokens[end].text}" if end < len(tokens) else ""
    bounds = [start - 1, *commas, end]
    pieces = [tokens[before + 1 : after] for before, after in pairwise(bounds)]
    if not all(pieces):
        return ()
    return tuple(f"{head}{sql[piece[0].start : piece[-1].end]}{tail}" for piece in pieces)


def _names_start(tokens: Sequence[Token]) -> int:
    """The index of the first name; 0 where the statement is none of these."""
    words = [token.upper for token in tokens[:4]]
    if words[:1] == ["TRUNCATE"]:
        return 2 if words[1:2] == ["TABLE"] else 1
    if words[:1] != ["DROP"] or len(words) < 3 or words[1] not in _KINDS:
        return 0
    return 4 if words[2:4] == ["IF", "EXISTS"] else 2
