"""What a command is, and what the session lends it while it runs.

A command is a module with a visible ``COMMAND``; ``commands/__init__.py`` lists them all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from sqlserver.commands.transaction_marks import TransactionMarks
from sqlserver.config.users_file import UsersFile
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.notice import Notice, NoticeSink
from sqlserver.core.pgtypes import PgType
from sqlserver.core.result import Column, CommandTag, Result, rows_of
from sqlserver.core.roles import Role
from sqlserver.execute.log_relations import LogReader

Words = tuple[str, ...]
"""A statement's first words, upper case; a quoted name counts as written."""

Select = Callable[[str, Sequence[BoundParameter]], Awaitable[pa.Table]]
"""Runs one query through the session's own pipeline: log relations, operators and DuckDB tables alike."""


class CommandStore(LogReader, Protocol):
    """The log store, as far as commands need it."""

    async def insert_relation(self, name: str, rows: pa.Table, *, db_user: str = "", caller_id: str = "") -> int:
        """Appends rows to ``unified_logs`` and its like; columns not given take their defaults. How many rows."""
        ...


@dataclass(frozen=True, slots=True)
class CommandContext:
    """``caller_id`` is this statement; ``last_semantic_caller_id`` the previous one that used an operator."""

    select: Select
    store: CommandStore
    marks: TransactionMarks
    notices: NoticeSink
    session_id: str
    caller_id: str
    last_semantic_caller_id: str | None
    db_user: str
    users: UsersFile

    def notice(self, message: str, hint: str | None = None) -> None:
        self.notices(Notice(message, hint=hint))


def administrators(request: Any, user: str) -> Role:
    return Role.ADMIN


def annotators(request: Any, user: str) -> Role:
    return Role.ANNOTATOR


def readers(request: Any, user: str) -> Role:
    return Role.READER


@dataclass(frozen=True, slots=True)
class Command:
    """``parse`` gives a request or raises 42601; with ``parameters`` None the statement is only described.

    ``columns`` tells what rows the request gives (None: none), ``parameter_types`` what the parameters that stand for
    whole values are (text where it is silent), both before it runs. ``needs`` tells the role that may run a request,
    given the user who asks; a command that does not say is for administrators.
    """

    name: str
    matches: Callable[[Words], bool]
    parse: Callable[[str, Sequence[BoundParameter] | None], Any]
    run: Callable[[Any, CommandContext], Awaitable[Result]]
    columns: Callable[[Any], tuple[Column, ...] | None] = lambda request: None
    parameter_types: Callable[[Any], Mapping[int, PgType]] = lambda request: {}
    needs: Callable[[Any, str], Role] = administrators


def tagged(tag: str) -> Result:
    return Result(CommandTag(tag))


def with_rows(tag: CommandTag, columns: tuple[Column, ...], table: pa.Table) -> Result:
    """``table``'s columns stand in the order of ``columns``."""

    return Result(tag, columns, rows_of(*table.to_batches()))
