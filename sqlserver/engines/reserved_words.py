"""Which words need double quotes as names, and the hint that says so.

The lists are PostgreSQL's reserved key words (appendix C of its manual) that DuckDB reserves too, and DuckDB's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlserver.engines.duckdb_tokens import tokens

_RESERVED = frozenset(
    {
        "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case", "cast",
        "check", "collate", "column", "constraint", "create", "default", "deferrable", "desc", "distinct", "do",
        "else", "end", "except", "false", "fetch", "for", "foreign", "from", "group", "having", "in",
        "initially", "intersect", "into", "lateral", "leading", "limit", "not", "null", "offset", "on", "only",
        "or", "order", "placing", "primary", "references", "returning", "select", "some", "symmetric", "table",
        "then", "to", "trailing", "true", "union", "unique", "user", "using", "variadic", "when", "where",
        "window", "with",
    }
)  # fmt: skip
_RESERVED_HERE = frozenset(
    {
        "describe", "lambda", "pivot", "pivot_longer", "pivot_wider", "qualify", "show", "summarize", "unpivot",
    }
)  # fmt: skip
_CLAUSE_WORDS = frozenset(
    {
        "and", "as", "case", "create", "else", "end", "except", "for", "from", "group", "having", "in",
        "intersect", "into", "limit", "not", "offset", "on", "or", "returning", "select", "then", "union",
        "using", "when", "where", "with",
    }
)  # fmt: skip
"""Where one of these is the token at fault, more likely something is missing before it than meant as a name."""


_VALUE_WORDS = frozenset(
    {"null", "true", "false", "default", "all", "array", "case", "cast", "distinct", "select", "not"}
)
"""Reserved words that stand in lists of values."""


def reserved_word_hint(word: str, sql: str, position: int | None) -> str | None:
    """For a reserved word where a name was meant, as ``SELECT desc FROM t``: say so and show it quoted.

    ``word`` and ``position`` are where the parser gave up; in ``INSERT INTO t (desc) VALUES …`` that is later.
    """
    word = word.lower()
    before = sql[: position - 1].rstrip() if position else ""
    if word in _CLAUSE_WORDS and not _names_a_column(sql, before):
        word = ""
    if word not in _RESERVED | _RESERVED_HERE:
        word = next(_listed_names(before), "")
    if not word:
        return None
    where = "here and in PostgreSQL" if word in _RESERVED else "here"
    return f'"{word}" is a reserved word {where}: to use it as a name, put it in double quotes: "{word}".'


def _names_a_column(sql: str, before: str) -> bool:
    return before.endswith((".", "(")) and sql.lstrip()[:6].lower() == "create"


def _listed_names(sql: str) -> Iterator[str]:
    """Reserved words that stand alone between brackets and commas."""
    words = [token.lower() for _, token in tokens(sql)]
    for left, word, right in zip(words, words[1:], words[2:], strict=False):
        if left in "(," and right in ")," and word in (_RESERVED | _RESERVED_HERE) - _VALUE_WORDS:
            yield word
