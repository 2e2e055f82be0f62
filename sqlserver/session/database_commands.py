"""CREATE DATABASE and DROP DATABASE: one DuckDB file each in the data directory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlserver.core.errors import ActiveTransaction, ServerError, SyntaxFault
from sqlserver.core.notice import Notice, NoticeSink
from sqlserver.core.result import CommandTag, Result
from sqlserver.session.transaction import Transaction
from sqlserver.sql.tokens import TokenKind, tokenize


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
    """``CREATE DATABASE [IF NOT EXISTS] name`` and ``DROP DATABASE [IF EXISTS] name``; other options are refused."""
    tokens = [token for token in tokenize(sql) if token.text != ";"]
    verb = tokens[0].text.upper()
    if transaction.open:
        raise ActiveTransaction(f"{verb} DATABASE cannot run inside a transaction block")
    words = [token.text.upper() for token in tokens]
    condition = ["IF", "NOT", "EXISTS"] if verb == "CREATE" else ["IF", "EXISTS"]
    conditional = words[2 : 2 + len(condition)] == condition
    rest = tokens[2 + (len(condition) if conditional else 0) :]
    if len(rest) != 1:
        at = rest[1] if rest else None
        raise SyntaxFault(
            f'syntax error at or near "{at.text}"' if at else "syntax error at end of input",
            position=(at.start if at else len(sql)) + 1,
            hint=f"{verb} DATABASE takes a name and no options here.",
        )
    name = rest[0].text if rest[0].kind is TokenKind.QUOTED else rest[0].text.lower()
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
