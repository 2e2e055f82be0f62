"""CREATE DATABASE and DROP DATABASE: one DuckDB file each in the data directory.

PostgreSQL's options are read. Those that ask for what every database here has, or for what has no meaning here, say
nothing; another encoding and a copy of a database are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlserver.core.errors import ActiveTransaction, FeatureNotSupported, ServerError
from sqlserver.core.notice import Notice, NoticeSink
from sqlserver.core.result import CommandTag, Result
from sqlserver.session.command_words import fault_at, name_at
from sqlserver.session.transaction import Transaction
from sqlserver.sql.tokens import Token, tokenize


class Databases(Protocol):
    def exists(self, name: str) -> bool: ...
    def names(self) -> Sequence[str]: ...
    async def create(self, name: str) -> None: ...
    async def drop(self, name: str) -> None: ...


def is_database_command(words: Sequence[str]) -> bool:
    upper = [word.upper() for word in words[:2]]
    return len(upper) == 2 and upper[0] in ("CREATE", "DROP") and upper[1] == "DATABASE"


async def run_database_command(
    sql: str, databases: Databases, transaction: Transaction, current: str, notify: NoticeSink
) -> Result:
    """``CREATE DATABASE [IF NOT EXISTS] name [WITH] [option …]``, ``DROP DATABASE [IF EXISTS] name [WITH] [(FORCE)]``.

    42601 for an option that PostgreSQL does not know, 0A000 for one that cannot be had.
    """
    tokens = [token for token in tokenize(sql) if token.text != ";"]
    verb = tokens[0].upper
    if transaction.open:
        raise ActiveTransaction(f"{verb} DATABASE cannot run inside a transaction block")
    condition = ("IF", "NOT", "EXISTS") if verb == "CREATE" else ("IF", "EXISTS")
    conditional = tuple(token.upper for token in tokens[2 : 2 + len(condition)]) == condition
    at = 2 + (len(condition) if conditional else 0)
    name = name_at(tokens, at, sql)
    at += 1
    at += at < len(tokens) and tokens[at].upper == "WITH"
    if verb == "CREATE":
        _check_options(tokens, at, sql)
    elif at < len(tokens) and [token.text.upper() for token in tokens[at:]] != ["(", "FORCE", ")"]:
        raise fault_at(tokens, at, sql)
    there = databases.exists(name)
    if verb == "CREATE" and there and conditional:
        notify(Notice(f'database "{name}" already exists, skipping', sqlstate="42P04"))
    elif verb == "CREATE":
        await databases.create(name)
    elif not there and conditional:
        notify(Notice(f'database "{name}" does not exist, skipping'))
    elif name == current:
        raise ServerError("cannot drop the currently open database", sqlstate="55006")
    else:
        await databases.drop(name)
    return Result(CommandTag(f"{verb} DATABASE"))


_OPTIONS = frozenset(
    {
        "OWNER", "TEMPLATE", "ENCODING", "STRATEGY", "LOCALE", "LC_COLLATE", "LC_CTYPE", "ICU_LOCALE",
        "LOCALE_PROVIDER", "COLLATION_VERSION", "TABLESPACE", "ALLOW_CONNECTIONS", "CONNECTION", "IS_TEMPLATE", "OID",
    }
)  # fmt: skip
_TEMPLATES = frozenset({"default", "template0", "template1"})
_ENCODINGS = frozenset({"default", "utf8", "utf-8", "unicode", "6"})


def _check_options(tokens: Sequence[Token], at: int, sql: str) -> None:
    while at < len(tokens):
        option = tokens[at].upper
        if option not in _OPTIONS:
            raise fault_at(tokens, at, sql)
        at += 1 + (option == "CONNECTION")
        at += at < len(tokens) and tokens[at].text == "="
        if at >= len(tokens):
            raise fault_at(tokens, at, sql)
        value, place = tokens[at].text.lower(), tokens[at].start + 1
        if option == "TEMPLATE" and value not in _TEMPLATES:
            raise FeatureNotSupported("a database cannot be made as a copy of another", position=place)
        if option == "ENCODING" and value not in _ENCODINGS:
            raise FeatureNotSupported("databases are encoded in UTF8", position=place)
        at += 1 + (value == "-")
