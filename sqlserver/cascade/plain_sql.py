"""What belongs to plain SQL and can never become an operator: DuckDB's own keywords and functions.

Asked of DuckDB once (about 40 ms), so that the list is that of the version in use.
"""

from __future__ import annotations

from functools import lru_cache

import duckdb

_INFIX_NAMES = frozenset({"RLIKE", "REGEXP", "DIV", "MOD", "XOR", "SOUNDS", "MEMBER"})
"""Infix words of other SQL dialects, which the parser may read."""

_OURS = frozenset({"trace_of", "cascade"})
"""Functions that the server answers itself."""

_LATER_WORDS = frozenset({"TO", "WITH"})
"""Reserved words that may stand behind the first word of an operator: no expression begins or goes on with them."""

_NEVER = frozenset({"NULL", "EXISTS", "INTERVAL", "ROW", "VALUES", "BETWEEN", "OPERATOR", "ESCAPE", "CAST", "TRY_CAST"})
"""Words that begin an expression or go on with one, though DuckDB does not reserve them."""


@lru_cache(maxsize=1)
def keywords() -> frozenset[str]:
    """Every keyword, reserved or not, upper case."""
    return frozenset(name.upper() for name in _ask("SELECT keyword_name FROM duckdb_keywords()")) | _INFIX_NAMES


@lru_cache(maxsize=1)
def _reserved() -> frozenset[str]:
    query = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
    return (frozenset(name.upper() for name in _ask(query)) | _NEVER) - _LATER_WORDS


@lru_cache(maxsize=1)
def functions() -> frozenset[str]:
    """The names of all functions and macros, and of the server's own, lower case."""
    return frozenset(name.lower() for name in _ask("SELECT DISTINCT function_name FROM duckdb_functions()")) | _OURS


def refused_word(words: tuple[str, ...]) -> str | None:
    """The first of these upper-case infix words that plain SQL needs, or None.

    The first word may be no keyword at all; a later one only one that says nothing there, so that ``RELEVANCE TO`` and
    ``ALIGNS WITH`` are possible.
    """
    if words[0] in keywords():
        return words[0]
    return next((word for word in words[1:] if word in _reserved()), None)


def _ask(query: str) -> list[str]:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        return [str(name) for (name,) in connection.execute(query).fetchall()]
