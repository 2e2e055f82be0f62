"""Which words need double quotes as names, and the hint that says so.

The lists are PostgreSQL's reserved key words (appendix C of its manual) that DuckDB reserves too, and DuckDB's own.
"""

from __future__ import annotations

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


def reserved_word_hint(word: str, sql: str, position: int | None) -> str | None:
    """For a reserved word where a name was meant, as ``SELECT desc FROM t``: say so and show it quoted."""
    word = word.lower()
    before = sql[: position - 1].rstrip() if position else ""
    named_column = before.endswith((".", "(")) and sql.lstrip()[:6].lower() == "create"
    if word in _CLAUSE_WORDS and not named_column:
        return None
    if word in _RESERVED:
        where = "here and in PostgreSQL"
    elif word in _RESERVED_HERE:
        where = "here"
    else:
        return None
    return f'"{word}" is a reserved word {where}: to use it as a name, put it in double quotes: "{word}".'
