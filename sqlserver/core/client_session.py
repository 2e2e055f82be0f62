"""The interface between a front end (wire protocol, HTTP) and a session, and the values that cross it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from sqlserver.core.errors import ServerError
from sqlserver.core.notice import NoticeSink
from sqlserver.core.notification import Notification, NotificationSink
from sqlserver.core.output_style import OutputStyle
from sqlserver.core.pgtypes import PgType
from sqlserver.core.result import Column, Result


class TransactionStatus(StrEnum):
    """The byte ReadyForQuery carries."""

    IDLE = "I"
    ACTIVE = "T"
    FAILED = "E"


@dataclass(frozen=True, slots=True)
class BoundParameter:
    """A Bind value. ``value`` is the text as sent (``str``), or a decoded Python value where the client sent binary.

    ``oid`` 0 means the client left the type open: the text then behaves as PostgreSQL's unknown literal.
    """

    value: object | None
    oid: int = 0


@dataclass(frozen=True, slots=True)
class StatementDescription:
    """``columns`` None means NoData."""

    parameters: tuple[PgType, ...]
    columns: tuple[Column, ...] | None


@dataclass(frozen=True, slots=True)
class IdleLimit:
    """How long a client may say nothing, and what its connection then ends with."""

    seconds: float
    fault: ServerError


Deliver = Callable[[Result], Awaitable[None]]


class ClientSession(Protocol):
    """One connection's session. All methods run on the event loop, one at a time, except ``cancel``.

    Errors are ``ServerError``; after one in the extended protocol the front end skips to Sync by itself.
    """

    @property
    def transaction_status(self) -> TransactionStatus: ...

    def parameters(self) -> Mapping[str, str]:
        """The ParameterStatus set, in PostgreSQL's spelling, read after each statement; a change is a new mapping."""
        ...

    def output_style(self) -> OutputStyle:
        """How the values of the next result are written as text."""
        ...

    def idle_limit(self) -> IdleLimit | None:
        """For the time from now until the client's next message."""
        ...

    async def simple_query(self, sql: str, deliver: Deliver) -> None:
        """Hands over one result a statement; the next one begins when ``deliver`` has drained its rows."""
        ...

    async def parse(self, name: str, sql: str, parameter_oids: Sequence[int]) -> None: ...

    async def describe_statement(self, name: str) -> StatementDescription: ...

    async def bind(self, portal: str, statement: str, parameters: Sequence[BoundParameter]) -> None: ...

    async def describe_portal(self, name: str) -> tuple[Column, ...] | None: ...

    async def execute(self, portal: str) -> Result:
        """Starts the portal, or gives the same result again where it stopped (portal suspended)."""
        ...

    async def close_statement(self, name: str) -> None: ...

    async def close_portal(self, name: str) -> None: ...

    async def sync(self) -> None:
        """Ends the implicit transaction of a pipeline: commit, or roll back after an error."""
        ...

    async def fail(self) -> None:
        """An error was reported to the client: a transaction block becomes failed, an implicit one rolls back."""
        ...

    def cancel(self, fault: ServerError | None = None) -> None:
        """Stops the running statement with ``fault``, by default 57014. No-op when none runs. Safe from any task."""
        ...

    async def close(self) -> None:
        """The client is gone: stop work, roll back, free everything."""
        ...


def _unheard(notification: Notification) -> None:
    """There is no client to tell."""


def _nothing() -> None:
    """There is no connection to end."""


@dataclass(frozen=True, slots=True)
class Client:
    """The other end of a connection. ``address`` is empty and ``port`` -1 where it has none; ``since`` in seconds since
    1970. ``terminate`` ends the connection with 57P01, a statement under way first; ``notified`` tells it what others
    NOTIFY."""

    address: str = ""
    port: int = -1
    since: float = field(default_factory=time.time)
    terminate: Callable[[], None] = _nothing
    notified: NotificationSink = _unheard


@dataclass(frozen=True, slots=True)
class StartupRequest:
    """What the client said at startup, for the session factory."""

    user: str
    database: str
    options: Mapping[str, str]
    """The other startup parameters and ``-c name=value`` of ``options``, by lower-case name."""
    trusted: bool = False
    """Let in without a password, hence an administrator; otherwise ``user`` has proved who it is."""
    process_id: int = 0
    """What the front end tells the client as its backend's; 0 where it tells none."""
    client: Client = field(default_factory=Client)


class SessionFactory(Protocol):
    async def open_session(self, request: StartupRequest, notices: NoticeSink) -> ClientSession:
        """Raises 3D000 for an unknown database."""
        ...
