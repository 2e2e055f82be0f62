"""What all sessions of a server share, built once by the app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from sqlserver.commands.command import CommandStore
from sqlserver.commands.transaction_marks import AnnotationStore
from sqlserver.config.users_file import UsersFile
from sqlserver.core.operators import OperatorSource
from sqlserver.execute.catalog import ServerCatalog
from sqlserver.execute.semantic_plan import Answers
from sqlserver.session.backends import Backends
from sqlserver.session.database_commands import Databases
from sqlserver.session.notifications import Exchange


@dataclass(frozen=True, slots=True)
class Limits:
    """What the administrator set for every statement. ``deadline`` in seconds."""

    max_calls: int
    concurrency: int
    deadline: float


class Store(CommandStore, AnnotationStore, Protocol):
    """The log store, as far as sessions need it."""


@dataclass(frozen=True, slots=True)
class Services:
    operators: OperatorSource
    answerer: Answers
    store: Store
    databases: Databases
    limits: Limits
    users: UsersFile
    catalog: ServerCatalog = field(default_factory=ServerCatalog)
    backends: Backends = field(default_factory=Backends)
    exchange: Exchange = field(default_factory=Exchange)
