"""sqlglot's reading of SQL text that may hold ``$1,$2``.

Assumes nothing of the text. sqlglot takes ``$1,$`` for the opening of a dollar-quoted string, so that a text without
such strings is read by dialects that know none. Offsets of tokens are those of the text as given.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.dialects import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.postgres import Postgres

DUCKDB: Final = "duckdb"
POSTGRES: Final = "postgres"

_DOLLAR_QUOTE = re.compile(r"\$(?:[^\W\d]\w*)?\$")


class DuckDBOfParameters(DuckDB):
    class Tokenizer(DuckDB.Tokenizer):
        HEREDOC_STRINGS: ClassVar[list[str | tuple[str, str]]] = []
        SINGLE_TOKENS: ClassVar[dict[str, TokenType]] = DuckDB.Tokenizer.SINGLE_TOKENS | {"$": TokenType.PARAMETER}


class PostgresOfParameters(Postgres):
    class Tokenizer(Postgres.Tokenizer):
        HEREDOC_STRINGS: ClassVar[list[str | tuple[str, str]]] = []
        SINGLE_TOKENS: ClassVar[dict[str, TokenType]] = Postgres.Tokenizer.SINGLE_TOKENS | {"$": TokenType.PARAMETER}


_OF_PARAMETERS: Final[dict[str, type[Dialect]]] = {DUCKDB: DuckDBOfParameters, POSTGRES: PostgresOfParameters}


def sqlglot_tokens(sql: str, dialect: str) -> list[Token]:
    """Raises sqlglot's TokenError for what is no SQL text at all (an open quote)."""
    return sqlglot.tokenize(sql, dialect=_reader(sql, dialect))


def sqlglot_tree(sql: str, dialect: str) -> exp.Expr:
    """The tree of one statement. Raises sqlglot's ParseError and TokenError."""
    return sqlglot.parse_one(sql, read=_reader(sql, dialect))


def _reader(sql: str, dialect: str) -> str | type[Dialect]:
    return dialect if _DOLLAR_QUOTE.search(sql) else _OF_PARAMETERS[dialect]
