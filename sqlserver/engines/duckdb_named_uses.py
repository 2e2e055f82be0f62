"""Which relations and functions a statement may name, read off its tokens: for those whose tree DuckDB does not give.

More is found than is meant (an alias with a list of columns looks like a call), never less: a call is a name before a
bracket, whatever it stands in.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlserver.engines.duckdb_query_tree import FunctionCall, RelationName, Uses
from sqlserver.engines.duckdb_tokens import tokens

_TARGETS = frozenset({"INTO", "TABLE", "VIEW", "EXISTS", "SCHEMA", "SEQUENCE", "TYPE"})
"""What stands behind one of these with a bracket is a relation with its columns, or EXISTS (query)."""
_MACROS = ("MACRO", "FUNCTION")
_BEFORE_MACRO = frozenset({"OR", "REPLACE", "TEMP", "TEMPORARY"})


def named_uses(sql: str) -> Uses:
    """Of any statement. The names of relations are all the names there are, without their schemas."""
    words = _words(sql)
    uses = Uses()
    names: set[str] = set()
    for at, word in enumerate(words):
        name = name_of(word)
        if not name:
            continue
        names.add(name)
        if words[at + 1 : at + 2] == ["("] and not _is_target(words, at):
            uses.calls.append(FunctionCall(name, in_from=None, arguments=-1))
    uses.relations.extend(RelationName((name,)) for name in sorted(names))
    return uses


def names_any(sql: str, wanted: frozenset[str]) -> bool:
    """Whether one of these lower-case names stands in a statement, outside its strings."""
    lower = sql.lower()
    return any(name in lower for name in wanted) and any(name_of(word) in wanted for word in _words(sql))


def made_macro(sql: str) -> str:
    """``CREATE [OR REPLACE] [TEMP] MACRO [schema.]name`` → ``name``; empty for any other statement."""
    words = _words(sql)
    at = 1
    while at < len(words) and words[at].upper() in _BEFORE_MACRO:
        at += 1
    if words[:1] == [] or words[0].upper() != "CREATE" or at >= len(words) or words[at].upper() not in _MACROS:
        return ""
    at += 1
    if [word.upper() for word in words[at : at + 3]] == ["IF", "NOT", "EXISTS"]:
        at += 3
    while words[at + 1 : at + 2] == ["."]:
        at += 2
    return name_of(words[at]) if at < len(words) else ""


def name_of(token: str) -> str:
    """In lower case; empty for what is no name."""
    if token[:1] == '"':
        return token[1:-1].replace('""', '"').lower()
    return token.lower() if token[:1].isalpha() or token[:1] == "_" else ""


def _words(sql: str) -> list[str]:
    return [token for _, token in tokens(sql) if not token.startswith(("--", "/*"))]


def _is_target(words: Sequence[str], at: int) -> bool:
    """Whether the name at ``at`` is that of a relation with its columns: ``INTO a.b.name (``."""
    while at > 1 and words[at - 1] == ".":
        at -= 2
    return at > 0 and words[at - 1].upper() in _TARGETS
