"""What a session holds between statements; the modules of this package work on it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlserver.commands.transaction_marks import TransactionMarks
from sqlserver.config.session_settings import SessionSettings
from sqlserver.core.client_session import Client
from sqlserver.core.identity import uuid7
from sqlserver.core.notice import Notice, NoticeSink
from sqlserver.core.roles import Authority
from sqlserver.engines.engine import SessionEngine
from sqlserver.semantic.statement import SemanticOptions, SemanticStatement
from sqlserver.session.engine_settings import EngineSettings
from sqlserver.session.last_numbers import LastNumbers
from sqlserver.session.notifications import Notifications
from sqlserver.session.prepared import PreparedStatements
from sqlserver.session.running import Running
from sqlserver.session.services import Services
from sqlserver.session.setting_commands import SettingCommands
from sqlserver.session.statement import StatementReader
from sqlserver.session.tables.foreign_keys import ForeignKeys
from sqlserver.session.transaction import Transaction

_SEVERITIES = ("DEBUG", "LOG", "INFO", "NOTICE", "WARNING", "ERROR")


@dataclass(slots=True)
class SessionState:
    """``engine`` is this session's own DuckDB cursor. ``last_semantic_caller_id`` names the previous statement that
    used an operator (``MARK … LAST``)."""

    services: Services
    engine: SessionEngine
    settings: SessionSettings
    setting_commands: SettingCommands
    transaction: Transaction
    marks: TransactionMarks
    reader: StatementReader
    running: Running
    notify: NoticeSink
    authority: Authority
    database: str
    session_id: str
    engine_settings: EngineSettings
    foreign_keys: ForeignKeys
    notifications: Notifications
    prepared: PreparedStatements = field(default_factory=PreparedStatements)
    numbers: LastNumbers = field(default_factory=LastNumbers)
    first_use: Notice | None = None
    process_id: int = 0
    client: Client = field(default_factory=Client)
    last_semantic_caller_id: str | None = None
    statements: int = 0

    @property
    def db_user(self) -> str:
        return self.authority.user

    def new_semantic_statement(self, text: str, hints: Sequence[tuple[str, str]] = ()) -> SemanticStatement:
        """A statement that may ask models, with the session's settings as they are now and ``hints`` over them."""
        settings = self.settings.with_hints(hints) if hints else self.settings
        limits = self.services.limits
        allowed = settings.integer("semantic.max_calls")
        options = SemanticOptions(
            model=settings.get("semantic.model") or None,
            max_calls=limits.max_calls if allowed is None else min(allowed, limits.max_calls),
            concurrency=min(settings.integer("semantic.concurrency") or limits.concurrency, limits.concurrency),
            fail_on_error=settings.get("semantic.on_error") == "error",
            training=settings.flag("semantic.training"),
            corrections=settings.flag("semantic.corrections"),
            cache=settings.cache_mode(),
            timeout=settings.seconds("semantic.timeout") or limits.deadline,
        )
        return SemanticStatement(
            session_id=self.session_id,
            caller_id=self.new_caller_id(),
            db_user=self.db_user,
            text=text,
            options=options,
            deadline=asyncio.get_running_loop().time() + options.timeout,
            notify=self.notify,
        )

    @staticmethod
    def new_caller_id() -> str:
        """The id of one statement, as the log and the annotations name it."""
        return f"sql-{uuid7()}"

    def private_name(self, what: str) -> str:
        """A relation name that no statement of this session used before."""
        self.statements += 1
        return f"__{what}_{self.statements}"

    async def close(self) -> None:
        try:
            await self.prepared.close_all()
            await self.transaction.rollback()
        finally:
            self.notifications.close()
            self.services.backends.remove(self)
            await self.engine.close()


def filtered(sink: NoticeSink, settings: SessionSettings) -> NoticeSink:
    """Drops what is below ``client_min_messages``."""

    def notify(notice: Notice) -> None:
        least = settings.get("client_min_messages").upper()
        least = "DEBUG" if least.startswith("DEBUG") else least
        if notice.severity == "INFO" or _SEVERITIES.index(notice.severity) >= _SEVERITIES.index(least):
            sink(notice)

    return notify
